"""Which columns a list may be filtered by, and how: declared by name, typed by the column.

Texts, ids and truth values take equality and comma lists (``status=sent,approved``); dates, instants
and numbers take ranges as well (``created_at.gte=…``); tag lists take ``tags=fleet`` (holds all given).
Of a column whose words the table lists in a CHECK any other word is refused: a slip would list nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import colander
from sqlalchemy import BigInteger, Boolean, Column, Date, DateTime, Integer, Numeric, SmallInteger, Uuid, bindparam
from sqlalchemy.dialects.postgresql import ARRAY, JSONB
from sqlalchemy.sql import ColumnElement

from .. import types
from ..db.words import words_of
from ..types.strict import Context, Refused, Strict

__all__ = ["Comparison", "Several", "comparisons_for"]

_RANGES = {"gte": "__ge__", "gt": "__gt__", "lte": "__le__", "lt": "__lt__"}
_MAX_TERMS = 20


class Several(Strict):
    """A comma list of values of one type, at most twenty."""

    def __init__(self, inner: Strict) -> None:
        self.inner = inner

    def read(self, value: Any, context: Context) -> list[Any]:
        return self.read_text(value, context)

    def read_text(self, text: str, context: Context) -> list[Any]:
        parts = text.split(",")
        if len(parts) > _MAX_TERMS:
            raise Refused(f"At most {_MAX_TERMS} values")
        found: list[Any] = []
        problems: list[tuple[str, str]] = []
        for part in parts:
            try:
                found.append(self.inner.read_text(part, context))
            except Refused as refused:
                problems.extend(refused.problems)
        if problems:
            raise Refused.all(dict.fromkeys(problems))
        return found

    def describe(self) -> dict[str, Any]:
        return {"type": "array", "items": self.inner.describe(), "maxItems": _MAX_TERMS}


@dataclass(frozen=True, slots=True)
class Comparison:
    """One query parameter: its name, the type of its value, and the condition it stands for."""

    name: str
    type: Strict
    condition: ColumnElement[bool]
    title: str

    def node(self) -> colander.SchemaNode:
        return colander.SchemaNode(self.type, name=self.name, missing=colander.drop, description=self.title)


def comparisons_for(name: str, column: Column[Any], input_types: Mapping[str, Strict]) -> list[Comparison]:
    """Every parameter that filters by ``column``. ``input_types`` are the schema's own, where it has the field."""
    word = name.replace("_", " ")
    if isinstance(column.type, ARRAY | JSONB):
        of_tags = column.contains(bindparam(f"f_{name}", type_=column.type))
        return [Comparison(name, Several(types.Text(max=80)), of_tags, f"Only rows whose {word} include all of these")]
    words = words_of(column)  # which may be more than a client may send
    single = types.OneOf(words) if words else _type_of(name, column, input_types)
    chosen = column == bindparam(f"f_{name}", type_=ARRAY(column.type)).any_()
    found = [Comparison(name, Several(single), chosen, f"Only rows with one of these values of {word}")]
    if isinstance(column.type, Date | DateTime | Numeric | Integer) and not isinstance(column.type, Boolean):
        for word_, operator in _RANGES.items():
            condition = getattr(column, operator)(bindparam(f"f_{name}.{word_}".replace(".", "_"), type_=column.type))
            found.append(
                Comparison(f"{name}.{word_}", single, condition, f"Only rows whose {word} is {_SAID[word_]} this")
            )
    return found


_SAID = {"gte": "at least", "gt": "above", "lte": "at most", "lt": "below"}


def _type_of(name: str, column: Column[Any], input_types: Mapping[str, Strict]) -> Strict:
    if name in input_types and not isinstance(column.type, Integer):
        return input_types[name]
    match column.type:
        case Uuid():
            return types.Uuid()
        case Boolean():
            return types.StrictBool()
        case DateTime():
            return types.Instant()
        case Date():
            return types.Day()
        # whatever may be written, it may be compared with every number that the column holds, and with no other
        case BigInteger():
            return types.StrictInt()
        case SmallInteger():
            return types.StrictInt(-(2**15), 2**15 - 1)
        case Integer():
            return types.StrictInt(-(2**31), 2**31 - 1)
        case Numeric():
            return types.Exact(scale=column.type.scale or 0)
    return types.Text(max=200)
