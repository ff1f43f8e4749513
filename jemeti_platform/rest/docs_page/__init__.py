"""``/docs``: the reference that people read, rendered from the OpenAPI document with files that ship with the package.

- ``chapters``: the document read as a ``book`` of chapters, sections and entries
- ``fields``: schemas as rows; ``code``: examples as text
- ``pages``: the pages, rendered once a process; ``serving``: the services
- ``templates/``, ``assets/``: what they look like

Nothing is fetched from anywhere else, and without JavaScript all of it can be read.
"""

from __future__ import annotations

from .serving import includeme

__all__ = ["includeme"]
