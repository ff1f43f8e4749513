"""Plain create, read and change over HTTP."""

from __future__ import annotations

from jemeti_platform.rest.resource import Expansion, Resource

from . import declined, jobs
from .comparisons import COMPARISONS
from .models import Bay, DeclinedWork, Job, ServiceItem
from .representation import COMPUTED
from .schemas import (
    BaySchema,
    DeclinedChange,
    DeclinedSchema,
    JobChange,
    JobSchema,
    ServiceItemSchema,
)

__all__ = ["BAYS", "DECLINED", "JOBS", "SERVICES"]

_VEHICLE = ("plate", "vin", "make", "model", "year", "colour")

JOBS = Resource(
    name="jobs.jobs",
    path="/jobs",
    model=Job,
    schema=JobSchema,
    change=JobChange,
    feature="jobs.core",
    title="job",
    description="One visit of one vehicle, from the gate to the gate. Jobs are cancelled, never deleted",
    filters=(
        "number", "status", "sub_state_id", "customer_id", "vehicle_id", "bay_id", "advisor_id", "priority",
        "payer_type", "insurance_payer_id", "comeback_of_id", "promised_at", "total", "created_at", "updated_at",
    ),
    comparisons=COMPARISONS,
    sort=("created_at", "updated_at", "number", "promised_at"),
    search=True,
    hidden=("subtotal", "discount", "taxable", "tax", "total", "customer_name", "vehicle_name"),
    computed=COMPUTED,
    expand={
        "customer": Expansion("customer_id", "crm_customers", ("name", "phone", "email"), "crm.customers:read"),
        "vehicle": Expansion("vehicle_id", "crm_vehicles", _VEHICLE, "vehicles.customer:read"),
        "bay": Expansion("bay_id", Bay, ("name",)),
    },
    lifecycle="jobs.job",
    create=jobs.open_job,
    looks_first=True,
    update=jobs.change,
)  # fmt: skip

BAYS = Resource(
    name="jobs.bays",
    path="/jobs/bays",
    model=Bay,
    schema=BaySchema,
    feature="jobs.core",
    title="bay",
    description="Where vehicles stand while they are worked on. They are archived, never deleted",
    filters=("status", "kind"),
    sort=("created_at", "position", "name"),
    default_sort="position",
    write="jobs.core:configure",
)

SERVICES = Resource(
    name="jobs.services",
    path="/jobs/services",
    model=ServiceItem,
    schema=ServiceItemSchema,
    feature="jobs.core",
    title="service",
    description="The catalogue: what services usually take and cost. They are archived, never deleted",
    filters=("status", "category", "code", "created_at"),
    sort=("created_at", "name", "code"),
    default_sort="name",
    search=True,
    write="jobs.core:configure",
)

DECLINED = Resource(
    name="jobs.declined_work",
    path="/jobs/declined-work",
    model=DeclinedWork,
    schema=DeclinedSchema,
    change=DeclinedChange,
    feature="jobs.core",
    title="declined work",
    description="Work that customers did not want, kept for their vehicles until it is taken up or given up",
    filters=("vehicle_id", "customer_id", "job_id", "status", "kind", "created_at"),
    sort=("created_at", "updated_at"),
    create=declined.keep,
    looks_first=True,
    update=declined.change,
)
