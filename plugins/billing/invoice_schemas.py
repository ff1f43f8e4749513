"""What a client may send about invoices and payments, and the shapes of answers that are no record."""

from __future__ import annotations

from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import Amount, Day, Instant, Money, OneOf, Quantity, StrictInt, Text, Uuid

from .schemas import CalculateLine, PricedSchema

__all__ = [
    "ALLOCATION",
    "CREDIT_LINE",
    "INVOICE_LINE",
    "INVOICE_PREVIEW",
    "REFUND",
    "AllocateSchema",
    "CreditNoteSchema",
    "DraftSchema",
    "InvoiceSchema",
    "PaymentSchema",
    "RefundSchema",
    "ReversalSchema",
    "UseCreditSchema",
]

MOST_LINES = 500


class InvoiceLineInput(CalculateLine):
    """A line of an invoice."""

    description = colander.SchemaNode(Text(max=500), example="Periodic service, 40,000 km")
    detail = colander.SchemaNode(Text(max=500), missing=None, example=None)
    quantity = colander.SchemaNode(Quantity(min=0), example="2.500")
    unit = colander.SchemaNode(Text(max=20), missing=None, example="h")
    discount_amount = colander.SchemaNode(
        Money(min=0, scale=2), missing=None, description="Instead of a percentage", example=None
    )


class DraftSchema(PricedSchema):
    """An invoice that is not issued yet."""

    customer_id = colander.SchemaNode(Uuid(), refers="crm_customers")
    lines = list_of(
        InvoiceLineInput(), min=1, max=MOST_LINES,
        example=[
            {"description": "Labour", "quantity": "2.500", "unit": "h", "unit_price": "1250.00", "tax_rate": "15"},
            {"description": "Oil filter", "quantity": "1", "unit_price": "99.99", "tax_rate": "15"},
        ],
    )  # fmt: skip
    discount_amount = colander.SchemaNode(
        Money(min=0, scale=2), missing=None, description="Instead of a percentage", example=None
    )
    due_in_days = colander.SchemaNode(StrictInt(0, 365), missing=0, description="After the day of issue", example=14)
    reference = colander.SchemaNode(Text(max=100), missing=None, example="PO 4471")
    notes = colander.SchemaNode(Text(max=2000, multiline=True), missing=None, example=None)


class InvoiceSchema(DraftSchema):
    """An invoice that is to be issued."""

    on = colander.SchemaNode(Day(), missing=None, description="Whose tax rates; today by default", example=None)


class AllocationInput(Mapping):
    invoice_id = colander.SchemaNode(Uuid(), refers="billing_invoices")
    amount = colander.SchemaNode(
        Amount(min="0.01"), missing=None, description="By default what the invoice needs and there is", example=None
    )


class PaymentSchema(Mapping):
    """Money that came in."""

    customer_id = colander.SchemaNode(
        Uuid(), missing=None, refers="crm_customers", description="Whose excess it is; by default that of the invoices"
    )
    payment_account_id = colander.SchemaNode(Uuid(), refers="billing_payment_accounts")
    amount = colander.SchemaNode(Amount(min="0.01"), example="1250.00")
    received_at = colander.SchemaNode(
        Instant(), missing=None, description="Now by default", example="2026-03-01T10:00:00Z"
    )
    reference = colander.SchemaNode(Text(max=100), missing=None, example="TXN 8K2F90QX")
    external_id = colander.SchemaNode(
        Text(max=100), missing=None, example=None,
        description="What the provider calls this payment: one of an account is recorded only once",
    )  # fmt: skip
    notes = colander.SchemaNode(Text(max=2000, multiline=True), missing=None, example=None)
    allocations = list_of(AllocationInput(), max=100, missing=(), example=[])
    excess = colander.SchemaNode(
        OneOf(("credit", "refuse")), missing="credit", example="credit",
        description="What is done with money that settles nothing: it is the customer's credit, or the payment is 409",
    )  # fmt: skip


class AllocateSchema(Mapping):
    """What is left of a payment is to settle these invoices."""

    allocations = list_of(AllocationInput(), min=1, max=100)


class ReversalSchema(Mapping):
    """An allocation that is to be taken back, whole."""

    allocation_id = colander.SchemaNode(Uuid(), refers="billing_allocations")
    reason = colander.SchemaNode(Text(max=500), example="Booked to the wrong invoice")


class RefundSchema(Mapping):
    """Money that goes back."""

    amount = colander.SchemaNode(
        Amount(min="0.01"), missing=None, description="All that settles no invoice, by default", example=None
    )
    payment_account_id = colander.SchemaNode(
        Uuid(), missing=None, refers="billing_payment_accounts", description="By default where it came in"
    )
    reason = colander.SchemaNode(Text(max=500), example="Paid twice")
    reference = colander.SchemaNode(Text(max=100), missing=None, example=None)


class UseCreditSchema(Mapping):
    amount = colander.SchemaNode(
        Amount(min="0.01"), missing=None, description="By default what is needed and there", example=None
    )


class CreditNoteLineInput(Mapping):
    line_id = colander.SchemaNode(Uuid(), refers="billing_invoice_lines")
    quantity = colander.SchemaNode(Quantity(min="0.001"), missing=None, example="1")
    amount = colander.SchemaNode(
        Amount(min="0.01"), missing=None, description="With tax, where only the price is lowered", example=None
    )


class CreditNoteSchema(Mapping):
    """What is taken back of an invoice; without lines, all that is left of it."""

    reason = colander.SchemaNode(Text(max=500), example="One part came back")
    # An empty list is a mistake and no wish for everything: whoever ticked nothing must not take back all of it.
    lines = list_of(CreditNoteLineInput(), min=1, max=MOST_LINES, missing=None, example=None)


_TEXT = {"type": "string"}
_MAYBE = {"type": ["string", "null"]}
_ID = {"type": "string", "format": "uuid"}
_AMOUNT = {"type": "string", "format": "decimal"}
_INSTANT = {"type": "string", "format": "date-time"}
_TAXES = {"type": "array", "items": {"type": "object"}}
INVOICE_LINE: dict[str, Any] = {
    "type": "object",
    "title": "Invoice line",
    "properties": {
        "id": _ID,
        "position": {"type": "integer"},
        "kind": _MAYBE,
        "source_line_id": {"type": ["string", "null"], "format": "uuid"},
        "description": _TEXT,
        "detail": _MAYBE,
        "quantity": _AMOUNT,
        "unit": _MAYBE,
        **dict.fromkeys(("unit_price", "amount", "discount", "taxable", "tax", "total"), _AMOUNT),
        "taxes": _TAXES,
        "credited_quantity": _AMOUNT,
        "credited": _AMOUNT,
    },
}
_DAY = {"type": "string", "format": "date"}
_PRICED = dict.fromkeys(("subtotal", "discount", "taxable", "tax", "total"), _AMOUNT)
INVOICE_PREVIEW: dict[str, Any] = {
    "type": "object",
    "title": "Invoice preview",
    "description": "An invoice as it would be issued now: all that it will say but its number",
    "properties": {
        "customer_id": {"type": ["string", "null"], "format": "uuid"},
        "payer": {"type": "object"},
        "source_type": _MAYBE,
        "source_id": {"type": ["string", "null"], "format": "uuid"},
        "source_number": _MAYBE,
        "vehicle": {"type": ["object", "null"]},
        "reference": _MAYBE,
        "issued_on": _DAY,
        "due_on": _DAY,
        "notes": _MAYBE,
        "currency": {"type": "string", "format": "currency"},
        "prices_include_tax": {"type": "boolean"},
        "tax_rounding": {"type": "string", "enum": ["line", "document"]},
        **_PRICED,
        "totals": {"type": "object", "title": "Totals", "properties": _PRICED},
        "tax_lines": _TAXES,
        "lines": {
            "type": "array",
            "items": {
                **INVOICE_LINE,
                "title": "Line of an invoice preview",
                "properties": {
                    name: shape
                    for name, shape in INVOICE_LINE["properties"].items()
                    if name not in ("id", "credited_quantity", "credited")
                },
            },
        },
    },
}
CREDIT_LINE: dict[str, Any] = {
    "type": "object",
    "title": "Credit note line",
    "properties": {
        "id": _ID,
        "invoice_line_id": _ID,
        "description": _TEXT,
        **dict.fromkeys(("quantity", "taxable", "tax", "total"), _AMOUNT),
        "taxes": _TAXES,
    },
}
ALLOCATION: dict[str, Any] = {
    "type": "object",
    "title": "Allocation",
    "properties": {
        "id": _ID,
        "invoice_id": _ID,
        "invoice_number": _TEXT,
        "amount": _AMOUNT,
        "reverses_id": {"type": ["string", "null"], "format": "uuid"},
        "reason": _MAYBE,
        "created_at": _INSTANT,
    },
}
REFUND: dict[str, Any] = {
    "type": "object",
    "title": "Refund",
    "properties": {
        "id": _ID,
        "number": _TEXT,
        "payment_account_id": _ID,
        "amount": _AMOUNT,
        "refunded_at": _INSTANT,
        "reason": _TEXT,
        "reference": _MAYBE,
    },
}
