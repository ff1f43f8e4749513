"""Lists by page or cursor, with filters, order, search, sparse fields and expansion: one statement and a count.

Each shape of a query (which filters, order, fields, expansions) is compiled to SQL once and remembered;
values are always bound. Rows are Core column rows, never entities.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import colander
from sqlalchemy import Integer, Select, Text, Uuid, and_, bindparam, column, desc, func, literal, or_, select
from sqlalchemy.sql import ColumnElement

from ..db.statement import Bound, Statement
from ..errors import Invalid
from ..types import OneOf, StrictInt
from ..types import Text as TextInput
from ..types.choices import none_of
from ..types.strict import Strict
from .filters import Comparison, comparisons_for
from .names import Names
from .representation import Representation
from .schema import Mapping as Schema

__all__ = ["Listing"]

PER_PAGE = 25
MAX_PER_PAGE = 100
_DEEP = 1000
"""Rows skipped beyond which a page is found by ids alone and joined late (``performance.md`` §4: 65 times cheaper)."""
_ESTIMATE_CAP = 10_000


class _Shape(NamedTuple):
    filters: tuple[str, ...]
    sort: tuple[tuple[str, bool], ...]
    names: tuple[str, ...]
    expansions: tuple[str, ...]
    searching: bool
    after: bool
    deep: bool


class Listing:
    """The list of one resource. ``filters`` and ``sort`` are column names, ``extra`` further filters; ``search`` says
    whether ``?q=`` works.
    """

    def __init__(
        self,
        representation: Representation,
        *,
        filters: Sequence[str],
        sort: Sequence[str],
        default_sort: str,
        search: bool,
        input_types: Mapping[str, Strict],
        extra: Sequence[Comparison] = (),
    ) -> None:
        self.representation = representation
        self.table = representation.table
        self.sortable = tuple(sort)
        self.default_sort = default_sort
        self.searchable = search
        self.comparisons: dict[str, Comparison] = {
            c.name: c for name in filters for c in comparisons_for(name, self.table.c[name], input_types)
        } | {c.name: c for c in extra}
        self.schema = self._make_schema()
        self._compile = lru_cache(maxsize=512)(self._statement)
        self._counts = lru_cache(maxsize=512)(self._count_statement)

    def _make_schema(self) -> colander.MappingSchema:
        schema = Schema(title="List parameters")
        order = ", ".join(self.sortable)
        nodes = [
            _node(StrictInt(1, 1_000_000), "page", "The page, from 1", default=1),
            _node(StrictInt(1, MAX_PER_PAGE), "per_page", f"Rows per page, at most {MAX_PER_PAGE}", default=PER_PAGE),
            _node(Names(self.sortable, turned=True), "sort", f"Order by {order}; a minus in front turns it round"),
            _node(TextInput(max=1000), "fields", "Only these fields, separated by commas"),
            _node(TextInput(max=1000, min=0), "cursor", "Walk instead of page: empty to begin, then meta.next_cursor"),
            _node(OneOf(("exact", "estimated", "none")), "count", "How meta.total is counted", default="exact"),
        ]
        if self.representation.expand:
            words = tuple(self.representation.expand)
            nodes.append(_node(Names(words), "expand", f"Resolve {', '.join(words)}"))
        if self.searchable:
            nodes.append(_node(TextInput(max=200), "q", "Search as a person would; typing errors are forgiven"))
        for node in [*nodes, *(c.node() for c in self.comparisons.values())]:
            schema.add(node)
        return schema

    # -- what a query asks for ------------------------------------------------------------------

    def sort_of(self, query: Mapping[str, Any]) -> tuple[tuple[str, bool], ...]:
        """The order as (column, descending), ending in the id. Raises Invalid for a column that is not offered."""
        found: list[tuple[str, bool]] = []
        for word in str(query.get("sort") or self.default_sort).split(","):
            name, descending = word.removeprefix("-"), word.startswith("-")
            if name not in self.sortable:
                raise Invalid([{"field": "sort", "message": none_of(name, self.sortable)}])
            if name not in {n for n, _ in found}:
                found.append((name, descending))
        if "id" not in {n for n, _ in found}:
            found.append(("id", found[-1][1] if found else False))
        return tuple(found)

    def statements(self, query: Mapping[str, Any], after: Sequence[Any] | None = None) -> tuple[Bound, Bound | None]:
        """The page's statement, and the count's unless the query wants none or walks by cursor."""
        names, expansions = self.representation.choose(query.get("fields"), query.get("expand"))
        filters = tuple(name for name in self.comparisons if name in query)
        walking = "cursor" in query
        sort = self.sort_of(query)
        searching = "q" in query
        per_page = query.get("per_page", PER_PAGE)
        skip = 0 if walking else (query.get("page", 1) - 1) * per_page
        if walking:
            names = (*names, *(name for name, _ in sort if name not in names))
        shape = _Shape(
            filters, sort, names, expansions, searching and "sort" not in query, after is not None, skip >= _DEEP
        )
        params: dict[str, Any] = {_bind_name(name): query[name] for name in filters}
        if searching:
            params |= {"q": query["q"]}
            shape = shape._replace(filters=(*filters, "q"))
        counted = None
        if not walking and query.get("count", "exact") != "none":
            counted = self._counts(shape.filters, query.get("count", "exact"))(**params)
        if after is not None:
            params |= {f"after_{name}": value for (name, _), value in zip(sort, after, strict=True)}
        params["limit"] = per_page + 1 if walking else per_page
        params["offset"] = skip
        return self._compile(shape)(**params), counted

    # -- SQL ------------------------------------------------------------------------------------

    def _statement(self, shape: _Shape) -> Statement:
        conditions, found = self._conditions(shape.filters)
        order = self._order(shape.sort)
        if shape.searching and found is not None:
            order = [desc(found.c.rank), *order]
        if shape.after:
            conditions.append(self._behind(shape.sort))
        limit, offset = bindparam("limit", type_=Integer), bindparam("offset", type_=Integer)
        if not shape.deep:
            statement = self._from(self.representation.select(shape.names, shape.expansions), found)
            return Statement(statement.where(*conditions).order_by(*order).limit(limit).offset(offset))
        ids = self._from(select(self.table.c.tenant_id, self.table.c.id), found).where(*conditions).order_by(*order)
        page = ids.limit(limit).offset(offset).cte("page").prefix_with("MATERIALIZED")
        joined = page.join(self.table, and_(self.table.c.tenant_id == page.c.tenant_id, self.table.c.id == page.c.id))
        return Statement(
            self.representation.select(shape.names, shape.expansions, joined).order_by(*self._order(shape.sort))
        )

    def _count_statement(self, filters: tuple[str, ...], how: str) -> Statement:
        conditions, found = self._conditions(filters)
        if how == "exact":
            return Statement(
                self._from(select(func.count().label("total")).select_from(self.table), found).where(*conditions)
            )
        some = self._from(select(literal(1)).select_from(self.table), found).where(*conditions).limit(_ESTIMATE_CAP + 1)
        return Statement(select(func.count().label("total")).select_from(some.subquery()))

    def _from(self, statement: Select[Any], found: Any) -> Select[Any]:
        return statement if found is None else statement.join(found, found.c.id == self.table.c.id)

    def _conditions(self, filters: Sequence[str]) -> tuple[list[ColumnElement[bool]], Any]:
        conditions = [self.comparisons[name].condition for name in filters if name != "q"]
        found = None
        if "q" in filters:
            hits = func.jemeti.search(self.table.name, bindparam("q", type_=Text), 1000)
            found = hits.table_valued(column("id", Uuid), column("rank")).alias("found")
        return conditions, found

    def _order(self, sort: Sequence[tuple[str, bool]]) -> list[ColumnElement[Any]]:
        return [
            self.table.c[name].desc().nulls_last()
            if descending and self.table.c[name].nullable
            else self.table.c[name].desc()
            if descending
            else self.table.c[name].asc()
            for name, descending in sort
        ]

    def _behind(self, sort: Sequence[tuple[str, bool]]) -> ColumnElement[bool]:
        """Rows behind the cursor: equal in the first columns and beyond in the next, for each prefix of the order."""
        ways = []
        for n, (name, descending) in enumerate(sort):
            equal = [self.table.c[other] == _after(self.table, other) for other, _ in sort[:n]]
            own = self.table.c[name]
            ways.append(and_(*equal, own < _after(self.table, name) if descending else own > _after(self.table, name)))
        first, descending = sort[0]
        bound = (
            self.table.c[first] <= _after(self.table, first)
            if descending
            else self.table.c[first] >= _after(self.table, first)
        )
        return and_(bound, or_(*ways))  # the bound alone lets the index start at the right place


def _after(table: Any, name: str) -> Any:
    return bindparam(f"after_{name}", type_=table.c[name].type)


def _bind_name(parameter: str) -> str:
    return f"f_{parameter}".replace(".", "_")


def _node(typ: Strict, name: str, title: str, default: Any = colander.drop) -> colander.SchemaNode:
    return colander.SchemaNode(typ, name=name, missing=default, description=title)
