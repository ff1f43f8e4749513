"""The end of a workspace: every row and every object it has, gone; its slug, its dates, the audit log's lines stay."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

import structlog

from ..db.statement import Bound, Statement
from ..errors import Conflict, Invalid
from ..files.storage import Storage
from ..worker.overview import ERASE as ERASE_JOBS
from ..worker.overview import INTO_THE_QUEUE
from .work import PlatformWork
from .workspaces import locked, refuse_erased

__all__ = ["discard_leftovers", "erase"]

log = structlog.get_logger("jemeti.files")

_ERASE = Statement("SELECT jemeti.erase_workspace(%(tenant)s::uuid) AS deleted")
_ERASED = Statement("SELECT id FROM tenants WHERE id = ANY(%(ids)s::uuid[]) AND erased_at IS NOT NULL")
_PATIENT = Bound("SET LOCAL statement_timeout = '30min'", ())


def erase(work: PlatformWork, reference: str, *, confirmation: str, reason: str) -> dict[str, Any]:
    """Delete everything a closed workspace has kept, and the names of it in the audit log; returns rows by table.

    ``confirmation`` must be its slug. Nothing brings it back. Raises NotFound; Gone where that has been done;
    Conflict for a workspace that is not closed; Invalid for another confirmation.
    """
    row = locked(work, reference)
    refuse_erased(row)
    if confirmation != row["slug"]:
        raise Invalid([{"field": "confirm", "message": "Must be the slug of the workspace that is to be erased"}])
    if row["status"] != "closed":
        raise Conflict("Close the workspace before erasing it.", reason="state", status=row["status"])
    jobs = (INTO_THE_QUEUE, ERASE_JOBS(tenant=row["id"]))
    _, (answer,), *_ = work.write(_PATIENT, _ERASE(tenant=row["id"]), *jobs)
    deleted: dict[str, int] = answer["deleted"]
    after = {"reason": reason, "rows": {table: count for table, count in deleted.items() if count}}
    work.log("workspace.erased", row["slug"], tenant_id=row["id"], before={"status": "closed"}, after=after)
    afterwards = partial(_discard, work.platform.part(Storage), row["id"])
    work.transaction.transaction_manager.get().addAfterCommitHook(afterwards)
    return {"id": row["id"], "slug": row["slug"], "deleted": deleted}


def discard_leftovers(work: PlatformWork) -> int:
    """Delete objects that an erasure could not: the store was away just then. Returns how many."""
    storage = work.platform.part(Storage)
    (rows,) = work.read(_ERASED(ids=list(storage.workspaces())))
    return sum(_delete_all(storage, row["id"]) for row in rows)


def _discard(storage: Storage, tenant_id: UUID, committed: bool) -> None:  # noqa: FBT001 (transaction calls it so)
    if not committed:
        return
    try:
        _delete_all(storage, tenant_id)
    except Exception as error:  # noqa: BLE001 (it is committed: `jemeti files sweep` deletes what is left)
        log.warning("objects of an erased workspace are left", workspace=str(tenant_id), error=type(error).__name__)


def _delete_all(storage: Storage, tenant_id: UUID) -> int:
    keys = [kept.key for kept in storage.list(str(tenant_id))]
    storage.delete(*keys)
    return len(keys)
