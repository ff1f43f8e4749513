"""What a client may send, and the shapes of answers that are no record."""

from __future__ import annotations

from typing import Any

from colander import SchemaNode

from ..rest.schema import Mapping, list_of
from ..types import Text, WebAddress

__all__ = ["ATTEMPT", "EVENT_TYPE", "EndpointSchema"]

_PATTERN = r"\*|[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*(\.\*)?"


class EndpointSchema(Mapping):
    """An endpoint."""

    url = SchemaNode(
        WebAddress(),
        description="Where events are sent: https, on the public internet",
        example="https://hooks.example/jemeti",
    )
    description = SchemaNode(Text(max=200), missing=None, example="The accountant's system")
    event_types = list_of(
        Text(max=120, pattern=_PATTERN, hint="Must be an event type, like crm.customer.created, or end in .*"),
        min=1,
        max=100,
        missing=("*",),
        description="Event types, wildcards such as crm.* or *; see /v1/webhooks/event-types",
        example=["*"],
    )


def _maybe(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


EVENT_TYPE: dict[str, Any] = {
    "type": "object",
    "title": "Event type",
    "properties": {
        "type": {"type": "string", "examples": ["crm.customer.created"]},
        "title": {"type": "string", "examples": ["A customer was added."]},
        "plugin": {"type": "string", "examples": ["crm"]},
        "data": {"type": "object", "description": "The JSON Schema of `data`", "additionalProperties": True},
    },
}
ATTEMPT: dict[str, Any] = {
    "type": "object",
    "properties": {
        "at": {"type": "string", "format": "date-time"},
        "response_status": _maybe("integer", examples=[503]),
        "duration_ms": {"type": "integer", "examples": [84]},
        "error": _maybe("string", description="Why it was no success", examples=["Answered 503"]),
        "response_body": _maybe("string", description="The first kB of the answer", examples=["Try again later"]),
    },
}
