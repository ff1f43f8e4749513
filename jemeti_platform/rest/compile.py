"""Schemas compiled at start-up: Colander classes stay the source of truth, requests meet closures.

Every compiled check takes the input and an optional context (`{"country": "BD"}`, what `schema.bind` would be given),
returns a fresh dict and raises `errors.Invalid` with all faults at once.
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeAlias

import colander

from jemeti_platform.rest.faults import as_invalid
from jemeti_platform.rest.node_rules import Reader, run_validator
from jemeti_platform.rest.readers import mapping_reader, node_reader
from jemeti_platform.types.strict import Context, Refused

__all__ = ["Check", "Schema", "compile_body", "compile_patch", "compile_query", "compile_rules"]

Schema: TypeAlias = Any
"""A Colander schema, class or instance."""
_NOTHING: dict[str, Any] = {}


class Check(Protocol):
    def __call__(self, given: Any, context: Context | None = None, /) -> dict[str, Any]: ...


def compile_body(schema: Schema) -> Check:
    """Return the check of a whole body, as `parse_json` gives it."""
    return _raising(node_reader(_object(schema)))


def compile_patch(schema: Schema) -> Check:
    """Return the check of a JSON merge patch (RFC 7396): only what was sent is read and returned.

    Null clears: the field gets its `missing` (None, a default); where that is `required` or `drop`, null is refused.
    Nested objects are patches in turn, lists are replaced. Validators of objects do not run: see `compile_rules`.
    """
    return _raising(node_reader(_object(schema), partial=True))


def compile_query(schema: Schema) -> Check:
    """Return the check of a query: a mapping or pairs of texts; lists are written `a,b`, no name may come twice."""
    node = _object(schema)
    read = mapping_reader(node, text=True, unknown="Unknown parameter")

    def read_query(given: Any, context: Context) -> dict[str, Any]:
        texts: dict[str, str] = {}
        twice: dict[str, str] = {}
        for name, text in given.items() if hasattr(given, "items") else given:
            if name in texts:
                twice[name] = "Given more than once"
            texts[name] = text
        if twice:
            raise Refused.all(twice.items())
        found: dict[str, Any] = read(texts, context)
        if node.validator is not None:
            run_validator(node, found, context)
        return found

    return _raising(read_query)


def compile_rules(schema: Schema) -> Callable[[dict[str, Any], Context | None], None]:
    """Return the check of the rules across fields alone, for a record that a patch was merged into.

    These are the validators of the schema and of the objects in it, which `compile_patch` cannot ask.
    """
    node = _object(schema)

    def check(record: dict[str, Any], context: Context | None = None, /) -> None:
        if problems := _broken_rules(node, record, context or _NOTHING):
            raise as_invalid(Refused.all(problems))

    return check


def _broken_rules(node: Any, record: Any, context: Context) -> list[tuple[str, str]]:
    if not isinstance(record, Mapping):
        return []
    problems: list[tuple[str, str]] = []
    for child in node.children:
        if isinstance(child.typ, colander.Mapping):
            inner = _broken_rules(child, record.get(child.name), context)
            problems.extend((f"{child.name}.{at}" if at else child.name, message) for at, message in inner)
    if node.validator is not None and not problems:
        try:
            run_validator(node, record, context)
        except Refused as refused:
            problems.extend(refused.problems)
    return problems


def _raising(read: Reader) -> Check:
    def check(given: Any, context: Context | None = None, /) -> dict[str, Any]:
        try:
            found: dict[str, Any] = read(given, context or _NOTHING)
        except Refused as refused:
            raise as_invalid(refused) from None
        return found

    return check


def _object(schema: Schema) -> Any:
    node = schema() if isinstance(schema, type) else schema
    if not isinstance(node.typ, colander.Mapping):
        raise TypeError(f"{type(node).__qualname__}: a body or a query is an object, so its schema is a Mapping")
    return node
