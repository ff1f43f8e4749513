"""Invoices, credit notes and payments over HTTP: made by domain functions, read, never changed."""

from __future__ import annotations

from sqlalchemy import Numeric, Text, literal_column

from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS

from . import invoices, payments
from .invoice_models import CreditNote, Invoice, Payment
from .invoice_schemas import InvoiceSchema, PaymentSchema

__all__ = ["CREDIT_NOTES", "INVOICES", "PAYMENTS"]

_STATUS = (
    "(CASE WHEN credited = total AND credited > 0 THEN 'cancelled' WHEN paid + credited = total THEN 'paid'"
    " WHEN due_on < (SELECT (now() AT TIME ZONE w.timezone)::date FROM workspaces w) THEN 'overdue'"
    " WHEN paid + credited > 0 THEN 'partial' ELSE 'issued' END)"
)

INVOICES = Resource(
    name="invoices",
    path="/invoices",
    model=Invoice,
    schema=InvoiceSchema,
    feature=ALWAYS,
    read="invoices:read",
    write="invoices:issue",
    title="invoice",
    description="Invoices as they were issued. They are settled and credited, never changed or deleted",
    filters=("number", "customer_id", "source_type", "source_id", "issued_on", "due_on", "total", "created_at"),
    sort=("number", "issued_on", "due_on", "total", "created_at"),
    search=True,
    hidden=("line_count", "payer_name"),
    computed={
        "balance": literal_column("(total - paid - credited)", Numeric(14, 2)),
        "status": literal_column(_STATUS, Text()),
    },
    create=invoices.issue_by_hand,
    updatable=False,
)
CREDIT_NOTES = Resource(
    name="credit_notes",
    path="/credit-notes",
    model=CreditNote,
    schema=Mapping,
    feature=ALWAYS,
    read="invoices:read",
    write="invoices:credit",
    title="credit note",
    description="What was taken back of invoices",
    filters=("number", "invoice_id", "issued_on", "total", "created_at"),
    sort=("number", "issued_on", "total", "created_at"),
    hidden=("line_count",),
    creatable=False,
    updatable=False,
)
PAYMENTS = Resource(
    name="payments",
    path="/payments",
    model=Payment,
    schema=PaymentSchema,
    feature=ALWAYS,
    read="payments:read",
    write="payments:record",
    title="payment",
    description="Money that came in. It is allocated and refunded, never changed or deleted",
    filters=("number", "customer_id", "payment_account_id", "external_id", "amount", "received_at", "created_at"),
    sort=("received_at", "number", "amount", "created_at"),
    default_sort="-received_at",
    search=True,
    computed={"credit": literal_column("(amount - allocated - refunded)", Numeric(14, 2))},
    create=payments.record,
    updatable=False,
)
