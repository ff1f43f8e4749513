"""The shapes of answers that are no record."""

from __future__ import annotations

from typing import Any

from .models import CHANNELS
from .timeline import KINDS

__all__ = ["APPROVAL", "BOARD", "GATE_PASS", "HAPPENED", "PROFIT", "TIMER"]

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
            "description": "The lines as they stood, each with the decision on it",
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
_COUNT = {"type": "integer"}
_AMOUNT = {"type": "string", "format": "decimal"}
_FLAG = {"type": "boolean"}
_NAMED = {"type": "object", "properties": {"id": _ID, "name": _TEXT}}
_CARD = {
    "type": "object",
    "title": "Card of the board",
    "properties": {
        "id": _ID,
        "number": _TEXT,
        "status": _TEXT,
        "sub_state_id": {**_MAYBE, "format": "uuid"},
        "priority": _TEXT,
        "promised_at": {**_MAYBE, "format": "date-time"},
        "concern": _MAYBE,
        "bay_id": {**_MAYBE, "format": "uuid"},
        "is_late": {**_FLAG, "description": "It was promised for earlier"},
        "customer": _NAMED,
        "vehicle": {
            "type": ["object", "null"],
            "properties": {"id": _ID, "plate": _MAYBE, "make": _MAYBE, "model": _MAYBE},
        },
        "mechanics": {"type": "array", "items": _NAMED},
        "lines": {**_COUNT, "description": "Approved lines"},
        "lines_done": _COUNT,
        "timer_running": _FLAG,
    },
}
BOARD: dict[str, Any] = {
    "type": "object",
    "title": "Board",
    "properties": {
        "states": {
            "type": "array",
            "items": {
                "type": "object",
                "title": "Column of the board",
                "properties": {
                    "state": _TEXT,
                    "title": _TEXT,
                    "count": _COUNT,
                    "jobs": {"type": "array", "items": _CARD},
                },
            },
        },
        "bays": {
            "type": "array",
            "items": {
                "type": "object",
                "title": "Bay of the board",
                "properties": {
                    "id": _ID,
                    "name": _TEXT,
                    "kind": _MAYBE,
                    "job_ids": {"type": "array", "items": _ID},
                },
            },
        },
        "shown": {**_COUNT, "description": "How many jobs the board shows"},
        "total": {**_COUNT, "description": "How many jobs are open"},
    },
}
PROFIT: dict[str, Any] = {
    "type": "object",
    "title": "Profit of a job",
    "properties": {
        "revenue": {
            **_AMOUNT,
            "description": "Without tax: invoiced less taken back and, of an open job, what is left to invoice",
        },
        "labour_cost": _AMOUNT,
        "parts_cost": _AMOUNT,
        "sublet_cost": _AMOUNT,
        "margin": _AMOUNT,
        "margin_percent": {**_MAYBE, "format": "decimal"},
        "clocked_hours": _AMOUNT,
        "unknown": {
            "type": "object",
            "description": "How many lines and parts no cost is known of",
            "properties": {"labour": _COUNT, "parts": _COUNT, "sublet": _COUNT},
        },
    },
}
GATE_PASS: dict[str, Any] = {
    "type": "object",
    "title": "Gate pass",
    "properties": {
        "id": _ID,
        "number": _TEXT,
        "document_id": {**_ID, "description": "The issued document, with its PDF"},
        "bearer": _TEXT,
        "created_at": _AT,
    },
}
