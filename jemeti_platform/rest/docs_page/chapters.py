"""The OpenAPI document read as a book."""

from __future__ import annotations

from typing import Any

from .book import Answer, Chapter, Entry, Parameter, Refusal, Section
from .code import curl_line
from .fields import kind_of, limits_of, rows_of

__all__ = ["chapters_of", "refusals_of"]

_METHODS = ("get", "post", "put", "patch", "delete")
_JSON = "application/json"


def chapters_of(document: dict[str, Any]) -> list[Chapter]:
    """The whole book, in the document's own order."""
    reader = _Reader(document)
    sections = {
        tag["name"]: Section(tag["name"], tag.get("x-displayName", tag["name"]), tag.get("description", ""))
        for tag in document["tags"]
    }
    for path, item in document["paths"].items():
        for method in _METHODS:
            if method in item:
                operation = item[method]
                entry = reader.entry(method, path, operation, item.get("parameters", []))
                sections[operation["tags"][0]].entries.append(entry)
    return [
        Chapter(group["key"], group["name"], [sections[tag] for tag in group["tags"]])
        for group in document["x-tagGroups"]
    ]


def refusals_of(document: dict[str, Any]) -> list[Refusal]:
    """Every shared failure, by status."""
    reader = _Reader(document)
    return sorted((reader.refusal(shared) for shared in document["components"]["responses"].values()), key=_status)


def _status(refusal: Refusal) -> str:
    return refusal.status


class _Reader:
    """Reads operations of one document, its references resolved."""

    def __init__(self, document: dict[str, Any]) -> None:
        self.document = document
        self.schemas: dict[str, Any] = document["components"]["schemas"]

    def entry(self, method: str, path: str, operation: dict[str, Any], shared: list[dict[str, Any]]) -> Entry:
        given = [self._resolved(one) for one in (*shared, *operation["parameters"])]
        names = {one["name"] for one in given}
        parameters = [
            self._parameter(one, names)
            for one in given
            if one["name"] not in _EVERYWHERE and _without_range(one["name"]) not in names
        ]
        body = operation.get("requestBody", {}).get("content", {})
        first: dict[str, Any] = next(iter(body.values()), {})
        permission, feature = operation["x-permission"], operation["x-feature"]
        answers, refusals = [], []
        for status, response in operation["responses"].items():
            if status < "400":
                answers.append(self._answer(status, response))
            else:
                refusals.append(self.refusal(self._resolved(response)))
        return Entry(
            id=operation["operationId"],
            method=method.upper(),
            path=path,
            summary=operation["summary"],
            words=operation.get("description", ""),
            permission=permission,
            permission_title=self.document["x-permissions"].get(permission, ""),
            feature=feature,
            feature_title=self.document["x-features"].get(feature, {}).get("title", ""),
            parameters=tuple(parameters),
            body_kinds=tuple(body),
            body_rows=tuple(rows_of(first.get("schema", {}), self.schemas)),
            body_example=first.get("example"),
            answers=tuple(answers),
            refusals=tuple(sorted(refusals, key=_status)),
            curl=curl_line(method, path, operation),
        )

    def refusal(self, response: dict[str, Any]) -> Refusal:
        example = response["content"][_JSON]["example"]
        return Refusal(str(response["x-status"]), example["error"]["code"], response["description"], example)

    def _answer(self, status: str, response: dict[str, Any]) -> Answer:
        content = response.get("content", {})
        shown = content.get(_JSON, {})
        data = shown.get("schema", {}).get("properties", {}).get("data", {})
        record = data.get("items", data) if data.get("type") == "array" else data
        return Answer(
            status,
            response["description"],
            tuple(content),
            tuple(name for name in response.get("headers", {}) if name not in _EVERYWHERE),
            shown.get("example"),
            tuple(rows_of(record, self.schemas)),
        )

    def _parameter(self, given: dict[str, Any], names: set[str]) -> Parameter:
        schema, more = given.get("schema", {}), ""
        if schema.get("type") == "array":
            schema, more = schema["items"], "; several with commas"
        return Parameter(
            given["name"],
            given["in"],
            kind_of(schema, self.schemas) + more,
            tuple(limits_of(schema)),
            given.get("description", ""),
            bool(given.get("required")),
            tuple(ending for ending in _RANGES if given["name"] + ending in names),
        )

    def _resolved(self, part: dict[str, Any]) -> dict[str, Any]:
        if "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        found: dict[str, Any] = self.document["components"][kind][name]
        return found


def _without_range(name: str) -> str | None:
    """``created_at`` for ``created_at.gte``; None for a name that is no range."""
    return next((name.removesuffix(ending) for ending in _RANGES if name.endswith(ending)), None)


_RANGES = (".gte", ".gt", ".lte", ".lt")
_EVERYWHERE = ("X-Request-Id", "RateLimit", "RateLimit-Policy")
"""Said once, in the overview."""
