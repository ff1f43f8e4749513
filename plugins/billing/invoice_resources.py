"""Invoices, credit notes and payments over HTTP: made by domain functions, read, never changed."""

from __future__ import annotations

from sqlalchemy import Numeric, Text, Uuid, bindparam, exists, literal_column, or_, text, true
from sqlalchemy.dialects.postgresql import ARRAY

from jemeti_platform.rest.filters import Comparison, Several
from jemeti_platform.rest.resource import Expansion, Resource
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS
from jemeti_platform.types import OneOf, StrictBool
from jemeti_platform.types import Uuid as UuidInput

from . import drafts, invoices, payments
from .document_models import InvoiceDraft
from .invoice_models import Allocation, CreditNote, Invoice, Payment
from .invoice_schemas import DraftSchema, InvoiceSchema, PaymentSchema
from .totals import totals

__all__ = ["ALL", "CREDIT_NOTES", "DRAFTS", "INVOICES", "PAYMENTS", "STATUSES"]

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
_OF_CUSTOMER = text("invoice_id IN (SELECT i.id FROM billing_invoices i WHERE i.customer_id = ANY (:f_customer_id))")
_PRICED = ("subtotal", "discount", "taxable", "tax", "total")
_BALANCE = literal_column("(total - paid - credited)", Numeric(14, 2))
_CUSTOMER = Expansion("customer_id", "crm_customers", ("name", "phone", "email"), "crm.customers:read")

_INVOICE, _NOTE, _PAYMENT, _SETTLES = (one.__table__ for one in (Invoice, CreditNote, Payment, Allocation))
_ONE_OF = bindparam("f_source_id", type_=ARRAY(Uuid)).any_()
_NOTES_OF_SOURCE = Comparison(
    "source_id",
    Several(UuidInput()),
    exists().where(_INVOICE.c.id == _NOTE.c.invoice_id, _INVOICE.c.source_id == _ONE_OF),
    "Only of invoices of one of these jobs or orders",
)
_PAYMENTS_OF_SOURCE = Comparison(
    "source_id",
    Several(UuidInput()),
    or_(
        _PAYMENT.c.source_id == _ONE_OF,
        exists().where(
            _SETTLES.c.payment_id == _PAYMENT.c.id,
            _SETTLES.c.invoice_id == _INVOICE.c.id,
            _INVOICE.c.source_id == _ONE_OF,
        ),
    ),
    "Only received for one of these jobs or orders, or settling an invoice of theirs, now or before",
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
        "balance": _BALANCE,
        "totals": totals(Invoice, *_PRICED, "paid", "credited", balance=_BALANCE),
        "status": literal_column(_STATUS, Text()),
    },
    create=invoices.issue_by_hand,
    looks_first=True,
    updatable=False,
)
DRAFTS = Resource(
    name="invoice_drafts",
    path="/invoices/drafts",
    model=InvoiceDraft,
    schema=DraftSchema,
    feature=ALWAYS,
    read="invoices:read",
    write="invoices:issue",
    title="invoice draft",
    description="Invoices that are still being written; totals are what they came to when they were last changed",
    filters=("customer_id", "reference", "total", "created_at"),
    sort=("created_at", "updated_at", "total"),
    search=True,
    computed={"status": literal_column("'draft'", Text()), "totals": totals(InvoiceDraft, *_PRICED)},
    expand={"customer": _CUSTOMER},
    create=drafts.create,
    looks_first=True,
    update=drafts.change,
    deletable=True,
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
    comparisons=(
        _NOTES_OF_SOURCE,
        Comparison(
            "customer_id", Several(UuidInput()), true() & _OF_CUSTOMER, "Only credit notes to one of these customers"
        ),
    ),
    sort=("number", "issued_on", "total", "created_at"),
    default_sort="-issued_on",
    search=True,
    hidden=("line_count",),
    computed={"totals": totals(CreditNote, "taxable", "tax", "total")},
    expand={"invoice": Expansion("invoice_id", Invoice, ("number", "customer_id", "total"))},
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
    comparisons=(
        _PAYMENTS_OF_SOURCE,
        Comparison(
            "has_credit",
            StrictBool(),
            true() & text("has_credit = :f_has_credit"),
            "Only payments of which something settles nothing yet, or not",
        ),
    ),
    hidden=("has_credit",),
    computed={"credit": literal_column("(amount - allocated - refunded)", Numeric(14, 2))},
    create=payments.record,
    updatable=False,
)
ALL = (DRAFTS, INVOICES, CREDIT_NOTES, PAYMENTS)
"""In the order in which their paths are tried: ``/invoices/drafts`` is no ``/invoices/{id}``."""
