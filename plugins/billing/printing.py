"""Invoices, credit notes and receipts as PDFs: made by the worker once what they say is committed, and kept for ever.

They print what was so at the moment of issue. Who asks before the worker has been there gets the same, not kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue, postal_address, render
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .contract import InvoiceIssue
from .links import Subject, public_address

__all__ = [
    "PRINT_CREDIT_NOTE",
    "PRINT_INVOICE",
    "PRINT_RECEIPT",
    "TYPES",
    "draw",
    "draw_draft",
    "named_tax",
    "party",
    "print_credit_note",
    "print_invoice",
    "print_receipt",
]

PRINT_INVOICE, PRINT_RECEIPT = "billing.print_invoice", "billing.print_receipt"
PRINT_CREDIT_NOTE = "billing.print_credit_note"
TYPES: Mapping[Subject, str] = {"invoice": "invoice", "credit_note": "credit_note", "payment": "receipt"}
"""The type of document that each is printed as."""

_ISSUED = Statement("SELECT id FROM issued_documents WHERE subject_id = %(id)s AND type = %(type)s LIMIT 1")
_INVOICE = Statement(
    "SELECT i.*, l.word FROM billing_invoices i LEFT JOIN billing_document_links l"
    " ON l.tenant_id = i.tenant_id AND l.invoice_id = i.id AND l.revoked_at IS NULL WHERE i.id = %(id)s"
)
_LINES = Statement(
    "SELECT description, detail, quantity, unit, unit_price, discount, taxable, tax, total, taxes"
    " FROM billing_invoice_lines WHERE invoice_id = %(id)s ORDER BY position"
)
_CREDIT_NOTE = Statement(
    "SELECT n.number, n.issued_on, n.reason, n.taxable, n.tax, n.total, n.tax_lines, l.word, i.currency,"
    " i.number AS invoice_number, i.issued_on AS invoice_date, i.source_type, i.source_number, i.payer, i.vehicle,"
    " i.prices_include_tax"
    " FROM billing_credit_notes n JOIN billing_invoices i ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id"
    " LEFT JOIN billing_document_links l"
    " ON l.tenant_id = n.tenant_id AND l.credit_note_id = n.id AND l.revoked_at IS NULL WHERE n.id = %(id)s"
)
_CREDITED = Statement(
    "SELECT l.description, l.detail, c.quantity, l.unit, c.taxable, c.tax, c.total, c.taxes"
    " FROM billing_credit_note_lines c"
    " JOIN billing_invoice_lines l ON l.tenant_id = c.tenant_id AND l.id = c.invoice_line_id"
    " WHERE c.credit_note_id = %(id)s ORDER BY l.position"
)
_PAYMENT = Statement(
    "SELECT p.id, p.number, p.amount, p.currency, p.reference, p.notes, a.name AS account, l.word, c.name, c.address,"
    " c.phone, c.email, c.tax_id, (p.received_at AT TIME ZONE w.timezone)::date AS received_on"
    " FROM billing_payments p JOIN workspaces w ON true"
    " JOIN billing_payment_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.payment_account_id"
    " LEFT JOIN crm_customers c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id"
    " LEFT JOIN billing_document_links l"
    " ON l.tenant_id = p.tenant_id AND l.payment_id = p.id AND l.revoked_at IS NULL WHERE p.id = %(id)s"
)
_SETTLED = Statement(
    "SELECT i.number, i.issued_on AS date, a.amount, i.payer"
    " FROM billing_allocations a JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id"
    " JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id"
    " WHERE a.payment_id = %(id)s AND a.created_at = p.created_at AND a.reverses_id IS NULL ORDER BY i.number"
)
_COUNTED = ("subtotal", "discount", "taxable", "tax", "total")


class _Printout(NamedTuple):
    number: str
    data: dict[str, Any]


def print_invoice(work: Work, invoice_id: UUID) -> None:
    """Issue the PDF of an invoice, with its taxes per rate, unless it was issued already."""
    _print(work, "invoice", invoice_id)


def print_credit_note(work: Work, credit_note_id: UUID) -> None:
    """Issue the PDF of a credit note, with its taxes per rate, unless it was issued already."""
    _print(work, "credit_note", credit_note_id)


def print_receipt(work: Work, payment_id: UUID) -> None:
    """Issue the receipt of a payment, with the invoices that it settled when it came, unless it was issued already."""
    _print(work, "payment", payment_id)


def draw(work: Work, subject: Subject, identity: UUID) -> tuple[str, bytes]:
    """The number and the PDF of a document that the worker has not printed yet. Raises NotFound."""
    number, data = _SAID[subject](work, identity)
    return number, render(work, TYPES[subject], data, number=number)


def draw_draft(work: Work, wish: InvoiceIssue) -> bytes:
    """The PDF of an invoice as it would be issued today, across which stands that it is not."""
    lines = [
        {
            **{name: getattr(item, name) for name in ("description", "detail", "quantity", "unit", "unit_price")},
            **{name: getattr(priced, name) for name in ("discount", "taxable", "total")},
            "taxes": [{"rate": tax.component.rate, "compound": tax.component.compound} for tax in priced.taxes],
        }
        for item, priced in zip(wish.items, wish.priced.lines, strict=True)
    ]
    data = {
        "state": "draft",
        "date": work.today(),
        "due_date": wish.due_on,
        "reference": wish.reference,
        "notes": wish.notes,
        "customer": party(
            work, {name: getattr(wish.payer, name) for name in ("name", "phone", "email", "tax_id", "address")}
        ),
        "lines": [_line(one, with_tax=wish.prices_include_tax) for one in lines],
        "tax_lines": _tax_lines([line.as_dict() for line in wish.priced.tax_lines]),
        "totals": wish.priced.totals.as_dict(),
    }
    return render(work, "invoice", data, number="")


def _print(work: Work, subject: Subject, identity: UUID) -> None:
    (issued,) = work.read(_ISSUED(id=identity, type=TYPES[subject]))
    if issued:
        return
    number, data = _SAID[subject](work, identity)
    issue(work, TYPES[subject], data, number=number, subject_type=f"billing.{subject}", subject_id=identity)


def _invoice(work: Work, identity: UUID) -> _Printout:
    found, lines = work.read(_INVOICE(id=identity), _LINES(id=identity))
    if not found:
        raise NotFound(f"Invoice {identity} does not exist")
    (row,) = found
    data = {
        "date": row["issued_on"],
        "due_date": row["due_on"],
        **_source(row),
        "reference": row["reference"],
        "currency": row["currency"],
        "notes": row["notes"],
        "customer": party(work, row["payer"]),
        "vehicle": row["vehicle"],
        "lines": [_line(one, with_tax=row["prices_include_tax"]) for one in lines],
        "tax_lines": _tax_lines(row["tax_lines"]),
        "totals": {name: row[name] for name in _COUNTED},
        "link": _link(work, row),
    }
    return _Printout(row["number"], data)


def _credit_note(work: Work, identity: UUID) -> _Printout:
    found, lines = work.read(_CREDIT_NOTE(id=identity), _CREDITED(id=identity))
    if not found:
        raise NotFound(f"Credit note {identity} does not exist")
    (row,) = found
    data = {
        "date": row["issued_on"],
        "invoice_number": row["invoice_number"],
        "invoice_date": row["invoice_date"],
        **_source(row),
        "reason": row["reason"],
        "currency": row["currency"],
        "customer": party(work, row["payer"]),
        "vehicle": row["vehicle"],
        "lines": [
            _line({**one, "quantity": one["quantity"] or None}, with_tax=row["prices_include_tax"]) for one in lines
        ],
        "tax_lines": _tax_lines(row["tax_lines"]),
        "totals": {name: row[name] for name in ("taxable", "tax", "total")},
        "link": _link(work, row),
    }
    return _Printout(row["number"], data)


def _receipt(work: Work, identity: UUID) -> _Printout:
    found, settled = work.read(_PAYMENT(id=identity), _SETTLED(id=identity))
    if not found:
        raise NotFound(f"Payment {identity} does not exist")
    (row,) = found
    payers = [one.pop("payer") for one in settled]
    said = row if row["name"] is not None else payers[0] if payers else None
    paid = {
        "date": row["received_on"],
        "method": row["account"],
        "reference": row["reference"],
        "amount": row["amount"],
    }
    data = {
        "date": row["received_on"],
        "reference": row["reference"],
        "currency": row["currency"],
        "notes": row["notes"],
        "customer": None if said is None else party(work, said),
        "totals": {"total": row["amount"]},
        "payments": [paid],
        "settled": settled,
        "credit": row["amount"] - sum((one["amount"] for one in settled), Decimal(0)),
        "link": _link(work, row),
    }
    return _Printout(row["number"], data)


_SAID: Mapping[Subject, Callable[[Work, UUID], _Printout]] = {
    "invoice": _invoice,
    "credit_note": _credit_note,
    "payment": _receipt,
}


def _link(work: Work, row: Mapping[str, Any]) -> str | None:
    return None if row["word"] is None else public_address(work, row["word"])


def _source(row: Mapping[str, Any]) -> dict[str, Any]:
    name = "job_number" if row["source_type"] == "jobs.job" else "order_number"
    return {name: row["source_number"]}


def party(work: Work, said: Mapping[str, Any]) -> dict[str, Any]:
    """A customer as documents print one: the address as lines."""
    names = ("name", "phone", "email", "tax_id")
    return {name: said.get(name) for name in names} | {"address": postal_address(work, said.get("address"))}


def _line(row: Mapping[str, Any], *, with_tax: bool) -> dict[str, Any]:
    """A line as it is printed: its amount is with tax where prices are."""
    names = ("description", "detail", "quantity", "unit", "unit_price", "discount")
    return {
        **{name: row.get(name) for name in names},
        "tax_rate": _together(row["taxes"]),
        "amount": row["total"] if with_tax else row["taxable"],
    }


def _together(taxes: Sequence[Mapping[str, Any]]) -> Decimal | None:
    """The percentage of all taxes of a line; a compound one is reckoned on those before it as well."""
    if not taxes:
        return None
    whole = Decimal(0)
    for one in taxes:
        rate = Decimal(one["rate"])
        whole += rate * (1 + whole / 100) if one.get("compound") else rate
    return whole.quantize(Decimal("0.001"))


def _tax_lines(lines: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    return [{**{name: one[name] for name in ("rate", "taxable", "tax")}, "name": named_tax(one)} for one in lines]


_PERCENTAGE = re.compile(r"\s*\(?(\d+(?:[.,]\d+)?)\s*%\)?\s*$")


def named_tax(tax: Mapping[str, Any]) -> str:
    """The name of a tax without the percentage at its end, if it is its own ``rate``: that stands beside it anyway."""
    name: str = tax["name"]
    found = _PERCENTAGE.search(name)
    if found and Decimal(found[1].replace(",", ".")) == Decimal(tax["rate"]):
        return name[: found.start()]
    return name
