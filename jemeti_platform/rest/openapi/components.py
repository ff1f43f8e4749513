"""Shared schemas: each shape once, under a name that people would give it."""

from __future__ import annotations

import json
from typing import Any

import colander

from ..json_schema import json_schema
from .names import camel

__all__ = ["Components"]

_ENDINGS = ("Schema", "Body", "Answer")


class Components:
    """``components/schemas`` while it grows.

    Two shapes that want one name: the later one gives way, so that what is installed keeps its names when
    more is installed. It is told apart by its plugin, or in the same plugin by its use.
    """

    def __init__(self) -> None:
        self.schemas: dict[str, dict[str, Any]] = {}
        self._named: dict[tuple[str, str], str] = {}
        self._owners: dict[str, str] = {}

    def share(self, shape: dict[str, Any], name: str, owner: str, use: str) -> dict[str, Any]:
        """The reference to a shape, shared under ``name`` or the next free variation of it."""
        known = self._named.get((name, _text(shape)))
        if known is None:
            known = self._free_name(shape, name, owner, use)
            self.schemas[known] = shape
            self._named[name, _text(shape)] = known
            self._owners.setdefault(known, owner)
        return {"$ref": f"#/components/schemas/{known}"}

    def body(self, schema: Any, owner: str, fallback: str, *, patch: bool, name: str = "") -> dict[str, Any]:
        """The reference to what a client may send."""
        name = name or _name_of(schema) or fallback
        if patch and not name.endswith("Patch"):
            name += "Patch"
        return self.share(json_schema(schema, patch=patch), name, owner, "Input")

    def answer(self, schema: Any, owner: str, fallback: str, name: str = "") -> dict[str, Any]:
        """The reference to what is answered: a Colander schema, or a JSON Schema as it stands."""
        if isinstance(schema, dict):
            if schema.keys() <= {"$ref"}:
                return schema
            return self.share(schema, name or camel(str(schema.get("title", ""))) or fallback, owner, "Answer")
        return self.share(json_schema(schema), name or _name_of(schema) or fallback, owner, "Answer")

    def _free_name(self, shape: dict[str, Any], name: str, owner: str, use: str) -> str:
        own = camel(owner) + name
        wanted = [name, name + use] if self._owners.get(name, owner) == owner else [name]
        wanted += [own, own + use, *(f"{own}{n}" for n in range(2, 100))]
        return next(one for one in wanted if one not in self.schemas or self.schemas[one] == shape)


def _name_of(schema: Any) -> str:
    kind = schema if isinstance(schema, type) else type(schema)
    if kind.__module__.startswith("colander") or kind.__qualname__ == "Mapping":
        return camel(str(schema.title)) if isinstance(schema, colander.SchemaNode) and schema.title else ""
    name: str = kind.__name__
    for ending in _ENDINGS:
        if name.endswith(ending) and name != ending:
            return name.removesuffix(ending)
    return name


def _text(shape: dict[str, Any]) -> str:
    return json.dumps(shape, sort_keys=True, default=str)
