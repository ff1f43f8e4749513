"""Who owes what, and how late: every customer with something outstanding or credit, at the end of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import NamedTuple

from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.work import Work

from .balances import BUCKETS, COUNTED, CREDITS, CREDITS_NOW, OWED, OWED_NOW, sums

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


_LISTED = (
    "SELECT {columns} FROM (SELECT c.id AS customer_id, c.name AS customer, r.*"
    " FROM (SELECT m.customer_id AS of, {sums} GROUP BY m.customer_id"
    " HAVING sum(m.balance) > 0 OR sum(m.credit) > 0) AS r"
    " LEFT JOIN crm_customers c ON c.id = r.of) AS listed ORDER BY "
)
_ROWS = _LISTED.format(columns=", ".join(COLUMNS), sums="{sums}")
_ROWS_NOW = _ROWS.format(sums=sums(OWED_NOW, CREDITS_NOW))
_ROWS_THEN = f"WITH counted AS MATERIALIZED ({COUNTED}) {_ROWS.format(sums=sums(OWED, CREDITS))}"
_NOW = {word: Statement(_ROWS_NOW + order) for word, order in ORDERS.items()}
_THEN = {word: Statement(_ROWS_THEN + order) for word, order in ORDERS.items()}


class Ageing(NamedTuple):
    """All customers in order, and the sums over them."""

    as_of: date
    rows: Rows
    totals: dict[str, Decimal]


def ageing(work: Work, as_of: date | None, order: str) -> Ageing:
    """The customers who owe something, or have credit, at the end of ``as_of`` (today by default). One round trip.

    Invoices and payments without a customer stand together in a row without one. ``order`` is one of ``ORDERS``. The
    sums need every row, so every row is read.
    """
    (rows,) = work.read(every_row(work, as_of, order))
    names = (*BUCKETS, "outstanding", "unallocated_credit", "balance")
    totals = {name: sum((row[name] for row in rows), Decimal("0.00")) for name in names}
    return Ageing(as_of or work.today(), rows, totals)


def every_row(work: Work, as_of: date | None, order: str) -> Bound:
    """The SELECT of all customers with ``COLUMNS``."""
    today = work.today()
    day = as_of or today
    return (_NOW if day >= today else _THEN)[order](as_of=day)
