"""A customer's statement of account: what was owed before, what has happened since, what is owed now, and how late."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import accumulate
from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import render
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from .balances import BUCKETS, CREDITS_OF, OWED_OF, sums
from .ledger import ENTRIES
from .printed import MOST_ENTRIES
from .printing import party

__all__ = ["draw", "statement"]

_CUSTOMER = Statement("SELECT id, name, address, phone, email, tax_id FROM crm_customers WHERE id = %(customer)s")
_OPENING = Statement(
    f"SELECT coalesce(sum(e.debit - e.credit), 0.00) AS balance FROM ({ENTRIES}) AS e WHERE e.date < %(first)s"  # noqa: S608 (our own words)
)
_ENTRIES = Statement(
    f"SELECT e.date, e.type, e.id, e.number, e.debit, e.credit FROM ({ENTRIES}) AS e"  # noqa: S608
    f" WHERE e.date BETWEEN %(first)s AND %(last)s ORDER BY e.date, e.at, e.number LIMIT {MOST_ENTRIES + 1}"
)
_AGEING = Statement(f"SELECT {sums(OWED_OF, CREDITS_OF)}")


def statement(work: Work, customer_id: UUID, first: date | None, last: date | None) -> dict[str, Any]:
    """The statement of a customer from a day to another: by default this month so far. One round trip.

    Raises NotFound, and Invalid for days in the wrong order and for more entries than fit.
    """
    last = last or max(work.today(), first or work.today())
    first = first or last.replace(day=1)
    if first > last:
        raise Invalid([{"field": "from", "message": "The first day is after the last"}])
    asked = {"customer": customer_id, "first": first, "last": last, "as_of": last}
    customers, (opening,), entries, (ageing,) = work.read(
        *(one(**asked) for one in (_CUSTOMER, _OPENING, _ENTRIES, _AGEING))
    )
    if not customers:
        raise NotFound(f"Customer {customer_id} does not exist")
    if len(entries) > MOST_ENTRIES:
        message = f"More than {MOST_ENTRIES} entries; ask for fewer days"
        raise Invalid([{"field": "from", "message": message}])
    balances = list(accumulate((one["debit"] - one["credit"] for one in entries), initial=opening["balance"]))
    return {
        "customer": customers[0],
        "currency": work.workspace["currency"],
        "from": first,
        "to": last,
        "opening_balance": opening["balance"],
        "entries": [one | {"balance": then} for one, then in zip(entries, balances[1:], strict=True)],
        "debit": sum((one["debit"] for one in entries), Decimal("0.00")),
        "credit": sum((one["credit"] for one in entries), Decimal("0.00")),
        "closing_balance": balances[-1],
        "outstanding_balance": ageing["outstanding"],
        "unallocated_credit": ageing["unallocated_credit"],
        "ageing": {name: ageing[name] for name in BUCKETS},
    }


def draw(work: Work, customer_id: UUID, first: date | None, last: date | None) -> tuple[str, bytes]:
    """The name and the PDF of a statement. It is not issued: it says how things stand now. Raises as ``statement``."""
    said = statement(work, customer_id, first, last)
    data = {
        "date": work.today(),
        "period_from": said["from"],
        "period_to": said["to"],
        "currency": said["currency"],
        "customer": party(work, said["customer"]),
        **{name: said[name] for name in ("opening_balance", "closing_balance", "debit", "credit")},
        "entries": [{name: value for name, value in one.items() if name != "id"} for one in said["entries"]],
        "ageing": said["ageing"] | {"unallocated_credit": said["unallocated_credit"]},
    }
    name = f"statement-{said['from']}-{said['to']}"
    return name, render(work, "customer_statement", data, number="")
