"""Sending a report again that was shared: the customer has lost the message, or has another address."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.messages import send_again
from jemeti_platform.work import Work

from .contract import InspectionShared
from .messages import YOUR_REPORT

__all__ = ["resend"]

_FIND = Statement(
    "SELECT status, vehicle_id, job_id, link_revoked_at IS NOT NULL AS revoked FROM dvi_inspections WHERE id = %(id)s"
    " FOR UPDATE"
)


def resend(work: Work, identity: UUID) -> None:
    """Write to the customer once more where the report of an inspection is.

    Raises NotFound, and Conflict for one that was not shared, for one whose link is revoked (``link_revoked``), and as
    ``send_again`` does.
    """
    (rows,) = work.write(_FIND(id=identity))
    if not rows:
        raise NotFound(f"Inspection {identity} does not exist")
    row = rows[0]
    if row["status"] != "shared":
        raise Conflict("This inspection was not shared: share it first.", reason="state")
    if row["revoked"]:
        raise Conflict("Its link is revoked: make a new one first.", reason="link_revoked")
    send_again(work, YOUR_REPORT, InspectionShared(identity, row["vehicle_id"], row["job_id"]))
