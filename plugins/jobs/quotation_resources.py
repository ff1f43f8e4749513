"""Quotations over HTTP: plain create, read and change."""

from __future__ import annotations

from jemeti_platform.rest.resource import Expansion, Resource

from . import quotations
from .offer.viewing import VIEWS
from .quotation_models import Quotation
from .quotation_representation import COMPUTED
from .quotation_schemas import QuotationChange, QuotationSchema

__all__ = ["QUOTATIONS"]

QUOTATIONS = Resource(
    name="jobs.quotations",
    path="/jobs/quotations",
    model=Quotation,
    schema=QuotationSchema,
    change=QuotationChange,
    feature="jobs.quotations",
    title="quotation",
    description="Priced proposals for jobs, and amendments to them, in revisions. What was sent does not change",
    filters=(
        "number", "revision", "kind", "status", "job_id", "customer_id", "vehicle_id", "amends_id", "total",
        "valid_until", "sent_at", "created_at", "updated_at",
    ),
    sort=("created_at", "updated_at", "number"),
    hidden=("share_token", "subtotal", "discount", "taxable", "tax", "total"),
    computed={**COMPUTED, **VIEWS.computed},
    comparisons=(VIEWS.filter,),
    expand={
        "customer": Expansion("customer_id", "crm_customers", ("name", "phone", "email"), "crm.customers:read"),
        "vehicle": Expansion("vehicle_id", "crm_vehicles", ("plate", "make", "model"), "vehicles.customer:read"),
    },
    lifecycle="jobs.quotation",
    create=quotations.create,
    looks_first=True,
    update=quotations.change,
)  # fmt: skip
