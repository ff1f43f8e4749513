"""``/v1/webhooks/…``: what has a verb in its name, the event types, and the log of deliveries."""

from __future__ import annotations

from typing import Any

import colander
import orjson

from ..auth.schemas import RotateSchema
from ..db.paged import Page
from ..rest.answer import Answer
from ..rest.paged import PageQuery, answer_of, sliced
from ..rest.request import path_id
from ..rest.service import ALWAYS, Service
from . import deliveries, endpoints
from .delivering import body_of
from .resources import DELIVERIES, ENDPOINTS
from .schemas import ATTEMPT, EVENT_TYPE
from .subscriptions import offered

__all__ = ["ALL"]

_READ, _WRITE, _TAG = "webhooks:read", "webhooks:write", ENDPOINTS.name
_ONE = "/webhooks/{id}"

types = Service("webhooks.event_types", "/webhooks/event-types", ALWAYS, "What can be subscribed to", tag=_TAG)
rotation = Service("webhooks.rotate", f"{_ONE}/rotate", ALWAYS, "A new secret", tag=_TAG)
enabling = Service("webhooks.enable", f"{_ONE}/enable", ALWAYS, "Switch on", tag=_TAG)
disabling = Service("webhooks.disable", f"{_ONE}/disable", ALWAYS, "Switch off", tag=_TAG)
testing = Service("webhooks.test", f"{_ONE}/test", ALWAYS, "Try out", tag=_TAG)
log = Service("webhooks.deliveries", f"{_ONE}/deliveries", ALWAYS, "What was sent", tag=_TAG)
entry = Service("webhooks.deliveries.record", f"{_ONE}/deliveries/{{delivery_id}}", ALWAYS, "One delivery", tag=_TAG)
again = Service(
    "webhooks.deliveries.redeliver", f"{_ONE}/deliveries/{{delivery_id}}/redeliver", ALWAYS, "Send again", tag=_TAG
)

# before /webhooks/{id}, which would take `event-types` for an id
FIRST = (types,)
ALL = (rotation, enabling, disabling, testing, log, entry, again)


def _log_query() -> colander.MappingSchema:
    schema = PageQuery(title="Parameters of the log")
    for comparison in DELIVERIES.listing.comparisons.values():
        if comparison.name != "endpoint_id":
            schema.add(comparison.node())
    schema.add(DELIVERIES.listing.schema["sort"].clone())
    return schema


def _whole_delivery() -> dict[str, Any]:
    shape = DELIVERIES.answer_schema
    more = {
        "body": {"type": "object", "description": "What is sent, but for white space", "additionalProperties": True},
        "log": {"type": "array", "description": "Every attempt, oldest first", "items": ATTEMPT},
    }
    return {**shape, "title": "Delivery with its attempts", "properties": {**shape["properties"], **more}}


@types.get(permission=_READ, query=PageQuery, answer=EVENT_TYPE, many=True)
def list_event_types(request: Any) -> Answer:
    """What this workspace can subscribe to, with the shape of each event's data."""
    request.work.confirm()
    return sliced(request.query, list(offered(request.work)))


@rotation.post(permission=_WRITE, body=RotateSchema, answer=ENDPOINTS.answer_with_secret, errors=(404,))
def rotate_secret(request: Any) -> Answer:
    """Make a new secret, shown this once; the old one signs as well for some hours."""
    identity = path_id(request)
    ENDPOINTS.locked(request.work, identity)
    secret = endpoints.rotate(request.work, identity, request.validated["old_valid_hours"])
    return ENDPOINTS.shown_once(request.work, identity, secret)


@enabling.post(permission=_WRITE, answer=ENDPOINTS.answer_schema, errors=(404,))
def enable_endpoint(request: Any) -> Answer:
    """Send this endpoint what happens from now on."""
    identity = path_id(request)
    endpoints.enable(request.work, identity)
    return ENDPOINTS.present(request.work, identity)


@disabling.post(permission=_WRITE, answer=ENDPOINTS.answer_schema, errors=(404,))
def disable_endpoint(request: Any) -> Answer:
    """Send this endpoint nothing any more; what is on its way is cancelled."""
    identity = path_id(request)
    endpoints.disable(request.work, identity, "Switched off by hand")
    return ENDPOINTS.present(request.work, identity)


@testing.post(permission=_WRITE, answer=ENDPOINTS.answer_schema, status=202, errors=(404,))
def test_endpoint(request: Any) -> Answer:
    """Send this endpoint an event `webhooks.endpoint.tested` now, even if it is disabled; see its deliveries."""
    identity = path_id(request)
    answer = ENDPOINTS.present(request.work, identity)
    endpoints.test(request.work, identity)
    answer.status = 202
    return answer


@log.get(permission=_READ, query=_log_query(), answer=DELIVERIES.answer_schema, many=True, errors=(404,))
def list_deliveries(request: Any) -> Answer:
    """What was sent to this endpoint and what is on its way, newest first."""
    identity, query = path_id(request), request.query
    page, count = DELIVERIES.listing.statements({**query, "endpoint_id": [identity]})
    assert count is not None
    there, rows, counted = request.work.read(deliveries.EXISTS(id=identity), page, count)
    if not there:
        raise ENDPOINTS.missing(identity)
    return answer_of(query, Page(rows, counted[0]["total"]))


@entry.get(permission=_READ, answer=_whole_delivery(), errors=(404,))
def get_delivery(request: Any) -> dict[str, Any]:
    """One delivery, with the body that is sent and everything that was answered."""
    identity, delivery_id = path_id(request), path_id(request, "delivery_id")
    found, events, attempts = request.work.read(DELIVERIES.plain_get(id=delivery_id), *deliveries.look_at(delivery_id))
    if not found or found[0]["endpoint_id"] != identity:
        raise deliveries.missing(delivery_id)
    row = found[0]
    row.pop("_version")
    return {**row, "body": orjson.loads(body_of(request.work, events[0])), "log": attempts}


@again.post(permission=_WRITE, answer=DELIVERIES.answer_schema, status=202, errors=(404,))
def redeliver(request: Any) -> Answer:
    """Send this delivery once more, now; one that waits to be tried again is tried now."""
    delivery_id = path_id(request, "delivery_id")
    deliveries.redeliver(request.work, path_id(request), delivery_id)
    answer = DELIVERIES.present(request.work, delivery_id)
    answer.status = 202
    return answer
