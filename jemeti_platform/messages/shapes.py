"""What ``/v1/message-templates`` answers, as JSON Schema."""

from __future__ import annotations

from typing import Any

from .template import WAYS

__all__ = ["PREVIEW", "QUEUED", "TEMPLATE"]

_TEXT = {"type": "string"}
_PLACE = {
    "type": "object",
    "properties": {"name": _TEXT, "title": _TEXT, "sample": {"description": "As it is shown in previews"}},
}
TEMPLATE: dict[str, Any] = {
    "type": "object",
    "title": "Message template",
    "properties": {
        "name": {**_TEXT, "examples": ["crm.customer.created"]},
        "title": _TEXT,
        "event": {"type": ["string", "null"], "description": "What it is sent for; null is sent by other means"},
        "transactional": {
            "type": "boolean",
            "description": "Expected by whoever gets it: no quiet hours, and nobody unsubscribes from it",
        },
        "enabled": {"type": "boolean"},
        "way": {"type": "string", "enum": list(WAYS)},
        "ways": {"type": "array", "items": _TEXT, "description": "The ways it may go"},
        "delay_minutes": {"type": "integer"},
        "subject": _TEXT,
        "text": _TEXT,
        "sms_text": _TEXT,
        "customised": {"type": "array", "items": _TEXT, "description": "What this workspace has changed"},
        "placeholders": {"type": "array", "items": _PLACE, "description": "What {{…}} may name"},
        "updated_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
PREVIEW: dict[str, Any] = {
    "type": "object",
    "title": "Preview of a message",
    "properties": {
        "email": {
            "type": ["object", "null"],
            "properties": {"subject": _TEXT, "text": _TEXT, "html": _TEXT},
        },
        "sms": {
            "type": ["object", "null"],
            "properties": {
                "text": _TEXT,
                "encoding": {"type": "string", "enum": ["GSM-7", "UCS-2"]},
                "units": {"type": "integer", "description": "Septets of GSM-7, 16-bit units of UCS-2"},
                "segments": {"type": "integer", "description": "How many short messages are paid for"},
            },
        },
    },
}
QUEUED: dict[str, Any] = {
    "type": "object",
    "title": "Queued message",
    "properties": {"message_id": {"type": "string", "format": "uuid"}},
}
