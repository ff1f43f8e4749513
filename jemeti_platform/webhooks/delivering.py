"""One delivery: an event on its way to one endpoint, tried until it is taken, refused for good or three days old."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from ..db.base import uuid7
from ..db.pipeline import Row
from ..db.statement import Statement
from ..egress import Egress, Unreachable, Unsafe
from ..json import to_json
from ..work import Work
from . import endpoints
from .notices import tell_owners
from .pauses import Patience
from .sealed_secrets import unseal
from .signatures import headers

__all__ = ["body_of", "deliver"]

_KEPT = 1000
_FIND = Statement(
    "SELECT d.id, d.endpoint_id, d.attempts, d.started_at, e.id AS event_id, e.type, e.occurred_at, e.data,"
    " w.url, w.status, f.since AS failing_since, f.resting_until, w.secret,"
    " CASE WHEN w.previous_secret_until > now() THEN w.previous_secret END AS previous_secret"
    " FROM webhook_deliveries d"
    " JOIN events e ON e.tenant_id = d.tenant_id AND e.id = d.event_id"
    " JOIN webhook_endpoints w ON w.tenant_id = d.tenant_id AND w.id = d.endpoint_id"
    " LEFT JOIN webhook_failures f ON f.tenant_id = w.tenant_id AND f.endpoint_id = w.id"
    " WHERE d.id = %(id)s AND d.round = %(round)s AND d.status = 'pending'"
)
# a worker that was taken for dead may have been quicker: then nothing is found, and nothing more is written
_WRITE_DOWN = Statement(
    "WITH told AS (UPDATE webhook_deliveries SET attempts = attempts + 1, status = %(status)s,"
    " next_attempt_at = %(next)s, finished_at = CASE WHEN %(status)s <> 'pending' THEN now() END,"
    " response_status = %(code)s, duration_ms = %(ms)s, error = %(error)s"
    " WHERE id = %(delivery)s AND status = 'pending' AND attempts = %(attempts)s RETURNING id)"
    " INSERT INTO webhook_attempts (id, delivery_id, response_status, duration_ms, error, response_body)"
    " SELECT %(id)s, id, %(code)s, %(ms)s, %(error)s, %(body)s FROM told RETURNING id"
)
_WORKS = Statement("DELETE FROM webhook_failures WHERE endpoint_id = %(id)s")
# Where nobody answers, each attempt keeps a worker waiting: the longer that lasts, the more seldom it is found out.
_FAILS = Statement(
    "INSERT INTO webhook_failures AS f (endpoint_id) SELECT id FROM webhook_endpoints WHERE id = %(id)s"
    " ON CONFLICT (tenant_id, endpoint_id) DO UPDATE SET resting_until ="
    " CASE WHEN %(silent)s THEN now() + least((now() - f.since) / 10, interval '5 minutes') END"
)


@dataclass(frozen=True, slots=True)
class _Attempt:
    """What came of one attempt; ``error`` is None where it was taken."""

    error: str | None
    seconds: float = 0.0
    code: int | None = None
    body: str | None = None


def body_of(work: Work, event: Row) -> bytes:
    """An event as it is sent: the JSON of ``id``, ``type``, ``occurred_at``, ``workspace_id`` and ``data``."""
    return to_json(
        {
            "id": event["event_id"],
            "type": event["type"],
            "occurred_at": event["occurred_at"],
            "workspace_id": work.tenant_id,
            "data": event["data"],
        }
    )


def deliver(work: Work, delivery_id: UUID, round: int) -> datetime | None:
    """Try a delivery once and write down what came of it; returns when to try again, None when there is no need.

    A late task: no transaction is open while the receiver is waited for. Killed after sending, it sends again; what is
    sent carries the same ``webhook-id``.
    """
    (rows,) = work.read(_FIND(id=delivery_id, round=round))
    if not rows:
        return None  # delivered, cancelled or deleted meanwhile
    found = rows[0]
    resting: datetime | None = found["resting_until"]
    if resting is not None and resting > work.now():
        return resting
    attempt = _send(work, found)
    now = work.now()
    patience = work.platform.part(Patience)
    again = None
    if attempt.error is not None and attempt.code != 410 and (found["status"] == "active"):
        again = patience.next(found["attempts"] + 1, found["started_at"], now)
    status = "succeeded" if attempt.error is None else "failed" if again is None else "pending"
    failing = attempt.error is not None
    # the endpoint's row first: of several that fail at once one goes on, and may cancel what the others came for
    _, written = work.write(
        _FAILS(id=found["endpoint_id"], silent=attempt.code is None) if failing else _WORKS(id=found["endpoint_id"]),
        _WRITE_DOWN(
            id=uuid7(),
            delivery=delivery_id,
            attempts=found["attempts"],
            status=status,
            next=again,
            code=attempt.code,
            ms=int(attempt.seconds * 1000),
            error=attempt.error,
            body=attempt.body,
        ),
    )
    if written and failing:
        _disable_the_hopeless(work, found, attempt, patience, now)
    return again


def _send(work: Work, found: Row) -> _Attempt:
    body = body_of(work, found)
    kept = [secret for secret in (found["secret"], found["previous_secret"]) if secret is not None]
    keys = [key for secret in kept if (key := unseal(work, found["endpoint_id"], secret)) is not None]
    if not keys:
        return _Attempt("This server cannot read the endpoint's secret any more; rotate it")
    signed = headers(keys, str(found["event_id"]), work.now(), body)
    try:
        reply = work.platform.part(Egress).send(
            "POST", found["url"], content=body, headers={"Content-Type": "application/json", **signed}
        )
    except (Unsafe, Unreachable) as problem:
        return _Attempt(str(problem))
    said = reply.body[:_KEPT].decode(errors="replace").replace("\x00", "\ufffd")
    error = None if 200 <= reply.status < 300 else _words(reply.status)
    return _Attempt(error, reply.seconds, reply.status, said)


def _words(code: int) -> str:
    if 300 <= code < 400:
        return f"Answered {code}: redirects are not followed"
    return "Answered 410: the endpoint is gone" if code == 410 else f"Answered {code}"


def _disable_the_hopeless(work: Work, found: Row, attempt: _Attempt, patience: Patience, now: datetime) -> None:
    since = found["failing_since"]
    if attempt.code == 410:
        reason = "It answered 410: gone"
    elif since is not None and now - since >= patience.limit:
        reason = f"Every delivery has failed since {since.astimezone(work.timezone).date()}: {attempt.error}"
    else:
        return
    if endpoints.disable(work, found["endpoint_id"], reason):
        tell_owners(work, found["endpoint_id"], found["url"], reason)
