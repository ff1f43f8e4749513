"""Who owes what and how late, over all customers; and the statement of one of them."""

from __future__ import annotations

from typing import Any

import colander
from pyramid.response import Response

from jemeti_platform.documents import PDF, pdf_response
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, sliced
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS, Service
from jemeti_platform.rest.spreadsheet import CSV, XLSX, asked_for, sheet_of
from jemeti_platform.types import Day, OneOf

from . import statements
from .ageing import COLUMNS, ORDERS, ageing, every_row
from .balances import BUCKETS
from .printed import ENTRY_KINDS

__all__ = ["ALL"]

_PATH = "/invoices/statements/{customer_id}"
owing = Service("invoices.ageing", "/invoices/ageing", ALWAYS, "Who owes what, and how late")
account = Service("invoices.statement", _PATH, ALWAYS, "A customer's statement of account")
account_pdf = Service("invoices.statement_pdf", f"{_PATH}.pdf", ALWAYS, "The same on paper")

ALL = (owing, account_pdf, account)

_AMOUNT = {"type": "string", "format": "decimal"}
_DAY = {"type": "string", "format": "date"}
_CURRENCY = {"type": "string", "format": "currency"}
_SUMS: dict[str, Any] = {
    **dict.fromkeys(BUCKETS, _AMOUNT),
    "outstanding": {**_AMOUNT, "description": "What is to be paid of invoices: the sum of the buckets"},
    "unallocated_credit": {**_AMOUNT, "description": "What was paid and has settled nothing yet"},
    "balance": {**_AMOUNT, "description": "The one less the other"},
}
_OWING: dict[str, Any] = {
    "type": "object",
    "title": "Ageing",
    "properties": {
        "customer_id": {
            "type": ["string", "null"],
            "format": "uuid",
            "description": "Null for what was sold at the counter, all together",
        },
        "customer": {"type": ["string", "null"]},
        **_SUMS,
        "oldest_due_on": {"type": ["string", "null"], "format": "date"},
    },
}
_STATEMENT: dict[str, Any] = {
    "type": "object",
    "title": "Statement of account",
    "properties": {
        "customer": {
            "type": "object",
            "properties": {"id": {"type": "string", "format": "uuid"}, "name": {"type": "string"}},
        },
        "currency": _CURRENCY,
        "from": _DAY,
        "to": _DAY,
        "opening_balance": {**_AMOUNT, "description": "Owed at the end of the day before; negative is credit"},
        "entries": {
            "type": "array",
            "items": {
                "type": "object",
                "title": "Statement entry",
                "properties": {
                    "date": _DAY,
                    "type": {"type": "string", "enum": list(ENTRY_KINDS)},
                    "id": {"type": "string", "format": "uuid"},
                    "number": {"type": "string"},
                    "debit": _AMOUNT,
                    "credit": _AMOUNT,
                    "balance": _AMOUNT,
                },
            },
        },
        "debit": {**_AMOUNT, "description": "Of all entries"},
        "credit": {**_AMOUNT, "description": "Of all entries"},
        "closing_balance": _AMOUNT,
        "outstanding_balance": {**_AMOUNT, "description": "What is to be paid of invoices at the end of the last day"},
        "unallocated_credit": _AMOUNT,
        "ageing": {"type": "object", "title": "Ageing of one", "properties": dict.fromkeys(BUCKETS, _AMOUNT)},
    },
}


class AgeingQuery(PageQuery):
    as_of = colander.SchemaNode(Day(), missing=None, description="At the end of this day; today by default")
    sort = colander.SchemaNode(OneOf(tuple(ORDERS)), missing="-outstanding", description="The order of the customers")


class StatementQuery(Mapping):
    first = colander.SchemaNode(
        Day(), name="from", missing=None, description="The first day; by default that of the last day's month"
    )
    last = colander.SchemaNode(Day(), name="to", missing=None, description="The last day; today by default")


@owing.get(
    permission="invoices:read",
    query=AgeingQuery,
    answer=_OWING,
    many=True,
    meta={
        "as_of": _DAY,
        "currency": _CURRENCY,
        "totals": {"type": "object", "title": "Ageing of all", "properties": _SUMS},
    },
    media_types=("application/json", CSV, XLSX),
)
def list_owing(request: Any) -> Any:
    """Every customer who owes something or has credit at the end of a day, by how late it is; CSV and XLSX too.

    Of a day that is past it is what was so then: what was issued, credited, paid and settled later does not count.
    """
    query, work = request.query, request.work
    if (media_type := asked_for(request)) is not None:
        batches = work.stream(every_row(work, query["as_of"], query["sort"]))
        return sheet_of("ageing", COLUMNS, batches, media_type)
    found = ageing(work, query["as_of"], query["sort"])
    currency = work.workspace["currency"]
    return sliced(query, found.rows, as_of=found.as_of, currency=currency, totals=found.totals)


@account.get(permission="invoices:read", query=StatementQuery, answer=_STATEMENT, errors=(404,))
def show_statement(request: Any) -> Answer:
    """What a customer owed, what has happened since, and what is owed at the end, by how late it is.

    Without days it is this month so far.
    """
    query = request.query
    customer_id = path_id(request, "customer_id")
    return Answer(statements.statement(request.work, customer_id, query["from"], query["to"]))


@account_pdf.get(permission="invoices:read", query=StatementQuery, media_types=(PDF,), errors=(404,))
def show_statement_pdf(request: Any) -> Response:
    """The statement as a PDF for the customer. It is made when asked for and not kept: it says how things stand."""
    query = request.query
    customer_id = path_id(request, "customer_id")
    name, content = statements.draw(request.work, customer_id, query["from"], query["to"])
    return pdf_response(content, f"{name}.pdf")
