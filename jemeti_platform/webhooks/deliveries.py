"""The log of deliveries: listed, looked at with everything that was sent and answered, sent once more, forgotten."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.pipeline import Row
from ..db.statement import Statement
from ..errors import NotFound
from ..work import Work
from . import endpoints
from .pauses import Patience
from .sealed_secrets import renew

__all__ = ["EXISTS", "look_at", "missing", "redeliver", "tidy"]

EXISTS = Statement("SELECT true AS there FROM webhook_endpoints WHERE id = %(id)s")
_EVENT = Statement(
    "SELECT e.id AS event_id, e.type, e.occurred_at, e.data FROM webhook_deliveries d"
    " JOIN events e ON e.tenant_id = d.tenant_id AND e.id = d.event_id WHERE d.id = %(id)s"
)
_LOG = Statement(
    "SELECT at, response_status, duration_ms, error, response_body FROM webhook_attempts"
    " WHERE delivery_id = %(id)s ORDER BY at, id"
)
_LOCK = Statement(
    "SELECT d.status, d.round,"
    " concat_ws(':', 'webhooks', w.id, w.generation, coalesce(d.object_id, d.event_id)) AS lock"
    " FROM webhook_deliveries d JOIN webhook_endpoints w ON w.tenant_id = d.tenant_id AND w.id = d.endpoint_id"
    " WHERE d.id = %(id)s AND w.id = %(endpoint)s FOR UPDATE OF d"
)
_HASTEN = Statement("SELECT jemeti.hasten(%(lock)s)")
_AGAIN = Statement(
    "UPDATE webhook_deliveries SET status = 'pending', round = round + 1, attempts = 0, started_at = now(),"
    " next_attempt_at = NULL, finished_at = NULL WHERE id = %(id)s"
)
_PRUNE = Statement(
    "DELETE FROM webhook_deliveries WHERE status <> 'pending' AND created_at < now() - %(kept)s::interval"
)

_END_ROTATIONS = Statement(
    "UPDATE webhook_endpoints SET previous_secret = NULL, previous_secret_until = NULL"
    " WHERE previous_secret_until < now()"
)


def look_at(delivery_id: UUID) -> tuple[Any, Any]:
    """The statements for the event of a delivery, and for the log of its attempts."""
    return _EVENT(id=delivery_id), _LOG(id=delivery_id)


def redeliver(work: Work, endpoint_id: UUID, delivery_id: UUID) -> None:
    """Send a delivery once more, now; one that waits to be tried again is tried now instead of later.

    One that is over begins anew, out of the order of its object: whoever asks for it wants it now. Raises NotFound.
    """
    (rows,) = work.write(_LOCK(id=delivery_id, endpoint=endpoint_id))
    if not rows:
        raise missing(delivery_id)
    found: Row = rows[0]
    endpoints.wake(work, endpoint_id)
    if found["status"] == "pending":
        work.queue(_HASTEN(lock=found["lock"]))
        return
    work.queue(_AGAIN(id=delivery_id))
    work.defer("webhooks.deliver", delivery_id=delivery_id, round=found["round"] + 1)


def missing(delivery_id: UUID) -> NotFound:
    """The refusal for a delivery that is not there, not this endpoint's or not this workspace's."""
    return NotFound(f"Delivery {delivery_id} does not exist")


def tidy(work: Work) -> None:
    """Forget deliveries that are over and older than ``jemeti.webhooks.keep_days``, and secrets that sign no more.

    What secrets there are is kept under the newest key from then on.
    """
    work.queue(_PRUNE(kept=work.platform.part(Patience).kept), _END_ROTATIONS())
    renew(work)
