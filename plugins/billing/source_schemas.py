"""What a client may send about the payments and credit notes of a job or an order."""

from __future__ import annotations

import colander

from jemeti_platform.rest.schema import list_of
from jemeti_platform.types import Uuid

from .invoice_schemas import AllocationInput, CreditNoteSchema, PaymentSchema

__all__ = ["SourceCreditNoteSchema", "SourcePaymentSchema"]


class SourcePaymentSchema(PaymentSchema):
    """Money that came in for this; what is left over is the credit of whoever paid."""

    customer_id = colander.SchemaNode(
        Uuid(), missing=None, refers="crm_customers", example=None,
        description="Who paid, such as the insurance; by default whose invoices are named, or whose it is",
    )  # fmt: skip
    allocations = list_of(
        AllocationInput(), max=100, missing=None, example=None,
        description="Which invoices of it are settled, in order; by default those of whoever paid, the oldest first",
    )  # fmt: skip


class SourceCreditNoteSchema(CreditNoteSchema):
    """What is taken back of an invoice of this; without lines, all that is left of it."""

    invoice_id = colander.SchemaNode(
        Uuid(), missing=None, refers="billing_invoices", example=None,
        description="Needed where there are several of which something is left",
    )  # fmt: skip
