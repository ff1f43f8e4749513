"""Bodies that a schema accepts, made from the schema itself: every field filled, no two bodies alike.

Free text carries a mark by which it can be found again wherever it turns up. A field whose value nobody
can guess from its type (a pattern, a validator) needs an ``example=`` on its node, which OpenAPI shows as well.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from typing import Any

import colander

from ..errors import Invalid
from ..rest.schema import StrictSequence
from ..types import NullOr, OneOf, Uuid
from .values import Values

__all__ = ["NoSample", "Reference", "Samples", "use_examples"]

Reference = Callable[[str, Any], Any]
"""(field name, node) -> the id to put there, None to leave the field out where that is possible."""

_NOTHING = object()


class NoSample(Exception):  # the sentence is the error
    """No acceptable value can be made for a field; the sentence says which, why, and the remedy."""


class Samples:
    """Makes bodies; ``mark`` stands in every free text, ``country`` gives telephone numbers their prefix."""

    def __init__(self, mark: str, country: str = "DE") -> None:
        self.country = country
        self.values = Values(mark, country)
        self.numbers = count(1)

    def body(self, schema: Any, check: Callable[..., Any], reference: Reference, what: str) -> dict[str, Any]:
        """A body that ``check`` accepts. Raises NoSample, naming ``what`` and the field, where that cannot be had."""
        node = schema() if isinstance(schema, type) else schema
        number = next(self.numbers)
        body: dict[str, Any] = self._mapping(node, number, reference, what)
        context = {"country": self.country}
        while True:
            try:
                check(body, context)
            except Invalid as invalid:
                problem = invalid.details[0]
                if problem["message"] == "Unknown field" and problem["field"] in body:
                    del body[problem["field"]]  # it goes with another action than the one that was taken
                    continue
                if not use_examples(node, body, invalid.details):
                    raise NoSample(
                        f"{what}: no value could be made for the field {problem['field']!r} ({problem['message']}); "
                        f"give its node an example=, which OpenAPI shows too"
                    ) from None
            else:
                return body

    def _mapping(self, node: Any, number: int, reference: Reference, what: str) -> dict[str, Any]:
        body = {}
        for child in node.children:
            value = self._value(child, child.name, number, reference, what)
            if value is not _NOTHING:
                body[child.name] = value
        return body

    def _value(self, node: Any, name: str, number: int, reference: Reference, what: str) -> Any:
        typ = node.typ.inner if isinstance(node.typ, NullOr) else node.typ
        if isinstance(typ, colander.Mapping):
            return self._mapping(node, number, reference, what)
        if isinstance(typ, colander.Sequence):
            if hasattr(node, "example"):
                return node.example
            least = typ.min if isinstance(typ, StrictSequence) else 0
            items = [self._value(node.children[0], name, number + n, reference, what) for n in range(max(1, least))]
            return [item for item in items if item is not _NOTHING]
        if isinstance(typ, Uuid):
            found = reference(name, node)
            if found is not None:
                return str(found)
        else:
            value = self.values.of_type(typ, name, number)
            if value is not None:
                return value
        if hasattr(node, "example"):
            return node.example
        if node.missing is not colander.required:
            return _NOTHING
        raise NoSample(
            f"{what}: no value could be made for the field {name!r} of type {type(typ).__name__}; "
            f"give its node an example=, or refers='<table>' if it is another record's id"
        )


def use_examples(schema: Any, body: dict[str, Any], problems: Any) -> bool:
    """Put something better where ``problems`` (the details of a 400) are; tell whether there was anything better.

    That is the node's example, or the next one of its words.
    """
    before = str(body)
    for problem in problems if isinstance(problems, list) else []:
        _use_example(schema() if isinstance(schema, type) else schema, body, problem["field"])
    return str(body) != before


def _use_example(node: Any, body: Any, path: str) -> None:
    """Put the example of the node at ``path`` (or of one above it) into the body."""
    for name in path.split("."):
        if hasattr(node, "example") and isinstance(body, Mapping):
            body.update(node.example)  # type: ignore[attr-defined]  # an example of an object is an object
            return
        child = next((c for c in node.children if c.name == name), None)
        if child is None or not isinstance(body, dict):
            return
        if hasattr(child, "example"):
            body[name] = child.example
            return
        if isinstance(child.typ, OneOf) and body.get(name) in child.typ.choices[:-1]:
            body[name] = child.typ.choices[child.typ.choices.index(body[name]) + 1]
            return
        node, body = child, body.get(name)
