"""The JSON Schema of a record as it is answered: what was sent, and what the database added, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, DateTime, Float, Integer, Numeric, String, Uuid
from sqlalchemy.dialects.postgresql import ARRAY

from ..db.words import words_of
from ..types.strict import nullable
from .json_schema import json_schema

if TYPE_CHECKING:
    from .resource import Resource

__all__ = ["column_schema", "record_schema"]

_WORDS = {
    "id": "The record's id (UUIDv7: ids sort by the time they were made)",
    "version": "How often the record was written; the ETag begins with it",
    "created_at": "When the record was made",
    "updated_at": "When the record was last changed",
}
_FROM_INPUT = ("description", "examples", "enum", "format")
"""What the input's schema says that holds for the answer, too; lengths and patterns are for those who send."""


def column_schema(column: Any) -> dict[str, Any]:
    """The JSON Schema of a column's values; ``null`` is a type where the column may be empty."""
    shape = _of_type(column.type)
    return nullable(shape) if shape and getattr(column, "nullable", True) else shape


def record_schema(resource: Resource) -> dict[str, Any]:
    """Every field of the representation, in its order, with the input schema's words where it has the field.

    A column of JSON says what is in it by ``mapped_column(info={"schema": …})``.

    Nothing is ``required``: ``?fields=`` leaves out what was not asked for.
    """
    given = json_schema(resource.schema)["properties"]
    properties: dict[str, Any] = {}
    for name in resource.representation.names:
        column = resource.computed[name] if name in resource.computed else resource.table.c[name]
        properties[name] = _field(name, column, given.get(name))
    if resource.beside is not None:
        for name, shape in resource.beside.fields.items():
            properties[name] = {**nullable(shape), "readOnly": True}
    for name, expansion in resource.expand.items():
        inner = {field: column_schema(expansion.table.c[field]) for field in ("id", *expansion.fields)}
        properties[name] = {
            "type": ["object", "null"],
            "properties": inner,
            "readOnly": True,
            "description": f"The record that {expansion.column} names; only with ?expand={name}",
            "x-expand": name,
        }
    return {"type": "object", "title": resource.title.capitalize(), "properties": properties}


def _field(name: str, column: Any, given: dict[str, Any] | None) -> dict[str, Any]:
    own = getattr(column, "info", {}).get("schema") or _kept(column)
    words = getattr(column, "comment", None) or getattr(column, "doc", None) or _WORDS.get(name)
    if given is None:
        shape = {**own, "readOnly": True}
        if words:
            shape["description"] = words
    elif own:
        said = _without_null(given)
        shape = {**{word: said[word] for word in _FROM_INPUT if word in said}, **own}
    else:
        shape = _without_null(given)  # JSONB holds what was sent
    return nullable(shape) if "type" in shape and getattr(column, "nullable", True) else shape


def _kept(column: Any) -> dict[str, Any]:
    shape = _of_type(column.type)
    words = words_of(column) if getattr(column, "table", None) is not None else ()
    return {**shape, "enum": list(words)} if words else shape


def _without_null(given: dict[str, Any]) -> dict[str, Any]:
    shape = dict(given)
    if isinstance(shape.get("type"), list):
        kinds = [word for word in shape["type"] if word != "null"]
        shape["type"] = kinds[0] if len(kinds) == 1 else kinds
    if "enum" in shape:
        shape["enum"] = [word for word in shape["enum"] if word is not None]
    return shape


def _of_type(kind: Any) -> dict[str, Any]:
    if isinstance(kind, ARRAY):
        return {"type": "array", "items": _of_type(kind.item_type)}
    return next((dict(shape) for types, shape in _SHAPES if isinstance(kind, types)), {})


_SHAPES: tuple[tuple[type, dict[str, Any]], ...] = (
    (Uuid, {"type": "string", "format": "uuid"}),
    (DateTime, {"type": "string", "format": "date-time"}),
    (Date, {"type": "string", "format": "date"}),
    (Boolean, {"type": "boolean"}),
    (Integer, {"type": "integer"}),
    (Float, {"type": "number"}),
    (Numeric, {"type": "string", "format": "decimal"}),
    (String, {"type": "string"}),
)
