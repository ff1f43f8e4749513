"""Invoices and receipts as PDFs: made by the worker once what they say is committed, and kept for ever.

They are found at ``/v1/documents?subject_id=…``, and print what was so at the moment of issue.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue
from jemeti_platform.work import Work

__all__ = ["PRINT_INVOICE", "PRINT_RECEIPT", "print_invoice", "print_receipt"]

PRINT_INVOICE, PRINT_RECEIPT = "billing.print_invoice", "billing.print_receipt"

_INVOICE = Statement("SELECT * FROM billing_invoices WHERE id = %(id)s")
_LINES = Statement(
    "SELECT description, detail, quantity, unit, unit_price, discount, taxable, tax, total, taxes"
    " FROM billing_invoice_lines WHERE invoice_id = %(id)s ORDER BY position"
)
_PAYMENT = Statement(
    "SELECT p.id, p.number, p.amount, p.currency, p.reference, a.name AS account, c.name, c.address, c.phone, c.email,"
    " c.tax_id, (p.received_at AT TIME ZONE w.timezone)::date AS received_on"
    " FROM billing_payments p JOIN workspaces w ON true"
    " JOIN billing_payment_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.payment_account_id"
    " LEFT JOIN crm_customers c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id WHERE p.id = %(id)s"
)
_SETTLED = Statement(
    "SELECT i.number, i.issued_on AS date, a.amount"
    " FROM billing_allocations a JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id"
    " JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id"
    " WHERE a.payment_id = %(id)s AND a.created_at = p.created_at AND a.reverses_id IS NULL ORDER BY i.number"
)
_COUNTED = ("subtotal", "discount", "taxable", "tax", "total")


def print_invoice(work: Work, invoice_id: UUID) -> None:
    """Issue the PDF of an invoice, with its taxes per rate."""
    ((invoice,), lines) = work.read(_INVOICE(id=invoice_id), _LINES(id=invoice_id))
    issue(
        work,
        "invoice",
        {
            "date": invoice["issued_on"],
            "due_date": invoice["due_on"],
            "job_number": invoice["source_number"] if invoice["source_type"] == "jobs.job" else None,
            "order_number": None if invoice["source_type"] == "jobs.job" else invoice["source_number"],
            "reference": invoice["reference"],
            "currency": invoice["currency"],
            "notes": invoice["notes"],
            "customer": _party(invoice["payer"]),
            "vehicle": _vehicle(invoice["vehicle"]),
            "lines": [_line(row, with_tax=invoice["prices_include_tax"]) for row in lines],
            "tax_lines": [
                {name: one[name] for name in ("name", "rate", "taxable", "tax")} for one in invoice["tax_lines"]
            ],
            "totals": {name: invoice[name] for name in _COUNTED},
        },
        number=invoice["number"],
        subject_type="billing.invoice",
        subject_id=invoice_id,
    )


def print_receipt(work: Work, payment_id: UUID) -> None:
    """Issue the receipt of a payment, with the invoices that it settled when it came."""
    ((payment,), settled) = work.read(_PAYMENT(id=payment_id), _SETTLED(id=payment_id))
    issue(
        work,
        "receipt",
        {
            "date": payment["received_on"],
            "reference": payment["reference"],
            "currency": payment["currency"],
            "customer": None if payment["name"] is None else _party(payment),
            "totals": {"total": payment["amount"]},
            "payments": [
                {
                    "date": payment["received_on"],
                    "method": payment["account"],
                    "reference": payment["reference"],
                    "amount": payment["amount"],
                }
            ],
            "settled": settled,
        },
        number=payment["number"],
        subject_type="billing.payment",
        subject_id=payment_id,
    )


def _party(said: Mapping[str, Any]) -> dict[str, Any]:
    names = ("name", "phone", "email", "tax_id")
    return {name: said.get(name) for name in names} | {"address": _address(said.get("address"))}


def _vehicle(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not said:
        return None
    return {name: said.get(name) for name in ("plate", "description", "vin", "odometer")}


def _address(address: Mapping[str, Any] | None) -> str | None:
    if not address:
        return None
    return "\n".join(str(part) for part in address.values() if part)


def _line(row: Mapping[str, Any], *, with_tax: bool) -> dict[str, Any]:
    """A line as it is printed: its amount is with tax where prices are."""
    rates = [Decimal(one["rate"]) for one in row["taxes"]]
    return {
        **{name: row[name] for name in ("description", "detail", "quantity", "unit", "unit_price", "discount")},
        "tax_rate": rates[0] if len(rates) == 1 else None,
        "amount": row["total"] if with_tax else row["taxable"],
    }
