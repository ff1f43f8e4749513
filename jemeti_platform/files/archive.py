"""All bytes that a workspace keeps, for its export: files under their names, then what other parts keep."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from uuid import UUID

from ..db.statement import Statement
from ..work import Work
from .files import INCOMING, KEPT
from .storage import Storage, key_of

__all__ = ["objects_of"]

_FILES = Statement(
    "SELECT id, name, object_id FROM files WHERE status = 'ready' AND id > %(after)s"
    " AND (%(only)s::uuid[] IS NULL OR id = ANY(%(only)s)) ORDER BY id LIMIT 500"
)
_LEFT_OUT = (KEPT, INCOMING, "exports", "imports")
"""What has been named already, and what was made of the rest or for a moment."""


def objects_of(work: Work, only: Sequence[UUID] | None = None) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Pairs of a path (``files/<id>/<name>``, ``documents/<id>``) and the bytes in pieces.

    What has been deleted since the database was read is left out, and so are thumbnails. With ``only`` it is just
    those files.
    """
    storage = work.platform.part(Storage)
    after = UUID(int=0)
    while rows := work.read(_FILES(after=after, only=only))[0]:
        for row in rows:
            try:
                yield f"files/{row['id']}/{row['name']}", storage.stream(key_of(work.tenant_id, KEPT, row["object_id"]))
            except FileNotFoundError:
                continue
        after = rows[-1]["id"]
    for kept in storage.list(str(work.tenant_id)) if only is None else ():
        path = kept.key.partition("/")[2]
        if path.partition("/")[0] in _LEFT_OUT:
            continue
        try:
            yield path, storage.stream(kept.key)
        except FileNotFoundError:
            continue
