"""Issuing invoices, the one way there is for jobs, sales and whoever writes one by hand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from . import links
from .contract import (
    InvoiceIssue,
    InvoiceIssued,
    InvoiceItem,
    IssuedInvoice,
    JobBalance,
    Line,
    Payer,
    PricedLine,
    TaxAmount,
    TaxLine,
)
from .invoice_models import Invoice, InvoiceLine
from .printing import PRINT_INVOICE
from .workspace_taxes import WorkspaceTaxes

__all__ = [
    "PREVIEWED_LINE",
    "WorkspaceInvoices",
    "by_hand",
    "issue",
    "issue_by_hand",
    "lines_of",
    "plain_tax_lines",
    "preview",
    "tax_amounts",
]

_CUSTOMER = Statement("SELECT id, name, address, phone, email, tax_id FROM crm_customers WHERE id = %(id)s")
_LINES = Statement(
    "SELECT id, position, kind, source_line_id, description, detail, quantity, unit, unit_price, amount, discount,"
    " taxable, tax, total, taxes, credited_quantity, credited_taxable + credited_tax AS credited"
    " FROM billing_invoice_lines WHERE invoice_id = %(id)s ORDER BY position"
)
PREVIEWED_LINE = (
    "position", "kind", "source_line_id", "description", "detail", "quantity", "unit", "unit_price", "amount",
    "discount", "taxable", "tax", "total", "taxes",
)  # fmt: skip
"""What a line of an invoice that is not issued yet shows; the same as when it is."""

_ONLY_KEPT = frozenset({"line_count", "payer_name", "vehicle_plate"})
_NUMBER = Statement("SELECT number FROM billing_invoices WHERE id = %(id)s")
_THERE = Statement("SELECT true AS there FROM billing_invoices WHERE id = %(id)s")
_OF_SOURCE = (
    "SELECT id, customer_id, total - paid - credited AS balance, total > credited OR total = 0 AS counts"
    " FROM billing_invoices"
    " WHERE source_type = 'jobs.job' AND source_id = %(source)s ORDER BY id"
)
_OF_JOB, _OF_JOB_LOCKED = Statement(_OF_SOURCE), Statement(_OF_SOURCE + " FOR UPDATE")
_OUTSTANDING = Statement(
    "SELECT (SELECT coalesce(sum(total - paid - credited), 0) FROM billing_invoices WHERE customer_id = %(customer)s)"
    " - (SELECT coalesce(sum(amount - allocated - refunded), 0) FROM billing_payments"
    " WHERE customer_id = %(customer)s) AS outstanding"
)


def issue(work: Work, wish: InvoiceIssue, identity: UUID | None = None) -> IssuedInvoice:
    """Issue an invoice: it gets its number, and neither it nor its lines ever change. A draft's ``identity`` stays.

    The number is taken in the INSERT, so that nobody waits longer for the next one than the transaction lasts. Raises
    ValueError for items that do not match the priced lines, Invalid for negative amounts, which are what credit notes
    are for. Emits InvoiceIssued.
    """
    identity = identity or uuid7()
    values, lines = _written(work, wish, identity)
    numbers = {"number": work.platform.sequences["billing.invoice"]}
    *_, (made,) = work.write(
        insert_row(Invoice, identity, values, numbers, work.began),
        insert_rows(InvoiceLine, lines),
        links.row("invoice", identity),
        _NUMBER(id=identity),
    )
    number: str = made["number"]
    work.emit(
        InvoiceIssued(
            identity,
            number,
            wish.payer.customer_id,
            wish.source_type,
            wish.source_id,
            values["issued_on"],
            values["currency"],
            values["taxable"],
            values["tax"],
            values["total"],
            tax_amounts(wish.priced.tax_lines),
        )
    )
    work.defer(PRINT_INVOICE, invoice_id=identity)
    return IssuedInvoice(identity, number, values["total"])


def preview(work: Work, wish: InvoiceIssue) -> dict[str, Any]:
    """What would be issued today of a wish, with its lines, and without what an invoice only has once it is issued.

    Writes nothing. Raises as ``issue`` does.
    """
    values, lines = _written(work, wish, uuid7())
    totals = wish.priced.totals.as_dict()
    kept = {name: value for name, value in values.items() if name not in _ONLY_KEPT}
    return {
        **kept,
        "totals": totals,
        "lines": [{name: _as_kept(name, one[name]) for name in PREVIEWED_LINE} for one in lines],
    }


def issue_by_hand(work: Work, values: Mapping[str, Any]) -> UUID:
    """Issue an invoice of lines that somebody gives. Raises Invalid as ``by_hand`` does."""
    return issue(work, by_hand(work, values)).id


def by_hand(work: Work, values: Mapping[str, Any]) -> InvoiceIssue:
    """What is to be issued of lines that somebody gives, priced by the workspace's taxes of today, or ``on`` a day.

    Raises Invalid as ``price`` does, and for a customer or tax rate that is not there.
    """
    taxes = WorkspaceTaxes(work)
    day = values["on"] or work.today()
    customer, rates = work.read(_CUSTOMER(id=values["customer_id"]), taxes.statement(day))
    table = taxes.table(rates, day)
    given = values["lines"]
    lines = [
        Line(
            one["quantity"],
            one["unit_price"],
            table.choose(tax_rate_id=one["tax_rate_id"], tax_rate=one["tax_rate"], at=f"lines.{place}"),
            one["discount_percent"],
            one["discount_amount"],
        )
        for place, one in enumerate(given)
    ]
    how = {
        name: work.workspace[name] if values[name] is None else values[name]
        for name in ("prices_include_tax", "tax_rounding")
    }
    whole = {name: values[name] for name in ("discount_percent", "discount_amount")}
    return InvoiceIssue(
        _payer(customer, values["customer_id"]),
        [
            InvoiceItem(
                one["description"],
                one["quantity"],
                one["unit_price"],
                detail=one["detail"],
                unit=one["unit"],
                tax_rate_id=line.tax.id,
            )
            for one, line in zip(given, lines, strict=True)
        ],
        taxes.price(lines, **how, **whole),
        **how,
        reference=values["reference"],
        due_on=work.today() + timedelta(days=values["due_in_days"]),
        notes=values["notes"],
    )


def lines_of(work: Work, identity: UUID) -> list[dict[str, Any]]:
    """The lines of an invoice, in order. Raises NotFound."""
    there, lines = work.read(_THERE(id=identity), _LINES(id=identity))
    if not there:
        raise NotFound(f"Invoice {identity} does not exist")
    return lines


class WorkspaceInvoices:
    """The provider of ``Invoices`` and ``JobBalances`` for one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def payer(self, customer_id: UUID) -> Payer:
        (rows,) = self.work.read(_CUSTOMER(id=customer_id))
        return _payer(rows, customer_id)

    def issue(self, wish: InvoiceIssue) -> IssuedInvoice:
        return issue(self.work, wish)

    def of(self, job_id: UUID, customer_id: UUID) -> JobBalance:
        statement = _OF_JOB_LOCKED if self.work.is_writing else _OF_JOB
        invoices, (owed,) = self.work.read(statement(source=job_id), _OUTSTANDING(customer=customer_id))
        balance = sum((row["balance"] for row in invoices if row["customer_id"] == customer_id), Decimal("0.00"))
        return JobBalance(sum(row["counts"] for row in invoices), balance, owed["outstanding"])


def tax_amounts(lines: Sequence[TaxLine]) -> tuple[TaxAmount, ...]:
    """The taxes of a document as its event tells them."""
    return tuple(
        TaxAmount(one.component.name, one.component.rate, one.taxable, one.tax, one.source.id) for one in lines
    )


def plain_tax_lines(lines: Sequence[TaxLine]) -> list[dict[str, Any]]:
    """The taxes of a document as they are kept with it."""
    return [_texts(line.as_dict()) for line in lines]


def _written(work: Work, wish: InvoiceIssue, identity: UUID) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The row of an invoice that is issued today, without its number, and the rows of its lines."""
    if len(wish.items) != len(wish.priced.lines) or not wish.items:
        raise ValueError("an invoice has at least one item, and a priced line for each")
    _refuse_negative(wish.priced.lines)
    payer, today = wish.payer, work.today()
    values = {
        "customer_id": payer.customer_id,
        "payer": _given(payer, ("name", "address", "phone", "email", "tax_id")),
        "payer_name": payer.name,
        "source_type": wish.source_type,
        "source_id": wish.source_id,
        "source_number": wish.source_number,
        "vehicle": None if wish.vehicle is None else _given(wish.vehicle, ("plate", "description", "vin", "odometer")),
        "vehicle_plate": None if wish.vehicle is None else wish.vehicle.plate,
        "reference": wish.reference,
        "issued_on": today,
        "due_on": wish.due_on or today,
        "notes": wish.notes,
        "currency": work.workspace["currency"],
        "prices_include_tax": wish.prices_include_tax,
        "tax_rounding": wish.tax_rounding,
        **wish.priced.totals.as_dict(),
        "tax_lines": plain_tax_lines(wish.priced.tax_lines),
        "line_count": len(wish.items),
    }
    if values["due_on"] < today:
        raise Invalid([{"field": "due_on", "message": "An invoice is not due before it is issued"}])
    lines = [
        _line(identity, place, item, priced)
        for place, (item, priced) in enumerate(zip(wish.items, wish.priced.lines, strict=True), start=1)
    ]
    return values, lines


def _payer(rows: Sequence[Mapping[str, Any]], customer_id: UUID) -> Payer:
    if not rows:
        raise Invalid([{"field": "customer_id", "message": "There is no such record."}])
    row = rows[0]
    return Payer(row["name"], row["id"], row["address"], row["phone"], row["email"], row["tax_id"])


def _given(said: Any, names: Sequence[str]) -> dict[str, Any]:
    """As it is kept: what is not known is left out."""
    return {name: found for name in names if (found := getattr(said, name)) is not None}


def _refuse_negative(lines: Sequence[PricedLine]) -> None:
    faults = [place for place, line in enumerate(lines) if line.taxable < 0 or line.tax < 0]
    if faults:
        message = "An invoice takes nothing back; issue a credit note"
        raise Invalid([{"field": f"lines.{place}.quantity", "message": message} for place in faults])


def _line(invoice_id: UUID, position: int, item: InvoiceItem, priced: PricedLine) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "invoice_id": invoice_id,
        "position": position,
        "kind": item.kind,
        "source_line_id": item.source_line_id,
        "description": item.description,
        "detail": item.detail,
        "quantity": item.quantity,
        "unit": item.unit,
        "unit_price": item.unit_price,
        "amount": priced.amount,
        "discount": priced.discount,
        "taxable": priced.taxable,
        "tax": priced.tax,
        "total": priced.total,
        "taxes": [
            {
                "tax_rate_id": None if item.tax_rate_id is None else str(item.tax_rate_id),
                "name": one.component.name,
                "rate": f"{one.component.rate:f}",
                "compound": one.component.compound,
                "taxable": f"{one.taxable:f}",
                "tax": f"{one.tax:f}",
            }
            for one in priced.taxes
        ],
    }


def _as_kept(name: str, value: Any) -> Any:
    """A value of a line as its column has it: with as many decimals."""
    if not isinstance(value, Decimal):
        return value
    scale: int = InvoiceLine.__table__.c[name].type.scale  # type: ignore[attr-defined]  # decimals are in numbers
    return value.quantize(Decimal(1).scaleb(-scale), ROUND_HALF_UP)


def _texts(row: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: f"{value:f}" if isinstance(value, Decimal) else str(value) if isinstance(value, UUID) else value
        for name, value in row.items()
    }
