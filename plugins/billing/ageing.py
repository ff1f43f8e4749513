"""Who owes what, and how late: every customer with something outstanding or credit, at the end of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.work import Work

from .balances import BUCKETS, CREDITS, CREDITS_NOW, OWED, OWED_NOW, sums

__all__ = ["COLUMNS", "ORDERS", "Ageing", "ageing", "every_row"]

COLUMNS = (
    "customer_id",
    "customer",
    *BUCKETS,
    "outstanding",
    "unallocated_credit",
    "balance",
    "oldest_due_on",
)
ORDERS = {
    "-outstanding": "outstanding DESC, customer, customer_id",
    "-balance": "balance DESC, customer, customer_id",
    "oldest_due_on": "oldest_due_on NULLS LAST, customer, customer_id",
    "customer": "customer, customer_id",
}
"""The orders that are offered, by their words in a query."""


class _Report(NamedTuple):
    """The ageing of one kind of day: page by page, whole, and its sums over everybody."""

    pages: dict[str, Paged]
    whole: dict[str, Statement]
    totals: Statement


_LISTED = (
    "SELECT {columns} FROM (SELECT c.id AS customer_id, c.name AS customer, r.*"
    " FROM (SELECT m.customer_id AS of, {sums}"
    " GROUP BY m.customer_id HAVING sum(m.balance) > 0 OR sum(m.credit) > 0) AS r"
    " LEFT JOIN crm_customers c ON c.id = r.of) AS listed"
)

_TOTALS = "SELECT {sums}"


def _report(owed: str, credits: str) -> _Report:
    summed = sums(owed, credits)
    listed = _LISTED.format(columns=", ".join(COLUMNS), sums=summed)
    return _Report(
        {word: Paged(listed, order) for word, order in ORDERS.items()},
        {word: Statement(f"{listed} ORDER BY {order}") for word, order in ORDERS.items()},
        Statement(_TOTALS.format(sums=summed)),
    )


_THEN, _NOW = _report(OWED, CREDITS), _report(OWED_NOW, CREDITS_NOW)


class Ageing(NamedTuple):
    """A page of customers, and the sums over all of them."""

    as_of: date
    page: Page
    totals: dict[str, Decimal]


def ageing(work: Work, as_of: date | None, order: str, page: int, per_page: int) -> Ageing:
    """The customers who owe something, or have credit, at the end of ``as_of`` (today by default). One round trip.

    Invoices and payments without a customer stand together in a row without one. ``order`` is one of ``ORDERS``.
    """
    report, day = _asked(work, as_of)
    rows, counted, (totals,) = work.read(*report.pages[order](page, per_page, as_of=day), report.totals(as_of=day))
    del totals["oldest_due_on"]
    return Ageing(day, Page(rows, counted[0]["total"]), totals)


def every_row(work: Work, as_of: date | None, order: str) -> Bound:
    """The SELECT of all customers with ``COLUMNS``, for a download."""
    report, day = _asked(work, as_of)
    return report.whole[order](as_of=day)


def _asked(work: Work, as_of: date | None) -> tuple[_Report, date]:
    today = work.today()
    day: Any = as_of or today
    return (_NOW if day >= today else _THEN), day
