"""Sending a quotation again: the customer has lost the message, or gets another link. It is the same revision."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.messages import send_again
from jemeti_platform.work import Work

from ..contract import QuotationSent
from ..quotation_messages import YOUR_QUOTATION

__all__ = ["resend"]

_LOCK = Statement(
    "SELECT status, job_id, customer_id, revision, expires_at <= now() AS is_late,"
    " link_revoked_at IS NOT NULL AS revoked, (SELECT j.status FROM jobs_jobs j WHERE j.tenant_id = q.tenant_id"
    " AND j.id = q.job_id) IN ('completed', 'closed', 'cancelled') AS is_over"
    " FROM jobs_quotations q WHERE id = %(id)s FOR UPDATE"
)


def resend(work: Work, identity: UUID) -> None:
    """Write to the customer once more where a quotation is that waits for a decision.

    Raises NotFound, and Conflict for one that does not wait any more or whose job is over, for one whose link is
    revoked (``link_revoked``), and as ``send_again`` does.
    """
    (rows,) = work.write(_LOCK(id=identity))
    if not rows:
        raise NotFound(f"Quotation {identity} does not exist")
    row = rows[0]
    if row["status"] != "sent" or row["is_late"]:
        state = "expired" if row["is_late"] else row["status"].replace("_", " ")
        raise Conflict(f"This quotation is {state}: it waits for nobody's decision.", reason="state")
    if row["is_over"]:
        raise Conflict("The vehicle has left, or the job is cancelled: nothing more is decided on.", reason="state")
    if row["revoked"]:
        raise Conflict("Its link is revoked: make a new one first.", reason="link_revoked")
    send_again(work, YOUR_QUOTATION, QuotationSent(identity, row["job_id"], row["customer_id"], row["revision"]))
