"""Invoices, credit notes and payments over HTTP: made by domain functions, read, never changed."""

from __future__ import annotations

from sqlalchemy import Numeric, Text, literal_column, text, true

from jemeti_platform.rest.filters import Comparison, Several
from jemeti_platform.rest.resource import Expansion, Resource
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS
from jemeti_platform.types import OneOf, StrictBool

from . import invoices, payments
from .invoice_models import CreditNote, Invoice, Payment
from .invoice_schemas import InvoiceSchema, PaymentSchema

__all__ = ["CREDIT_NOTES", "INVOICES", "PAYMENTS"]

STATUSES = ("issued", "partial", "overdue", "paid", "cancelled")
_TODAY = "(SELECT (now() AT TIME ZONE w.timezone)::date FROM workspaces w)"
_STATUS = (
    "(CASE WHEN settlement IN ('paid', 'cancelled') THEN settlement"
    f" WHEN due_on < {_TODAY} THEN 'overdue'"
    " WHEN settlement = 'partial' THEN 'partial' ELSE 'issued' END)"
)
# The first condition is what an index can be asked; in it stands each settlement that a status may have.
_HAS_STATUS = true() & text(
    f"settlement = ANY (ARRAY[CASE WHEN 'paid' = ANY (:f_status) THEN 'paid' END,"
    " CASE WHEN 'cancelled' = ANY (:f_status) THEN 'cancelled' END,"
    " CASE WHEN 'issued' = ANY (:f_status) OR 'overdue' = ANY (:f_status) THEN 'open' END,"
    " CASE WHEN 'partial' = ANY (:f_status) OR 'overdue' = ANY (:f_status) THEN 'partial' END])"
    f" AND {_STATUS} = ANY (:f_status)"
)
_IS_OUTSTANDING = true() & text(
    "settlement = ANY (CASE WHEN :f_outstanding THEN ARRAY['open', 'partial'] ELSE ARRAY['paid', 'cancelled'] END)"
)
_CUSTOMER = Expansion("customer_id", "crm_customers", ("name", "phone", "email"), "crm.customers:read")

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
    filters=(
        "number",
        "customer_id",
        "source_type",
        "source_id",
        "source_number",
        "reference",
        "issued_on",
        "due_on",
        "total",
        "created_at",
    ),
    comparisons=(
        Comparison("status", Several(OneOf(STATUSES)), _HAS_STATUS, "Only invoices that are one of these now"),
        Comparison(
            "outstanding", StrictBool(), _IS_OUTSTANDING, "Only invoices of which something is still to be paid, or not"
        ),
    ),
    sort=("number", "issued_on", "due_on", "total", "created_at"),
    default_sort="-issued_on",
    search=True,
    hidden=("line_count", "payer_name", "vehicle_plate", "settlement"),
    expand={"customer": _CUSTOMER},
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
    expand={"customer": _CUSTOMER},
    computed={"credit": literal_column("(amount - allocated - refunded)", Numeric(14, 2))},
    create=payments.record,
    updatable=False,
)
