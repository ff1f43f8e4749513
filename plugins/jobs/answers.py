"""The shapes of answers that are no record."""

from __future__ import annotations

from typing import Any

from .models import CHANNELS
from .timeline import KINDS

__all__ = ["APPROVAL", "HAPPENED", "TIMER"]

_ID = {"type": "string", "format": "uuid"}
_AT = {"type": "string", "format": "date-time"}
_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}

TIMER: dict[str, Any] = {
    "type": "object",
    "title": "Timer",
    "properties": {
        "id": _ID,
        "line_id": _ID,
        "mechanic_id": _ID,
        "mechanic": _TEXT,
        "started_at": _AT,
        "stopped_at": {**_MAYBE, "format": "date-time", "description": "null while it runs"},
        "seconds": {"type": ["integer", "null"]},
    },
}
APPROVAL: dict[str, Any] = {
    "type": "object",
    "title": "Approval",
    "properties": {
        "id": _ID,
        "subject_type": {"type": "string", "enum": ["job", "quotation", "amendment"]},
        "subject_id": _ID,
        "revision": {"type": "integer"},
        "content_hash": {**_TEXT, "description": "The SHA-256 of what was decided on"},
        "decisions": {
            "type": "array",
            "items": {"type": "object", "properties": {"line_id": _ID, "decision": _TEXT}},
        },
        "name": {**_TEXT, "description": "Who decided"},
        "channel": {"type": "string", "enum": list(CHANNELS)},
        "note": _MAYBE,
        "by": {**_MAYBE, "description": "Who wrote it down"},
        "address": _MAYBE,
        "decided_at": _AT,
    },
}
HAPPENED: dict[str, Any] = {
    "type": "object",
    "title": "Timeline entry of a job",
    "properties": {
        "at": _AT,
        "kind": {"type": "string", "enum": list(KINDS)},
        "by": _MAYBE,
        "action": {**_MAYBE, "description": "Of a move the action, of an approval the channel"},
        "from": _MAYBE,
        "to": _MAYBE,
        "note": {**_MAYBE, "description": "What was said, written, shown or added"},
        "visibility": _MAYBE,
        "subject_id": {**_MAYBE, "format": "uuid", "description": "The note, image, line, part or approval"},
    },
}
