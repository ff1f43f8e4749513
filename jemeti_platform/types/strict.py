"""What every strict input type shares: one `read` that accepts exactly or refuses in words."""

from collections.abc import Iterable, Mapping
from typing import Any

import colander

__all__ = ["Context", "NullOr", "Refused", "Strict"]

Context = Mapping[str, Any]
"""What a type may know of the request: `country` and `currency`, the workspace's codes (Phone and Amount read them)."""


class Refused(ValueError):
    """A value is not acceptable; the messages are for the client to read.

    `problems` are pairs of a path below the value (`"lines.0.quantity"`, empty for the value itself) and a message.
    """

    def __init__(self, message: str, at: str = "") -> None:
        super().__init__(message)
        self.problems: list[tuple[str, str]] = [(at, message)]

    @classmethod
    def all(cls, problems: Iterable[tuple[str, str]]) -> "Refused":
        """Return one refusal of several faults."""
        refused = cls("")
        refused.problems = list(problems)
        refused.args = ("; ".join(message for _, message in refused.problems),)
        return refused


class Strict(colander.SchemaType):
    """A Colander type for input only, made of `read`; usable in any Colander schema and in compiled ones.

    JSON null is refused unless the node says `missing=None` (null then means "nothing") or the type is `NullOr`.
    Through Colander itself the context is what the schema was bound with: `schema.bind(country="BD")`.
    """

    def read(self, value: Any, context: Context) -> Any:
        """Return the accepted value of a JSON value; raises Refused."""
        raise NotImplementedError

    def read_text(self, text: str, context: Context) -> Any:
        """Return the accepted value of a query parameter; raises Refused."""
        return self.read(text, context)

    def describe(self) -> dict[str, Any]:
        """Return the JSON Schema (2020-12) of what `read` accepts."""
        raise NotImplementedError

    def deserialize(self, node: Any, cstruct: Any) -> Any:
        if cstruct is colander.null or (cstruct is None and node.missing is None):
            return colander.null
        try:
            return self.read(cstruct, node.bindings or {})
        except Refused as refused:
            raise colander.Invalid(node, [message for _, message in refused.problems]) from None


class NullOr(Strict):
    """Another strict type, or null: for values where "none" is an answer even if the key must be given."""

    def __init__(self, inner: Strict) -> None:
        self.inner = inner

    def read(self, value: Any, context: Context) -> Any:
        return None if value is None else self.inner.read(value, context)

    def read_text(self, text: str, context: Context) -> Any:
        return None if text == "null" else self.inner.read_text(text, context)

    def describe(self) -> dict[str, Any]:
        return nullable(self.inner.describe())


def nullable(schema: dict[str, Any]) -> dict[str, Any]:
    """Return the JSON Schema that also accepts null."""
    if not isinstance(schema.get("type"), str):
        return {"anyOf": [schema, {"type": "null"}]}
    widened = schema | {"type": [schema["type"], "null"]}
    if "enum" in schema:
        widened["enum"] = [*schema["enum"], None]
    return widened
