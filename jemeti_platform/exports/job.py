"""Making an export: into a file on this machine first, then into the store, then it is there for everybody at once."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from pathlib import Path
from uuid import UUID

from ..db.statement import Statement
from ..errors import PlatformError
from ..files.storage import Storage, key_of
from ..rest.spreadsheet import CSV, XLSX
from ..work import Work
from ..worker.progress import Progress
from .orders import TASK
from .writing import select, write_rows

__all__ = ["KEPT", "MEDIA_TYPES", "TASK", "expire", "key", "make"]

KEPT = timedelta(days=7)
MEDIA_TYPES = {"csv": CSV, "xlsx": XLSX}

_FIND = Statement("SELECT resource, format, query FROM exports WHERE id = %(id)s AND status = 'queued'")
_COMPLETED = Statement(
    "UPDATE exports SET status = 'completed', row_count = %(rows)s, size = %(size)s, finished_at = now(),"
    " expires_at = now() + %(kept)s, version = version + 1, updated_at = now() WHERE id = %(id)s AND status = 'queued'"
)
_FAILED = Statement(
    "UPDATE exports SET status = 'failed', error = %(error)s, finished_at = now(), version = version + 1,"
    " updated_at = now() WHERE id = %(id)s AND status = 'queued'"
)
_EXPIRED = Statement(
    "UPDATE exports SET status = 'expired', version = version + 1, updated_at = now()"
    " WHERE status = 'completed' AND expires_at < now() RETURNING id"
)


def key(work: Work, export_id: UUID) -> str:
    """Under which key the file is stored."""
    return key_of(work.tenant_id, "exports", export_id)


def make(work: Work, export_id: UUID) -> None:
    """Make an export. Nothing is in the way of making it twice: it is the same file under the same key."""
    (rows,) = work.read(_FIND(id=export_id))
    if not rows:
        return
    (asked,) = rows
    try:
        resource = work.platform.resources[asked["resource"]]
        selection = select(resource, asked["query"], country=work.workspace["country"])
    except (KeyError, PlatformError) as error:  # ordered from another version of the platform
        work.write(_FAILED(id=export_id, error=str(error)))
        return
    ((counted,),) = work.read(selection.total)
    progress = Progress(work, export_id, counted["total"])
    with tempfile.TemporaryDirectory(prefix="jemeti-export-") as folder:
        path = Path(folder) / "rows"
        try:
            done = write_rows(work, selection, asked["format"], path, progress)
        except PlatformError as error:
            work.write(_FAILED(id=export_id, error=str(error)))
            return
        work.platform.part(Storage).put(key(work, export_id), path, MEDIA_TYPES[asked["format"]])
        progress(done, at_once=True)
        work.write(_COMPLETED(id=export_id, rows=done, size=path.stat().st_size, kept=KEPT))


def expire(work: Work) -> None:
    """Delete the files that nobody needs any more; what was exported when and by whom stays."""
    (rows,) = work.write(_EXPIRED())
    work.platform.part(Storage).delete(*(key(work, row["id"]) for row in rows))
