"""The end of a workspace: every row it has, gone; its slug, its dates and the audit log's lines stay."""

from __future__ import annotations

from typing import Any

from ..db.statement import Bound, Statement
from ..errors import Conflict, Invalid
from ..worker.overview import ERASE as ERASE_JOBS
from ..worker.overview import INTO_THE_QUEUE
from .work import PlatformWork
from .workspaces import locked, refuse_erased

__all__ = ["erase"]

_ERASE = Statement("SELECT jemeti.erase_workspace(%(tenant)s::uuid) AS deleted")
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
    return {"id": row["id"], "slug": row["slug"], "deleted": deleted}
