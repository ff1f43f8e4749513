"""JSON as the platform writes it, in answers, columns and whatever is hashed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import orjson

__all__ = ["to_json"]

_OPTIONS = orjson.OPT_UTC_Z | orjson.OPT_NAIVE_UTC


def to_json(value: Any) -> bytes:
    """Bytes of JSON: decimals exact as strings, instants as RFC 3339 UTC, UUIDs as text.

    Raises TypeError for what has no place in JSON.
    """
    return orjson.dumps(value, default=_unknown, option=_OPTIONS)


def _unknown(value: Any) -> Any:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, set | frozenset):
        return sorted(value)
    raise TypeError(f"{type(value).__name__} has no place in JSON")
