"""What a record looks like from outside: the columns shown, what may be expanded, and rows made of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Join, Select, Table, and_, literal, select
from sqlalchemy.sql import FromClause

from ..db.base import Base
from ..errors import Invalid
from ..types.choices import none_of

__all__ = ["Expansion", "Representation"]

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Expansion:
    """A reference that a client may have resolved: ``customer`` by ``customer_id``, showing ``fields``.

    ``model`` may be the name of a table, where the model is another plugin's. ``permission`` is what it takes to see
    the fields, where that is more than to see the record itself.
    """

    column: str
    model: Any
    fields: tuple[str, ...]
    permission: str = ""

    @property
    def table(self) -> Table:
        """The table that is referred to."""
        found: Table = Base.metadata.tables[self.model] if isinstance(self.model, str) else self.model.__table__
        return found


@dataclass(slots=True)
class Representation:
    """The fields of a resource in order: the table's columns but those hidden, then what is computed.

    ``computed`` maps names to scalar SQL expressions over the table; ``expand`` names to expansions.
    """

    table: Table
    hidden: frozenset[str] = frozenset()
    computed: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    expand: Mapping[str, Expansion] = field(default_factory=dict)

    names: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        own = [c.name for c in self.table.columns if c.name not in self.hidden]
        self.names = (*own, *self.computed)

    def choose(
        self, fields: str | None, expand: str | None, more: Sequence[str] = ()
    ) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """The fields, ``more`` of them included, and expansions a query asks for. Raises Invalid for unknown names."""
        names, expansions = (*self.names, *more), tuple[str, ...]()
        if fields is not None:
            names = _known("fields", fields, names)
        if expand is not None:
            expansions = _known("expand", expand, tuple(self.expand))
        return names, expansions

    def columns(self, names: Iterable[str]) -> list[ColumnElement[Any]]:
        return [self.computed[n].label(n) if n in self.computed else self.table.c[n] for n in names]

    def select(
        self, names: Sequence[str], expansions: Sequence[str], source: FromClause | None = None, *, tagged: bool = False
    ) -> Select[Any]:
        """The SELECT of these fields, joined to what is expanded; ``tagged`` brings ``_version`` along, "
        "for the ETag."""
        columns = self.columns(names)
        if tagged:
            version = self.table.c.version if "version" in self.table.c else literal(1)
            columns.append(version.label("_version"))
        origin: FromClause | Join = self.table if source is None else source
        for name in expansions:
            expansion = self.expand[name]
            other = expansion.table.alias(f"x_{name}")
            origin = origin.outerjoin(
                other, and_(other.c.tenant_id == self.table.c.tenant_id, other.c.id == self.table.c[expansion.column])
            )
            columns.append(other.c.id.label(f"{name}.id"))
            columns.extend(other.c[f].label(f"{name}.{f}") for f in expansion.fields if f != "id")
        return select(*columns).select_from(origin)

    def nest(self, row: Row, expansions: Sequence[str]) -> Row:
        """The row with ``customer.name`` and its like gathered under ``customer``; null where there is none."""
        for name in expansions:
            inner = {key.partition(".")[2]: row.pop(key) for key in [k for k in row if k.startswith(name + ".")]}
            row[name] = inner if inner["id"] is not None else None
        return row


def _known(parameter: str, text: str, known: Sequence[str]) -> tuple[str, ...]:
    asked = tuple(dict.fromkeys(text.split(",")))
    unknown = [name for name in asked if name not in known]
    if unknown:
        raise Invalid([{"field": parameter, "message": none_of(name, known)} for name in unknown])
    return asked
