"""Second factors as ``/api/auth`` and ``/platform/auth`` show them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

__all__ = ["ENROLMENT", "RECOVERY_CODES", "STATUS", "shown_status"]

_TEXT = {"type": "string"}
STATUS: dict[str, Any] = {
    "type": "object",
    "title": "Second factor",
    "properties": {
        "status": {"enum": ["on", "pending", "off"], "description": "Pending is set up, but not confirmed"},
        "confirmed_at": {"type": ["string", "null"], "format": "date-time"},
        "recovery_codes_left": {"type": "integer"},
    },
}
ENROLMENT: dict[str, Any] = {
    "type": "object",
    "title": "Two-factor enrolment",
    "properties": {
        "secret": {**_TEXT, "description": "For typing into an authenticator app; shown this once"},
        "otpauth_uri": {**_TEXT, "description": "The same as an address that such apps open"},
        "qr_svg": {**_TEXT, "description": "The same as a picture to photograph, a data: URI of an SVG"},
    },
}
RECOVERY_CODES: dict[str, Any] = {
    "type": "object",
    "title": "Recovery codes",
    "properties": {
        "recovery_codes": {
            "type": "array",
            "items": _TEXT,
            "description": "Each is good once, in the place of a code; shown this once",
        }
    },
}


def shown_status(found: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """The state of the factor in these rows: none or one."""
    factor = found[0] if found else {"confirmed_at": None, "codes_left": 0}
    return {
        "status": "off" if not found else "on" if factor["confirmed_at"] else "pending",
        "confirmed_at": factor["confirmed_at"],
        "recovery_codes_left": factor["codes_left"],
    }
