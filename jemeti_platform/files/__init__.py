"""Files: what people upload, and where the platform keeps bytes. A table of contents.

- ``storage``: objects under keys, in a folder or an object store; ``tickets``: addresses that need no identity
- ``content``, ``workbooks``: what a file is, by its bytes; ``refused``: how that is said
- ``images``: pictures made anew, by the program ``redraw`` in a process of its own
- ``files``: adding, announcing, completing, attaching; ``quota``: how much a workspace may keep; ``sweep``: what
  nobody will ask for
- ``stored``: bytes for a page or a PDF; ``archive``: all of it, for a workspace's export
- ``services``: ``/v1/files``; ``serving``, ``disposition``: bytes and names on their way out
- ``models``, ``functions``: as the database knows them

What a plugin needs stands in ``__all__``, and a ``Reference("file_id", "files")``.
"""

from __future__ import annotations

from typing import Any

from .files import add, attach, require
from .storage import Storage, key_of
from .stored import Stored, read_stored, stored

__all__ = ["Storage", "Stored", "add", "attach", "includeme", "key_of", "read_stored", "require", "stored"]


def includeme(config: Any) -> None:
    from .files import delete_objects
    from .images import Images
    from .quota import LIMIT, USED
    from .services import ALL, FILES
    from .sweep import sweep

    platform = config.registry.platform
    platform.part(Storage)
    platform.part(Images)
    for service in ALL:  # before the record's path, which takes any word for an id
        config.add_service(service)
    config.add_resource(FILES)
    config.add_limit_usage(LIMIT, USED)
    config.add_task("files.delete_objects", delete_objects)
    config.add_periodic("files.sweep", "23 2 * * *", sweep)
