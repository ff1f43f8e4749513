"""What a tenant table is made of besides columns, said once in words that a model and its migration share.

Each part becomes ordinary SQLAlchemy constraints and indexes with ``tenant_id`` in front, so that no author can
forget it: a key without it would let one workspace learn what another holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Literal

from sqlalchemy import Column, Computed, ForeignKeyConstraint, Index, Text, UniqueConstraint, column, func, text
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import SchemaItem
from sqlalchemy.sql.naming import conv

__all__ = ["Indexed", "NoOverlap", "Part", "Reference", "Search", "Unique", "expand", "label"]


def label(prefix: str, table: str, *columns: str) -> conv:
    """The name of a constraint or index; ``tenant_id`` is left out. Raises ValueError beyond PostgreSQL's 63 bytes."""
    name = "_".join((prefix, table, *columns))
    if len(name.encode()) > 63:
        raise ValueError(f"{name} is longer than 63 bytes: give the part a shorter name=.")
    return conv(name)


class Part:
    """One declared property of a tenant table."""

    def items(self, table: str) -> Iterable[SchemaItem]:
        """The constraints, indexes and columns that the part stands for."""
        raise NotImplementedError


class Unique(Part):
    """No two rows of a workspace agree in ``columns``; with ``where`` only among the rows it selects."""

    def __init__(self, *columns: str, where: str | None = None, name: str | None = None) -> None:
        self.columns, self.where, self.name = columns, where, name

    def items(self, table: str) -> Iterable[SchemaItem]:
        name = conv(self.name) if self.name else label("uq", table, *self.columns)
        if self.where is None:
            yield UniqueConstraint("tenant_id", *self.columns, name=name)
        else:
            yield Index(name, "tenant_id", *self.columns, unique=True, postgresql_where=text(self.where))


class Reference(Part):
    """``column`` names a row of ``table`` in the same workspace; an index on it comes along unless ``index=False``.

    SET NULL is not offered: on a composite key it would also null ``tenant_id``, and Citus refuses it.
    """

    def __init__(
        self,
        column: str,
        table: str,
        *,
        to: str = "id",
        ondelete: Literal["RESTRICT", "CASCADE"] | None = None,
        index: bool = True,
        name: str | None = None,
    ) -> None:
        if ondelete not in (None, "RESTRICT", "CASCADE"):
            raise ValueError(f"ondelete of {column} must be RESTRICT, CASCADE or None, not {ondelete!r}.")
        self.column, self.table, self.to = column, table, to
        self.ondelete, self.index, self.name = ondelete, index, name

    def items(self, table: str) -> Iterable[SchemaItem]:
        yield ForeignKeyConstraint(
            ["tenant_id", self.column],
            [f"{self.table}.tenant_id", f"{self.table}.{self.to}"],
            name=conv(self.name) if self.name else label("fk", table, self.column),
            ondelete=self.ondelete,
        )
        if self.index:
            yield from Indexed(self.column).items(table)


class Indexed(Part):
    """An index on ``columns``; with ``where`` only over the rows it selects.

    Columns should be of leakproof types (uuid, integers, text, bool, date, timestamptz): others cannot be used under
    row security, and the catalogue lint refuses them.
    """

    def __init__(self, *columns: str, where: str | None = None, name: str | None = None) -> None:
        self.columns, self.where, self.name = columns, where, name

    def items(self, table: str) -> Iterable[SchemaItem]:
        name = conv(self.name) if self.name else label("ix", table, *self.columns)
        where = None if self.where is None else text(self.where)
        yield Index(name, "tenant_id", *self.columns, postgresql_where=where)


class NoOverlap(Part):
    """No two rows of a workspace that agree in ``columns`` overlap in what is ``between`` two other columns.

    ``NoOverlap("car_id", between=("from_at", "until_at"), where="status = 'booked'")``. The end is not part of it, and
    an end that is null never comes; with ``where`` only the rows it selects stand in each other's way. ``span`` is
    PostgreSQL's word for what is between: moments, or ``daterange`` for days. Breaking it is SQLSTATE 23P01, over HTTP
    409 ``overlap``.
    """

    def __init__(
        self,
        *columns: str,
        between: tuple[str, str],
        where: str | None = None,
        span: Literal["tstzrange", "daterange", "int8range", "numrange"] = "tstzrange",
        name: str | None = None,
    ) -> None:
        self.columns, self.between, self.where, self.span, self.name = columns, between, where, span, name

    def items(self, table: str) -> Iterable[SchemaItem]:
        between = getattr(func, self.span)(*map(column, self.between))
        rule = ExcludeConstraint(
            *((column(name), "=") for name in ("tenant_id", *self.columns)),
            (between, "&&"),
            name=conv(self.name) if self.name else label("ex", table, *self.columns),
            using="gist",
            where=None if self.where is None else text(self.where),
        )
        rule.info["fields"] = [*self.columns, *self.between]
        yield rule


class Search(Part):
    """``jemeti.search`` finds rows of this table by these text ``columns``, in spite of case, accents and slips.

    Include the normalised form of what people type in many ways (``plate_key`` beside ``plate``).
    """

    def __init__(self, *columns: str) -> None:
        self.columns = columns

    def items(self, table: str) -> Iterable[SchemaItem]:
        # Written as PostgreSQL prints it back, or `alembic check` would warn. The blank in front lets a query
        # for the beginning of a word find the first word too.
        parts = " || ' '::text || ".join(f"COALESCE({column}, ''::text)" for column in self.columns)
        yield Column("search_text", Text, Computed(f"' '::text || jemeti.fold({parts})", persisted=True))
        yield Index(
            label("ix", table, "search_text"),
            "tenant_id",
            "search_text",
            postgresql_using="gin",
            # A search reads every entry that still waits to be sorted in: 4 ms at the default limit of 4 MB.
            postgresql_with={"gin_pending_list_limit": "1024"},
            postgresql_ops={"search_text": "extensions.gin_trgm_ops"},
        )


def expand(table: str, parts: Iterable[Part | SchemaItem]) -> tuple[SchemaItem, ...]:
    """The schema items of ``parts``, in order; what is a schema item already passes through."""
    found: list[SchemaItem] = []
    for part in parts:
        found.extend(part.items(table) if isinstance(part, Part) else (part,))
    return tuple(found)
