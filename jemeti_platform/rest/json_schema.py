"""The schemas that validate, as JSON Schema 2020-12: what OpenAPI 3.1 shows is what the kernel accepts."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import colander

from jemeti_platform.rest.schema import StrictSequence
from jemeti_platform.types.strict import nullable

__all__ = ["json_schema", "query_parameters"]


def json_schema(schema: Any, *, patch: bool = False, query: bool = False) -> dict[str, Any]:
    """Return the JSON Schema of a Colander schema or node; `patch` describes the merge patch of it.

    `query` describes a query parameter: it may be absent but has no way to be null.

    A node's `example` (any JSON value) is shown, its `description` or explicit `title`, its default and its validators
    as far as JSON Schema knows them.
    """
    node = schema() if isinstance(schema, type) else schema
    found = _shape(node, patch=patch)
    for validator in _each(node.validator):
        _constrain(found, validator)
    if (node.missing is None and not query) or (patch and _has_default(node)):
        found = nullable(found)
    if words := node.description or (node.raw_title if isinstance(node.raw_title, str) else ""):
        found["description"] = words
    if not patch and _has_default(node):
        found["default"] = _plain(node.missing)
    if hasattr(node, "example"):
        found["examples"] = [_plain(node.example)]
    return found


def query_parameters(schema: Any) -> list[dict[str, Any]]:
    """Return the OpenAPI parameter objects of a query schema, one per child."""
    node = schema() if isinstance(schema, type) else schema
    parameters = []
    for child in node.children:
        shape = json_schema(child, query=True)
        parameter: dict[str, Any] = {"name": child.name, "in": "query", "required": bool(child.required)}
        if words := shape.pop("description", ""):
            parameter["description"] = words
        if shape.get("type") == "array":
            parameter |= {"style": "form", "explode": False}
        parameters.append(parameter | {"schema": shape})
    return parameters


def _shape(node: Any, *, patch: bool) -> dict[str, Any]:
    typ = node.typ
    if isinstance(typ, colander.Mapping):
        found: dict[str, Any] = {
            "type": "object",
            "properties": {child.name: json_schema(child, patch=patch) for child in node.children},
            "additionalProperties": False,
        }
        required = [child.name for child in node.children if child.missing is colander.required]
        if required and not patch:
            found["required"] = required
        return found
    if isinstance(typ, colander.Sequence):
        limits = typ if isinstance(typ, StrictSequence) else StrictSequence()
        found = {"type": "array", "items": json_schema(node.children[0]), "maxItems": limits.max}
        return found | {"minItems": limits.min} if limits.min else found
    describe = getattr(typ, "describe", None)
    return describe() if describe else {}


def _constrain(shape: dict[str, Any], validator: Any) -> None:
    kind = shape.get("type")
    if isinstance(validator, colander.Length):
        least, most = ("minItems", "maxItems") if kind == "array" else ("minLength", "maxLength")
        _put(shape, least, validator.min, most, validator.max)
    elif isinstance(validator, colander.Range) and kind in ("integer", "number"):
        _put(shape, "minimum", validator.min, "maximum", validator.max)
    elif isinstance(validator, colander.OneOf):
        shape["enum"] = [_plain(choice) for choice in validator.choices]
    elif isinstance(validator, colander.Regex) and "pattern" not in shape:
        shape["pattern"] = validator.match_object.pattern


def _put(shape: dict[str, Any], least: str, smallest: Any, most: str, largest: Any) -> None:
    if smallest is not None and smallest != -1:
        shape[least] = max(smallest, shape.get(least, smallest))
    if largest is not None and largest != -1:
        shape[most] = min(largest, shape.get(most, largest))


def _each(validator: Any) -> list[Any]:
    if validator is None:
        return []
    if isinstance(validator, colander.All):
        return [part for inner in validator.validators for part in _each(inner)]
    return [validator]


def _has_default(node: Any) -> bool:
    special = (colander.required, colander.drop, None)
    return not isinstance(node.missing, colander.deferred) and all(node.missing is not word for word in special)


def _plain(value: Any) -> Any:
    """Return a value as the JSON that a client would see."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_plain(item) for item in value]
    return value
