"""What lifecycles answer, as JSON Schema."""

from __future__ import annotations

from typing import Any

__all__ = ["A_LIFECYCLE", "A_MOVE", "A_STANDING"]

_REASON = {
    "type": "object",
    "properties": {
        "guard": {"type": "string", "examples": ["has_vehicle"]},
        "message": {"type": "string", "examples": ["The job needs a vehicle"]},
    },
}
_INPUTS = {
    "type": "object",
    "description": "The JSON Schema of what must or may be sent besides the action",
    "examples": [{"type": "object", "properties": {"note": {"type": ["string", "null"]}}}],
}
_ACTION = {"type": "string", "examples": ["approve"]}
_STATE = {"type": "string", "examples": ["approved"]}

A_STANDING: dict[str, Any] = {
    "type": "object",
    "title": "Standing",
    "properties": {
        "state": {"type": "string", "examples": ["quoted"]},
        "title": {"type": "string", "examples": ["Quoted"]},
        "transitions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "action": _ACTION,
                    "title": {"type": "string", "examples": ["Approve"]},
                    "to": _STATE,
                    "allowed": {"type": "boolean", "description": "Whether this user may do it now"},
                    "unmet": {
                        "type": "array",
                        "items": _REASON,
                        "description": "What stands in the way: guards, or the permission that is missing",
                        "examples": [[]],
                    },
                    "permission": {"type": "string", "examples": ["jobs.core:transition"]},
                    "inputs": _INPUTS,
                },
            },
        },
        "sub_states": {
            "type": "array",
            "description": "The workspace's own sub-states of this state, where the record may carry one",
            "items": {
                "type": "object",
                "properties": {
                    "id": {"type": "string", "format": "uuid"},
                    "title": {"type": "string", "examples": ["Waiting for the customer"]},
                    "colour": {"type": ["string", "null"], "format": "colour"},
                },
            },
        },
    },
}
A_MOVE: dict[str, Any] = {
    "type": "object",
    "title": "Move",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "at": {"type": "string", "format": "date-time"},
        "actor_kind": {"type": "string", "examples": ["user"]},
        "actor_id": {"type": ["string", "null"], "format": "uuid"},
        "actor_name": {"type": ["string", "null"], "examples": ["Rahim Ahmed"]},
        "action": _ACTION,
        "from_state": {"type": "string", "examples": ["quoted"]},
        "to_state": _STATE,
        "note": {"type": ["string", "null"], "examples": ["Agreed by telephone"]},
        "inputs": {"type": "object", "examples": [{}]},
    },
}
A_LIFECYCLE: dict[str, Any] = {
    "type": "object",
    "title": "Lifecycle",
    "properties": {
        "name": {"type": "string", "examples": ["jobs.job"]},
        "title": {"type": "string", "examples": ["Job"]},
        "initial": {"type": "string", "examples": ["draft"]},
        "states": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "name": _STATE,
                    "title": {"type": "string", "examples": ["Approved"]},
                    "is_final": {"type": "boolean", "description": "Whether nothing leads on from there"},
                },
            },
        },
        "transitions": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "action": _ACTION,
                    "title": {"type": "string", "examples": ["Approve"]},
                    "from": {"type": "array", "items": {"type": "string", "examples": ["quoted"]}},
                    "to": _STATE,
                    "permission": {"type": "string", "examples": ["jobs.core:transition"]},
                    "guards": {"type": "array", "items": _REASON},
                    "inputs": _INPUTS,
                },
            },
        },
        "diagram": {
            "type": "string",
            "description": "Mermaid, `stateDiagram-v2`",
            "examples": ["stateDiagram-v2\n    [*] --> draft"],
        },
    },
}
