"""What nobody will ever ask for: objects without a row, files that were announced and never came, those rejected.

An object may be older than its row by as long as an upload takes; what is younger than ``hours`` is left alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

import structlog
from psycopg.errors import ForeignKeyViolation

from ..db.statement import Bound, Statement
from ..work import Work
from .files import INCOMING, KEPT
from .storage import Kept, Storage

if TYPE_CHECKING:
    from ..admin.work import PlatformWork

__all__ = ["HOURS", "Swept", "active_workspaces", "orphans", "sweep"]

log = structlog.get_logger("jemeti.files")

HOURS = 24
_UNFINISHED = Statement(
    "SELECT id FROM files WHERE status <> 'ready' AND created_at < %(before)s"
    " AND coalesce(expires_at, created_at) < %(before)s"
)
_DELETE = Statement("DELETE FROM files WHERE id = %(id)s AND status <> 'ready' RETURNING id")
_KNOWN = Statement("SELECT object_id AS known FROM files WHERE object_id = ANY(%(ids)s::uuid[])")
_PENDING = Statement("SELECT id AS known FROM files WHERE id = ANY(%(ids)s::uuid[]) AND status = 'pending'")
_ACTIVE = Bound("SELECT id FROM tenants WHERE status = 'active' ORDER BY id", ())


class Swept(NamedTuple):
    """How much was found and deleted."""

    files: int
    objects: int


def sweep(work: Work, hours: float = HOURS) -> Swept:
    """Delete a workspace's unfinished files and orphaned objects that are older than ``hours``."""
    storage, before = work.platform.part(Storage), datetime.now(UTC) - timedelta(hours=hours)
    files = sum(_forget(work, row["id"]) for row in work.write(_UNFINISHED(before=before))[0])
    objects = storage.discard_unfinished(str(work.tenant_id), before)
    for part, statement in ((KEPT, _KNOWN), (INCOMING, _PENDING)):
        old = (kept for kept in storage.list(f"{work.tenant_id}/{part}") if kept.modified < before)
        for keys in orphans(work, old, statement):
            storage.delete(*keys)
            objects += len(keys)
    if files or objects:
        log.info("files swept", workspace=str(work.tenant_id), files=files, objects=objects)
    return Swept(files, objects)


def active_workspaces(work: PlatformWork) -> list[UUID]:
    """Those that can be swept: what is suspended or closed is left as it is."""
    return [row["id"] for row in work.read(_ACTIVE)[0]]


def _forget(work: Work, identity: UUID) -> int:
    try:
        with work.transaction.savepoint():
            return len(work.write(_DELETE(id=identity))[0])
    except ForeignKeyViolation:  # a record waits for it
        return 0


def orphans(work: Work, kept: Iterable[Kept], statement: Statement) -> Iterator[list[str]]:
    """The keys of those objects, in portions, of which ``statement`` does not find the ``known`` ids."""
    several = iter(kept)
    while some := list(islice(several, 500)):
        ids = {one.key: one.key.rpartition("/")[2][:36] for one in some}
        (rows,) = work.write(statement(ids=[identity for identity in ids.values() if _is_uuid(identity)]))
        known = {str(row["known"]) for row in rows}
        yield [key for key, identity in ids.items() if identity not in known]


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
