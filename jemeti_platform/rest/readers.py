"""Colander nodes as closures: built once at start-up, they cost a fraction of `deserialize` and decide the same."""

from typing import Any

import colander

from jemeti_platform.rest.faults import as_refused, below
from jemeti_platform.rest.node_rules import OURS, Absent, Reader, absent_reader, drop, finishing
from jemeti_platform.rest.schema import StrictSequence
from jemeti_platform.types.strict import Context, NullOr, Refused, Strict

__all__ = ["mapping_reader", "node_reader"]


def node_reader(node: Any, *, partial: bool = False, text: bool = False) -> Reader:
    """Return the closure that reads one node: (value, context) -> value, raises Refused.

    `partial` reads a merge patch (nested objects too), `text` a query parameter. Raises TypeError for a node that
    cannot be read strictly; that stops the boot.
    """
    if type(node).deserialize is not colander.SchemaNode.deserialize:
        raise TypeError(f"{_where(node)}: write a preparer or a validator instead of overriding deserialize")
    is_object = isinstance(node.typ, colander.Mapping)
    if is_object and text:
        raise TypeError(f"{_where(node)}: a query has no objects in it")
    if is_object:
        read = mapping_reader(node, partial=partial)
    elif isinstance(node.typ, colander.Sequence):
        read = _list_reader(node, text=text)
    else:
        read = _leaf_reader(node, text=text)
    # A rule across fields cannot judge half an object: `compile_rules` asks it about the merged one.
    finish = None if is_object and partial else finishing(node)
    clearable = node.missing is None and isinstance(node.typ, OURS)
    if finish is None and not clearable:
        return read
    absent = absent_reader(node)

    def read_node(value: Any, context: Context) -> Any:
        if clearable and value is None:
            return absent(context)
        found = read(value, context)
        return found if finish is None else finish(found, context)

    return read_node


def mapping_reader(node: Any, *, partial: bool = False, text: bool = False, unknown: str = "Unknown field") -> Reader:
    """Return the closure that reads an object with the node's children, without the node's own validator."""
    _refuse_preserving(node)
    fields = [_field(child, partial=partial, text=text) for child in node.children]
    names = frozenset(name for name, _, _ in fields)

    def read_mapping(value: Any, context: Context) -> dict[str, Any]:
        if not isinstance(value, dict):
            raise Refused("Must be an object")
        found: dict[str, Any] = {}
        problems: list[tuple[str, str]] = []
        given = 0
        for name, read, absent in fields:
            try:
                if name in value:
                    given += 1
                    item = read(value[name], context)
                else:
                    item = absent(context)
            except Refused as refused:
                problems.extend(below(name, refused))
            else:
                if item is not colander.drop:
                    found[name] = item
        if given != len(value):
            problems.extend((name, unknown) for name in value if name not in names)
        if problems:
            raise Refused.all(problems)
        return found

    return read_mapping


def _field(node: Any, *, partial: bool, text: bool) -> tuple[str, Reader, Absent]:
    read = node_reader(node, partial=partial, text=text)
    if partial:
        return node.name, _clearing(node, read), drop
    return node.name, read, absent_reader(node)


def _leaf_reader(node: Any, *, text: bool) -> Reader:
    typ = node.typ
    if isinstance(typ, Strict):
        return typ.read_text if text else typ.read
    if type(typ).__module__ == "colander":
        name = type(typ).__name__
        raise TypeError(f"{_where(node)}: colander.{name} accepts too much; take a type of jemeti_platform.types")

    def read_foreign(value: Any, context: Context) -> Any:
        try:
            return typ.deserialize(node, value)
        except colander.Invalid as invalid:
            raise as_refused(invalid) from None

    return read_foreign


def _list_reader(node: Any, *, text: bool) -> Reader:
    read_item = node_reader(node.children[0], text=text)
    limits = node.typ if isinstance(node.typ, StrictSequence) else StrictSequence()

    def read_list(value: Any, context: Context) -> list[Any]:
        if text:
            value = value.split(",")
        if not isinstance(value, list):
            raise Refused("Must be a list")
        if refusal := limits.refusal(len(value)):
            raise Refused(refusal)
        found: list[Any] = []
        problems: list[tuple[str, str]] = []
        for position, item in enumerate(value):
            try:
                read = read_item(item, context)
            except Refused as refused:
                problems.extend(below(str(position), refused))
            else:
                if read is not colander.drop:
                    found.append(read)
        if problems:
            raise Refused.all(problems)
        return found

    return read_list


def _clearing(node: Any, read: Reader) -> Reader:
    """Return a reader for one field of a merge patch, where null asks for the state of a field never sent."""
    if isinstance(node.typ, NullOr) or node.missing is None:
        return read
    absent = None if node.missing is colander.required or node.missing is colander.drop else absent_reader(node)

    def read_or_clear(value: Any, context: Context) -> Any:
        if value is not None:
            return read(value, context)
        if absent is None:
            raise Refused("Cannot be cleared")
        return absent(context)

    return read_or_clear


def _refuse_preserving(node: Any) -> None:
    if node.typ.unknown == "preserve":
        raise TypeError(f"{_where(node)}: unknown fields are faults here, the schema wants to preserve them")


def _where(node: Any) -> str:
    return f"{type(node).__module__}.{type(node).__qualname__} {node.name!r}"
