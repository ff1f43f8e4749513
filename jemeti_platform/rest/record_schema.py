"""The JSON Schema of a record as it is answered: what was sent, and what the database added, read-only."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import Boolean, Date, DateTime, Integer, Numeric, Uuid
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from .json_schema import json_schema

if TYPE_CHECKING:
    from .resource import Resource

__all__ = ["column_schema", "record_schema"]


def column_schema(column: Any) -> dict[str, Any]:
    """The JSON Schema of a column's values; ``null`` is a type where the column may be empty."""
    found: dict[str, Any]
    match column.type:
        case Uuid():
            found = {"type": "string", "format": "uuid"}
        case DateTime():
            found = {"type": "string", "format": "date-time"}
        case Date():
            found = {"type": "string", "format": "date"}
        case Boolean():
            found = {"type": "boolean"}
        case Integer():
            found = {"type": "integer"}
        case Numeric():
            found = {"type": "string", "format": "decimal"}
        case ARRAY():
            found = {"type": "array", "items": {"type": "string"}}
        case JSONB():
            return {}
        case _:
            found = {"type": "string"}
    if getattr(column, "nullable", True):
        found["type"] = [found["type"], "null"]
    return found


def record_schema(resource: Resource) -> dict[str, Any]:
    """Every field of the representation, in its order, with the input schema's words where it has the field."""
    given = json_schema(resource.schema)["properties"]
    properties: dict[str, Any] = {}
    for name in resource.representation.names:
        computed = name in resource.computed
        column = resource.computed[name] if computed else resource.table.c[name]
        own = column_schema(column)
        if name in given:
            described = {
                k: v
                for k, v in given[name].items()
                if k in ("description", "examples", "enum", "title", "items", "format")
            }
            if "enum" in described and isinstance(own.get("type"), list):
                described["enum"] = [*described["enum"], *([] if None in described["enum"] else [None])]
            properties[name] = {**given[name], **own} if not own else {**described, **own}
        else:
            properties[name] = {**own, "readOnly": True}
    for name, expansion in resource.expand.items():
        inner = {f: column_schema(expansion.model.__table__.c[f]) for f in ("id", *expansion.fields)}
        properties[name] = {
            "type": ["object", "null"],
            "properties": inner,
            "readOnly": True,
            "description": f"With ?expand={name}",
        }
    required = list(resource.representation.names)
    return {"type": "object", "title": resource.title.capitalize(), "properties": properties, "x-fields": required}
