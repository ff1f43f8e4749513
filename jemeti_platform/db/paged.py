"""Pages of what a SQL text lists, with an exact count: for lists that are no table, such as what has happened."""

from __future__ import annotations

from typing import NamedTuple

from .pipeline import Rows
from .statement import Bound, Statement

__all__ = ["Page", "Paged"]


class Page(NamedTuple):
    """Rows of one page, and how many there are on all pages."""

    rows: Rows
    total: int


class Paged:
    """A list by ``sql`` (a SELECT with ``%(name)s`` parameters), ordered by ``order``, which should leave no ties.

    Call it for the two statements of a page; send them in one message with whatever else is to be asked. A page of
    None rows is all of them.
    """

    def __init__(self, sql: str, order: str) -> None:
        listed = f"FROM ({sql}) AS listed"
        self._page = Statement(f"SELECT * {listed} ORDER BY {order} LIMIT %(per_page)s OFFSET %(skip)s")
        self._count = Statement(f"SELECT count(*) AS total {listed}")

    def __call__(self, page: int, per_page: int | None, **params: object) -> tuple[Bound, Bound]:
        return self._page(per_page=per_page, skip=(page - 1) * (per_page or 0), **params), self._count(**params)
