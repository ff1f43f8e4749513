"""Schemas of bodies and queries: Colander's, but unknown fields are faults and only objects and lists pass as such."""

from typing import Any

import colander

from jemeti_platform.types.strict import Strict

__all__ = ["Mapping", "Sequence", "StrictMapping", "StrictSequence", "has_rules", "is_object", "list_of"]


class StrictMapping(colander.Mapping):
    """A JSON object; every fault of it is found at once, a field that the schema does not know included."""

    def __init__(self) -> None:
        super().__init__(unknown="raise")

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or (cstruct is None and node.missing is None):
            return colander.null
        if not isinstance(cstruct, dict):
            raise colander.Invalid(node, "Must be an object")
        invalid = colander.Invalid(node)
        found: dict[str, Any] = {}
        for position, child in enumerate(node.children):
            given = cstruct.get(child.name, colander.null)
            if given is colander.null and child.missing is colander.drop:
                continue
            try:
                value = child.deserialize(given)
            except colander.Invalid as problem:
                invalid.add(problem, position)
            else:
                if value is not colander.drop:
                    found[child.name] = value
        for name in cstruct.keys() - {child.name for child in node.children}:
            stranger = colander.SchemaNode(colander.Mapping(), name=name)
            invalid.add(colander.Invalid(stranger, "Unknown field"))
        if invalid.children:
            raise invalid
        return found


class StrictSequence(colander.Sequence):
    """A JSON list of `min` to `max` items."""

    def __init__(self, min: int = 0, max: int = 1000) -> None:
        super().__init__(accept_scalar=False)
        self.min = min
        self.max = max

    def refusal(self, length: int) -> str | None:
        """Return what is wrong with a list of that length, None if nothing is."""
        if length < self.min:
            return f"At least {self.min} {'item' if self.min == 1 else 'items'}, this has {length}"
        if length > self.max:
            return f"At most {self.max} items, this has {length}"
        return None

    def deserialize(self, node: Any, cstruct: Any, accept_scalar: bool | None = None) -> Any:  # noqa: FBT001 (Colander's)
        if cstruct is colander.null or (cstruct is None and node.missing is None):
            return colander.null
        if not isinstance(cstruct, list):
            raise colander.Invalid(node, "Must be a list")
        if refusal := self.refusal(len(cstruct)):
            raise colander.Invalid(node, refusal)
        return super().deserialize(node, cstruct)


class Mapping(colander.MappingSchema):
    """The base of every schema: fields are class attributes, `name = SchemaNode(Text(max=120))`."""

    schema_type = StrictMapping


class Sequence(colander.SequenceSchema):
    """A list of what its one attribute says; `Lines(StrictSequence(min=1))` sets limits where it is used."""

    schema_type = StrictSequence


def list_of(item: Strict | colander.SchemaNode, *, min: int = 0, max: int = 1000, **node: Any) -> colander.SchemaNode:
    """Return a node for a list of one type or schema: `mechanic_ids = list_of(Uuid(), missing=())`."""
    child = item if isinstance(item, colander.SchemaNode) else colander.SchemaNode(item)
    return colander.SchemaNode(StrictSequence(min, max), child, **node)


def is_object(schema: type[colander.MappingSchema], name: str) -> bool:
    """Whether a field of the schema is an object of its own."""
    return any(node.name == name and isinstance(node.typ, colander.Mapping) for node in schema().children)


def has_rules(node: Any) -> bool:
    """Whether a schema has validators across fields, which a patch can be held against only when it is merged."""
    return (node.validator is not None and not node.name) or any(
        isinstance(child.typ, colander.Mapping) and (child.validator is not None or has_rules(child))
        for child in node.children
    )
