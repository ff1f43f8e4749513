"""The good answers of an operation: the envelopes of ``http.md`` around what the view declares."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from ..json_schema import json_schema
from ..spreadsheet import CSV, XLSX
from . import names
from .components import Components
from .examples import AN_ID, example_of
from .refusals import takes_key

if TYPE_CHECKING:
    from .operation import Operation

__all__ = ["SCHEMAS", "answers_of"]

JSON = "application/json"

SCHEMAS: dict[str, dict[str, Any]] = {
    "PageMeta": {
        "type": "object",
        "description": "Where a page stands. `total` and `total_pages` are left out with ?count=none.",
        "required": ["page", "per_page"],
        "additionalProperties": False,
        "properties": {
            "page": {"type": "integer", "minimum": 1, "examples": [1]},
            "per_page": {"type": "integer", "minimum": 1, "maximum": 100, "examples": [25]},
            "total": {"type": "integer", "minimum": 0, "examples": [132]},
            "total_pages": {"type": "integer", "minimum": 0, "examples": [6]},
        },
    },
    "CursorMeta": {
        "type": "object",
        "description": "How to walk on: give `next_cursor` as ?cursor=; null is the end.",
        "required": ["per_page", "next_cursor"],
        "additionalProperties": False,
        "properties": {
            "per_page": {"type": "integer", "minimum": 1, "maximum": 100, "examples": [25]},
            "next_cursor": {"type": ["string", "null"]},
        },
    },
}
_PAGE = {"$ref": "#/components/schemas/PageMeta"}
_CURSOR = {"$ref": "#/components/schemas/CursorMeta"}


def answers_of(operation: Operation, components: Components) -> dict[str, Any]:
    """The responses of an operation that did what it was asked for."""
    view = operation.view
    found: dict[str, Any] = {str(view.status): _answer(operation, components)}
    if view.creates:
        known = found[str(view.status)]
        made = {"description": "As it was made", "headers": {**known["headers"], **_headers("Location")}}
        found["201"] = {**known, **made}
    resource = operation.resource
    if resource is not None and resource.moved is not None and view.function == resource.on_get:
        found["308"] = _moved(operation)
    if not view.is_write and operation.is_tagged:
        found["304"] = {
            "description": "Unchanged since the ETag in If-None-Match",
            "headers": _headers("X-Request-Id", "ETag"),
        }
    return found


def _answer(operation: Operation, components: Components) -> dict[str, Any]:
    view = operation.view
    headers = ["X-Request-Id", *(("RateLimit", "RateLimit-Policy") if view.counted else ())]
    if view.is_write:
        headers.append("Dry-Run")
    if takes_key(view):
        headers.append("Idempotent-Replayed")
    if view.status == 201:
        headers.append("Location")
    if operation.is_tagged and view.status in (200, 201):
        headers.append("ETag")
    answer: dict[str, Any] = {"description": _said(operation), "headers": _headers(*headers)}
    if view.status != 204:
        answer["content"] = {kind: _content(operation, components, kind) for kind in view.media_types}
    return answer


def _moved(operation: Operation) -> dict[str, Any]:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string", "format": "uuid"}}}
    return {
        "description": f"This {_noun(operation)} has become part of another one: see Location",
        "headers": _headers("X-Request-Id", "Location"),
        "content": {JSON: {"schema": _object({"data": schema}, required=["data"]), "example": {"data": {"id": AN_ID}}}},
    }


def _noun(operation: Operation) -> str:
    return operation.resource.title if operation.resource is not None else ""


def _said(operation: Operation) -> str:
    view = operation.view
    noun = _noun(operation)
    if view.status == 204:
        return f"The {noun} is gone" if noun else "Done; there is nothing to say"
    if view.many:
        return f"A page of {names.plural_of(operation.resource)}" if operation.resource is not None else "The list"
    if view.status == 201:
        return f"The {noun or 'record'} as it was made"
    return f"The {noun}" if noun else HTTPStatus(view.status).phrase


def _content(operation: Operation, components: Components, kind: str) -> dict[str, Any]:
    if kind == XLSX:
        return {"schema": {"type": "string", "contentMediaType": XLSX}}
    if kind == CSV:
        return {"schema": {"type": "string", "contentMediaType": CSV}}
    if kind != JSON:
        return {"schema": {"type": "string"}}
    view = operation.view
    if isinstance(view.answer, dict) and view.answer.get("x-bare"):
        return {"schema": {key: value for key, value in view.answer.items() if key != "x-bare"}}
    one: dict[str, Any] = {}
    example: Any = {}
    if view.answer is not None:
        shape = view.answer if isinstance(view.answer, dict) else json_schema(view.answer)
        name = names.camel(operation.resource.title) if operation.resource is not None else ""
        one = components.answer(view.answer, operation.owner, f"{names.camel(operation.id)}Answer", name)
        example = example_of(shape)
    if view.many:
        meta, shown = _meta(operation)
        envelope = _object({"data": {"type": "array", "items": one}, **meta}, required=["data", *meta])
        return {"schema": envelope, "example": {"data": [example], **shown}}
    return {"schema": _object({"data": one}, required=["data"]), "example": {"data": example}}


def _meta(operation: Operation) -> tuple[dict[str, Any], dict[str, Any]]:
    """The ``meta`` of a list and its example: of a page, of a walk or either, and what the view adds."""
    query, more = operation.view.query, operation.view.meta
    offered = (
        set() if query is None else {node.name for node in (query() if isinstance(query, type) else query).children}
    )
    shapes = [shape for name, shape in (("page", _PAGE), ("cursor", _CURSOR)) if name in offered]
    example = {"page": 1, "per_page": 25, "total": 1, "total_pages": 1} if "page" in offered else _WALKED
    if more:
        shown = {name: example_of(shape, name) for name, shape in more.items()}
        whole = {name: shape for kind in offered & _OWN.keys() for name, shape in _OWN[kind]["properties"].items()}
        return {"meta": _object({**whole, **more}, required=list(more))}, {"meta": {**example, **shown}}
    if not shapes:
        return {}, {}
    return {"meta": shapes[0] if len(shapes) == 1 else {"anyOf": shapes}}, {"meta": example}


_WALKED = {"per_page": 25, "next_cursor": None}
_OWN = {"page": SCHEMAS["PageMeta"], "cursor": SCHEMAS["CursorMeta"]}


def _object(properties: dict[str, Any], required: list[str]) -> dict[str, Any]:
    return {"type": "object", "required": required, "properties": properties}


def _headers(*wanted: str) -> dict[str, Any]:
    return {name: {"$ref": f"#/components/headers/{name}"} for name in wanted}
