"""Lists of the platform's own tables, paged, filtered and walked like every other list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, or_
from sqlalchemy import Text as TextColumn

from ..errors import Invalid
from ..rest.answer import Answer
from ..rest.filters import Comparison
from ..rest.listing import Listing
from ..rest.representation import Representation, Row

__all__ = ["PlatformList"]


class PlatformList(Listing):
    """A list of a global table. ``?q=`` looks for its text in the ``searched`` columns; ``extra`` are further filters.

    Global tables are small: they have no search index, and no function that reads past row security.
    """

    def __init__(  # noqa: PLR0913 (a declaration, all by name)
        self,
        table: Any,
        *,
        name: str,
        hidden: Sequence[str] = (),
        computed: Mapping[str, ColumnElement[Any]] | None = None,
        filters: Sequence[str] = (),
        extra: Sequence[Comparison] = (),
        sort: Sequence[str],
        default_sort: str,
        searched: Sequence[str] = (),
    ) -> None:
        self.name = name
        self.searched = tuple(searched)
        self._extra = {comparison.name: comparison for comparison in extra}
        representation = Representation(table, frozenset(hidden), computed or {})
        super().__init__(
            representation,
            filters=filters,
            sort=sort,
            default_sort=default_sort,
            search=bool(searched),
            input_types={},
        )

    def _make_schema(self) -> Any:
        self.comparisons |= self._extra
        return super()._make_schema()

    def _conditions(self, filters: Sequence[str]) -> tuple[list[ColumnElement[bool]], Any]:
        conditions, _ = super()._conditions([name for name in filters if name != "q"])
        if "q" in filters:
            wanted = func.jemeti.fold(bindparam("q", type_=TextColumn))
            ways = [func.strpos(func.jemeti.fold(self.table.c[name]), wanted) > 0 for name in self.searched]
            conditions.append(or_(*ways))
        return conditions, None

    def answer(self, request: Any, show: Any = dict) -> Answer:
        """The page (or the step of a walk) that the query asks for; ``show`` makes a row presentable."""
        query = request.query
        if "cursor" in query:
            return self._walk(request, query, show)
        page, count = self.statements(query)
        rows, *counted = request.work.read(*(s for s in (page, count) if s is not None))
        meta: dict[str, Any] = {"page": query["page"], "per_page": query["per_page"]}
        if counted:
            total = counted[0][0]["total"]
            meta |= {"total": total, "total_pages": -(-total // query["per_page"])}
        return Answer([show(row) for row in rows], meta=meta)

    def _walk(self, request: Any, query: Mapping[str, Any], show: Any) -> Answer:
        cursors, sort = request.registry.cursors, self.sort_of(query)
        if any(self.table.c[name].nullable for name, _ in sort):
            raise Invalid([{"field": "sort", "message": "A cursor cannot walk by a field that may be empty"}])
        apart = ("cursor", "per_page", "page", "fields", "count")
        asked = sorted(((name, value) for name, value in query.items() if name not in apart), key=str)
        scope = ["platform", self.name, sort, asked]
        after = cursors.open(scope, query["cursor"]) if query["cursor"] else None
        statement, _ = self.statements(query, after)
        (rows,) = request.work.read(statement)
        per_page, following = query["per_page"], None
        if len(rows) > per_page:
            rows = rows[:per_page]
            following = cursors.seal(scope, [rows[-1][name] for name, _ in sort])
        names, _ = self.representation.choose(query.get("fields"), None)
        kept: list[Row] = [{name: row[name] for name in names} for row in rows]
        return Answer([show(row) for row in kept], meta={"per_page": per_page, "next_cursor": following})
