"""The invoices, payments and credit notes of a job, at paths below its own; billing makes and shows them."""

from __future__ import annotations

from plugins.billing.contract import InvoiceSource

from . import invoicing, jobs
from .invoicing_schemas import InvoiceJobSchema

__all__ = ["JOB_INVOICES"]

JOB_INVOICES = InvoiceSource(
    name="jobs",
    source_type=invoicing.SOURCE,
    path="/jobs/{id}",
    title="job",
    feature="jobs.payments",
    read="jobs.payments:read",
    record="jobs.payments:record",
    refund="jobs.payments:refund",
    schema=InvoiceJobSchema,
    customer=jobs.customer_of,
    issue=invoicing.invoice,
    preview=invoicing.preview,
)
