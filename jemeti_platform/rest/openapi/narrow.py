"""The document of one workspace: the operations that it has on, and no schema that nothing refers to."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

__all__ = ["narrowed"]

_METHODS = frozenset(("get", "post", "put", "patch", "delete"))
_REFERENCE = re.compile(r"#/components/([a-zA-Z]+)/([A-Za-z0-9._-]+)")

Wanted = Callable[[str, dict[str, Any]], bool]


def narrowed(document: dict[str, Any], wanted: Wanted) -> dict[str, Any]:
    """The document with only the operations for which ``wanted(method, operation)``, and what those need."""
    paths: dict[str, Any] = {}
    tags: set[str] = set()
    for path, item in document["paths"].items():
        kept = {key: part for key, part in item.items() if key not in _METHODS or wanted(key, part)}
        if _METHODS & kept.keys():
            paths[path] = kept
            tags.update(tag for key in _METHODS & kept.keys() for tag in kept[key]["tags"])
    features = {part["x-feature"] for item in paths.values() for key, part in item.items() if key in _METHODS}
    groups = [{**group, "tags": [t for t in group["tags"] if t in tags]} for group in document["x-tagGroups"]]
    return {
        **document,
        "tags": [tag for tag in document["tags"] if tag["name"] in tags],
        "x-tagGroups": [group for group in groups if group["tags"]],
        "x-features": {slug: said for slug, said in document["x-features"].items() if slug in features},
        "paths": paths,
        "components": _needed(paths, document["components"]),
    }


def _needed(paths: dict[str, Any], components: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    kept: dict[str, dict[str, Any]] = {kind: {} for kind in components}
    kept["securitySchemes"] = components["securitySchemes"]
    waiting: list[Any] = [paths]
    while waiting:
        for kind, name in _references(waiting.pop()):
            if name not in kept[kind]:
                kept[kind][name] = components[kind][name]
                waiting.append(components[kind][name])
    return {kind: dict(sorted(found.items())) for kind, found in kept.items()}


def _references(part: Any) -> list[tuple[str, str]]:
    if isinstance(part, list):
        return [found for item in part for found in _references(item)]
    if not isinstance(part, dict):
        return []
    found = [found for item in part.values() for found in _references(item)]
    if isinstance(part.get("$ref"), str) and (match := _REFERENCE.fullmatch(part["$ref"])):
        found.append((match[1], match[2]))
    return found
