"""Endpoints: added, changed, given a new secret, switched off and on, tested."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.base import uuid7
from ..db.rows import insert_row, update_row
from ..db.statement import Statement
from ..egress import Egress, Unsafe
from ..errors import Invalid
from ..features import limits
from ..work import Work
from .contract import EndpointDisabled, EndpointTested
from .models import WebhookEndpoint
from .sealed_secrets import seal
from .signatures import new_secret
from .subscriptions import refuse_unknown

__all__ = ["LIMIT", "add", "change", "disable", "enable", "rotate", "test", "wake"]

LIMIT = "webhooks.max"

_ROTATE = Statement(
    "UPDATE webhook_endpoints SET secret = %(secret)s,"
    " previous_secret = CASE WHEN %(hours)s::int > 0 THEN secret END,"
    " previous_secret_until = CASE WHEN %(hours)s::int > 0 THEN now() + make_interval(hours => %(hours)s::int) END,"
    " version = version + 1, updated_at = now() WHERE id = %(id)s"
)
_DISABLE = Statement(
    "UPDATE webhook_endpoints SET status = 'disabled', disabled_reason = %(reason)s,"
    " version = version + 1, updated_at = now() WHERE id = %(id)s AND status = 'active' RETURNING url"
)
# what waits in the queue for the endpoint as it was before must hold up nothing of what comes now
_ENABLE = Statement(
    "UPDATE webhook_endpoints SET status = 'active', disabled_reason = NULL,"
    " generation = generation + 1, version = version + 1, updated_at = now() WHERE id = %(id)s AND status = 'disabled'"
)
_FORGIVE = Statement("DELETE FROM webhook_failures WHERE endpoint_id = %(id)s")
_WAKE = Statement("UPDATE webhook_failures SET resting_until = NULL WHERE endpoint_id = %(id)s")
_CANCEL = Statement(
    "UPDATE webhook_deliveries SET status = 'cancelled', finished_at = now(), next_attempt_at = NULL,"
    " error = coalesce(error, %(reason)s) WHERE endpoint_id = %(id)s AND status = 'pending'"
)


def add(work: Work, values: dict[str, Any]) -> tuple[UUID, str]:
    """Add an endpoint; returns its id and its secret, which is shown this once.

    Raises Invalid for a URL that must not be asked and for event types that there are none of, PaymentRequired beyond
    the limit ``webhooks.max``.
    """
    _check(work, values)
    limits.reserve(work, LIMIT)
    identity, secret = uuid7(), new_secret()
    work.queue(insert_row(WebhookEndpoint, identity, {**values, "secret": seal(work, identity, secret)}))
    return identity, secret


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change URL, description or event types; what is delivered from now on goes there. Raises Invalid."""
    _check(work, changes)
    if "url" in changes:
        work.queue(_FORGIVE(id=identity))  # it was another that failed
    work.queue(update_row(WebhookEndpoint, identity, changes))


def rotate(work: Work, identity: UUID, old_valid_hours: int) -> str:
    """Give an endpoint a new secret and return it; the old one signs as well for ``old_valid_hours``."""
    secret = new_secret()
    work.queue(_ROTATE(id=identity, secret=seal(work, identity, secret), hours=old_valid_hours))
    return secret


def disable(work: Work, identity: UUID, reason: str) -> bool:
    """Send an endpoint nothing any more and cancel what is on its way; False where it is disabled already.

    Emits EndpointDisabled.
    """
    (rows,) = work.write(_DISABLE(id=identity, reason=reason))
    if not rows:
        return False
    work.queue(_CANCEL(id=identity, reason="The endpoint was disabled"))
    work.emit(EndpointDisabled(identity, rows[0]["url"], reason))
    return True


def enable(work: Work, identity: UUID) -> None:
    """Send an endpoint what happens from now on. Nothing where it is active already."""
    work.queue(_ENABLE(id=identity), _FORGIVE(id=identity))


def wake(work: Work, identity: UUID) -> None:
    """Have an endpoint asked again now, if it rests because nobody has answered."""
    work.queue(_WAKE(id=identity))


def test(work: Work, identity: UUID) -> None:
    """Send an endpoint an event that says nothing, even a disabled one. Emits EndpointTested."""
    wake(work, identity)
    work.emit(EndpointTested(identity))


def _check(work: Work, values: dict[str, Any]) -> None:
    if "event_types" in values:
        refuse_unknown(work.platform, values["event_types"])
    if "url" in values:
        try:
            work.platform.part(Egress).guard.check(values["url"])
        except Unsafe as unsafe:
            raise Invalid([{"field": "url", "message": str(unsafe)}]) from None
