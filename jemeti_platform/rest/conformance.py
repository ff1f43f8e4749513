"""Does an answer look as the OpenAPI document says? For tests, ours and plugins': needs jsonschema.

Stricter than the document is with clients: what an answer holds beyond what is documented is a problem,
too, though a later version may add to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson
from jsonschema import Draft202012Validator, FormatChecker  # type: ignore[import-untyped]

__all__ = ["Conformance"]

_JSON = "application/json"
_NEEDED = {"201": ("Location",), "401": ("WWW-Authenticate",), "429": ("Retry-After",), "503": ("Retry-After",)}


class Conformance:
    """The checks of one document."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._paths = document["paths"]
        components = document["components"]
        self._components = {**components, "schemas": {n: _closed(s) for n, s in components["schemas"].items()}}
        self._routes = sorted(((_pattern(path), path) for path in self._paths), key=lambda route: route[1].count("{"))
        self._validators: dict[tuple[str, str, str], Draft202012Validator] = {}

    def problems(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> list[str]:
        """What the answer to ``method`` ``path`` has that is not documented, or lacks; empty where all is well."""
        headers = {name.lower(): value for name, value in headers.items()}
        found = [] if "x-request-id" in headers else ["X-Request-Id is missing"]
        template = self._template(path)
        operation = self._paths.get(template, {}).get(("get" if method == "HEAD" else method).lower())
        if operation is None:
            allowed = 404 if template is None else 405
            if method != "OPTIONS" and status not in (allowed, 400):
                found.append(f"{status} from an operation that is not documented, not {allowed}")
            return found
        response = self._resolved(operation["responses"].get(str(status)))
        if response is None:
            return [*found, f"the status {status} is not documented; {', '.join(operation['responses'])} are"]
        found += [f"{name} is missing" for name in _NEEDED.get(str(status), ()) if name.lower() not in headers]
        if method == "HEAD":
            return found
        return found + self._content_problems(operation["operationId"], str(status), response, headers, body)

    def check(self, method: str, path: str, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Raise AssertionError with the problems of an answer, if it has any."""
        problems = self.problems(method, path, status, headers, body)
        assert not problems, f"{method} {path} answered {status}: " + "; ".join(problems)

    def _content_problems(
        self, operation: str, status: str, response: dict[str, Any], headers: Mapping[str, str], body: bytes
    ) -> list[str]:
        content = response.get("content", {})
        if not content:
            return [f"there should be no body, there is {body[:200]!r}"] if body else []
        kind = headers.get("content-type", "").partition(";")[0]
        if kind not in content:
            return [f"the media type {kind!r} is not documented; {', '.join(content)} are"]
        if kind != _JSON:
            return []
        key = (operation, status, kind)
        if key not in self._validators:
            schema = content[kind]["schema"] if status >= "400" else _closed(content[kind]["schema"])
            self._validators[key] = Draft202012Validator(
                {**schema, "components": self._components}, format_checker=FormatChecker()
            )
        errors = self._validators[key].iter_errors(orjson.loads(body))
        return [f"{'/'.join(map(str, error.absolute_path)) or 'body'}: {error.message[:300]}" for error in errors]

    def _template(self, path: str) -> str | None:
        path = path.partition("?")[0]
        return next((template for pattern, template in self._routes if pattern.fullmatch(path)), None)

    def _resolved(self, part: dict[str, Any] | None) -> dict[str, Any] | None:
        if part is None or "$ref" not in part:
            return part
        _, _, kind, name = part["$ref"].split("/")
        found: dict[str, Any] = self._components[kind][name]
        return found


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(template)))


def _closed(shape: Any) -> Any:
    """The schema with every object closed that names its fields; what refers elsewhere is closed there."""
    if isinstance(shape, list):
        return [_closed(part) for part in shape]
    if not isinstance(shape, dict) or "$ref" in shape:
        return shape
    closed = {key: _closed(part) for key, part in shape.items()}
    if shape.get("properties") and "additionalProperties" not in shape:
        closed["additionalProperties"] = False
    return closed
