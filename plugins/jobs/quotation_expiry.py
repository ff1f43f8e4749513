"""The end of a quotation's time: the customer is reminded once when it comes near, and then it expires."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.messages import is_daytime
from jemeti_platform.work import Work

from .contract import QuotationExpiring
from .settings import READ, settings_of

__all__ = ["expire", "remind"]

_LATE = Statement(
    "SELECT id FROM jobs_quotations WHERE status = 'sent' AND expires_at <= now() ORDER BY id LIMIT 1000"
    " FOR UPDATE SKIP LOCKED"
)
_REMIND = Statement(
    "UPDATE jobs_quotations q SET reminded_at = now(), version = version + 1, updated_at = now()"
    " FROM (SELECT id FROM jobs_quotations s WHERE status = 'sent' AND reminded_at IS NULL AND expires_at > now()"
    "  AND NOT EXISTS (SELECT FROM jobs_jobs j WHERE j.tenant_id = s.tenant_id AND j.id = s.job_id"
    "   AND j.status IN ('completed', 'closed', 'cancelled'))"
    "  AND expires_at <= now() + make_interval(hours => %(hours)s)"
    "  AND expires_at > sent_at + make_interval(hours => %(hours)s)"
    "  ORDER BY id LIMIT 1000 FOR UPDATE SKIP LOCKED) soon"
    " WHERE q.id = soon.id RETURNING q.id, q.job_id, q.customer_id, q.valid_until"
)


def remind(work: Work) -> None:
    """Have customers reminded, once each, of what they have not decided on and ends within the hours that settings say.

    By day only. What was sent to hold no longer than that is not reminded of, nor what stands in a job that is over,
    where nothing is decided any more. Emits QuotationExpiring.
    """
    if not is_daytime(work):
        return
    ((row,),) = work.read(READ())
    hours = settings_of(row).quotation_reminder_hours
    if not hours:
        return
    (rows,) = work.write(_REMIND(hours=hours))
    for row in rows:
        work.emit(QuotationExpiring(row["id"], row["job_id"], row["customer_id"], row["valid_until"]))


def expire(work: Work) -> None:
    """Have what was not decided on in time expire. That it cannot be approved any more does not wait for this.

    Emits QuotationExpired.
    """
    (rows,) = work.write(_LATE())
    for row in rows:
        move(work, "jobs.quotation", row["id"], "expire")
