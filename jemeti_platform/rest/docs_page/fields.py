"""JSON Schemas as rows that people read: name, kind in words, limits in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

__all__ = ["Row", "kind_of", "limits_of", "rows_of"]

_FORMATS = {
    "uuid": "UUID",
    "date-time": "date and time",
    "date": "date",
    "email": "e-mail address",
    "phone": "phone number",
    "decimal": "exact decimal, as text",
    "country": "country code",
    "currency": "currency code",
    "time-zone": "time zone",
    "colour": "colour",
    "int64": "whole number",
}
_KINDS = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "true or false",
    "object": "object",
    "null": "null",
}
_WIDE = 2**31 - 1
"""Bounds as wide as this are those of a machine: nothing that a reader must know."""


@dataclass(frozen=True, slots=True)
class Row:
    """One field; ``depth`` is how deep it stands inside others."""

    name: str
    kind: str
    limits: tuple[str, ...]
    words: str
    required: bool
    read_only: bool
    depth: int


def rows_of(schema: dict[str, Any], schemas: dict[str, Any], depth: int = 0) -> Iterator[Row]:
    """The fields of an object, each followed by its own fields where it is an object or a list of them."""
    shape = _resolved(schema, schemas)
    required = set(shape.get("required", ()))
    for name, given in shape.get("properties", {}).items():
        part = _resolved(given, schemas)
        yield Row(
            name,
            kind_of(part, schemas),
            tuple(limits_of(part)),
            part.get("description", ""),
            name in required,
            bool(part.get("readOnly")),
            depth,
        )
        inner = _resolved(part.get("items", {}), schemas) if "items" in part else part
        if inner.get("properties"):
            yield from rows_of(inner, schemas, depth + 1)


def kind_of(shape: dict[str, Any], schemas: dict[str, Any] | None = None) -> str:
    """The kind of value in words: ``text``, ``list of UUID``, ``one of person, company``, ``date or null``."""
    kinds = shape.get("type", [])
    kinds = kinds if isinstance(kinds, list) else [kinds]
    empty = "null" in kinds or None in shape.get("enum", ())
    for word in ("anyOf", "oneOf"):
        if word in shape:
            parts = [_resolved(part, schemas or {}) for part in shape[word]]
            return " or ".join(dict.fromkeys(kind_of(part, schemas) for part in parts))
    said = " or ".join(_one_kind(kind, shape, schemas) for kind in kinds if kind != "null") or "any value"
    return f"{said}{',' if ', ' in said else ''} or null" if empty else said


def _one_kind(kind: str, shape: dict[str, Any], schemas: dict[str, Any] | None) -> str:
    if "const" in shape:
        return f"always {shape['const']}"
    if "enum" in shape:
        return "one of " + ", ".join(str(word) for word in shape["enum"] if word is not None)
    if kind == "array":
        inner = kind_of(_resolved(shape.get("items", {}), schemas or {}), schemas)
        return "list" if inner == "any value" else f"list of {'objects' if inner == 'object' else inner}"
    return _FORMATS.get(shape.get("format", ""), _KINDS.get(kind, kind))


def limits_of(shape: dict[str, Any]) -> Iterator[str]:
    """What a value must keep to, and what stands in for one that is not given."""
    least, most = shape.get("minLength", 0), shape.get("maxLength")
    if most is not None:
        yield f"{least} to {most} characters" if least > 1 else f"at most {most} characters"
    low, high = shape.get("minimum"), shape.get("maximum")
    low, high = (n if n is not None and abs(n) < _WIDE else None for n in (low, high))
    if low is not None and high is not None:
        yield f"{low} to {high}"
    elif low is not None or high is not None:
        yield f"at least {low}" if low is not None else f"at most {high}"
    least, most = shape.get("minItems", 0), shape.get("maxItems")
    if least or most is not None:
        yield f"{least} to {most} items" if least and most else f"at most {most} items" if most else f"{least} or more"
    if shape.get("uniqueItems"):
        yield "no two alike"
    if "default" in shape and shape["default"] not in (None, [], {}):
        yield f"default {str(shape['default']).lower() if isinstance(shape['default'], bool) else shape['default']}"


def _resolved(shape: Any, schemas: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(shape, dict):
        return {}
    if "$ref" in shape:
        return {**schemas.get(shape["$ref"].rpartition("/")[2], {}), **{k: v for k, v in shape.items() if k != "$ref"}}
    return shape
