"""Jobs, what is done and built in for them, who worked how long, what was found, agreed and declined."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantKey, TenantRow
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.lifecycle import SubState, state_check
from jemeti_platform.types import CostColumn, MoneyColumn, PercentColumn, QuantityColumn, money_check

from .lifecycle import JOB

__all__ = [
    "APPROVALS",
    "CHANNELS",
    "LINE_KINDS",
    "LINE_STATES",
    "PART_STATES",
    "PAYERS",
    "PRIORITIES",
    "VISIBILITIES",
    "Approval",
    "Bay",
    "Check",
    "DeclinedWork",
    "GatePass",
    "Image",
    "Job",
    "JobLine",
    "JobMechanic",
    "JobPart",
    "Milestone",
    "Note",
    "ServiceItem",
    "Timer",
]

PRIORITIES = ("low", "normal", "high", "urgent")
PAYERS = ("customer", "insurance")
LINE_KINDS = ("labour", "sublet", "fee")
LINE_STATES = ("open", "in_progress", "done", "cancelled")
PART_STATES = ("planned", "issued", "returned")
APPROVALS = ("proposed", "approved", "declined")
CHANNELS = ("in_person", "phone", "email", "sms", "chat", "portal")
VISIBILITIES = ("internal", "customer")
_WORDS = {
    "type": "array",
    "description": "What looks odd without being wrong, such as a vehicle that is another customer's",
    "items": {"type": "object", "properties": {"field": {"type": "string"}, "message": {"type": "string"}}},
    "examples": [[]],
}
_TAXES = {
    "type": "array",
    "description": "Each tax of it, as it stood when it was last priced; what is approved keeps them",
    "items": {"type": "object"},
}


def _one_of(column: str, words: tuple[str, ...]) -> CheckConstraint:
    return CheckConstraint(f"{column} IN ({', '.join(repr(word) for word in words)})", name=f"{column}_known")


def _priced() -> tuple[CheckConstraint, ...]:
    """The rules of what is priced: quantities and prices as typed in, amounts as reckoned."""
    return (
        _one_of("approval", APPROVALS),
        CheckConstraint("NOT within_tolerance OR approval = 'approved'", name="tolerated_is_approved"),
        CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        money_check("quantity", minimum=0),
        money_check("unit_price", minimum=0),
        money_check("discount_percent", minimum=0, maximum=100),
        money_check("discount_amount", minimum=0),
        money_check("tax_rate", minimum=0, maximum=100),
        money_check("insurance_percent", minimum=0, maximum=100),
        money_check("amount"),
        money_check("discount"),
        money_check("taxable"),
        money_check("tax"),
        money_check("total"),
    )


class Bay(TenantBase):
    """A place in the workshop where a vehicle stands while it is worked on."""

    __tablename__ = "jobs_bays"
    __shape__ = (
        Unique("name", where="status = 'active'"),
        Indexed("position"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
    )

    name: Mapped[str]
    kind: Mapped[str | None]
    notes: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class ServiceItem(TenantBase):
    """A service of the catalogue: what it usually takes, and costs. Without a price it is priced by the hour."""

    __tablename__ = "jobs_services"
    __shape__ = (
        Unique("code"),
        Indexed("created_at"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Search("code", "name", "category"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        money_check("default_hours", minimum=0),
        money_check("price", minimum=0),
    )

    code: Mapped[str | None]
    name: Mapped[str]
    category: Mapped[str | None]
    description: Mapped[str | None]
    default_hours: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("1"))
    price: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    tax_rate_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class Job(TenantBase):
    """One visit of one vehicle. ``found_by`` is what people look for: its customer's and vehicle's names are joined."""

    __tablename__ = "jobs_jobs"
    __shape__ = (
        Unique("number"),
        Reference("customer_id", "crm_customers"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("insurance_payer_id", "crm_customers"),
        Reference("bay_id", "jobs_bays"),
        Reference("advisor_id", "users"),
        Reference("comeback_of_id", "jobs_jobs"),
        SubState(),
        state_check(JOB),
        Indexed("created_at"),
        Indexed("status", "created_at"),
        Indexed("promised_at"),
        Search("number", "concern", "customer_name", "vehicle_name"),
        _one_of("priority", PRIORITIES),
        _one_of("payer_type", PAYERS),
        CheckConstraint("payer_type = 'customer' OR insurance_payer_id IS NOT NULL", name="insurer_known"),
        CheckConstraint("comeback_of_id <> id", name="comeback_of_another"),
        CheckConstraint("odometer_in >= 0", name="odometer_in"),
        CheckConstraint("odometer_out >= 0", name="odometer_out"),
        CheckConstraint("odometer_out >= odometer_in", name="left_with_no_less"),
        money_check("pre_auth_limit", minimum=0),
        money_check("deductible", minimum=0),
        money_check("subtotal"),
        money_check("discount"),
        money_check("taxable"),
        money_check("tax"),
        money_check("total"),
    )

    number: Mapped[str]
    customer_id: Mapped[UUID]
    vehicle_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    sub_state_id: Mapped[UUID | None]
    bay_id: Mapped[UUID | None]
    advisor_id: Mapped[UUID | None]
    concern: Mapped[str | None]
    odometer_in: Mapped[int | None]
    odometer_out: Mapped[int | None]
    odometer_reason: Mapped[str | None]
    promised_at: Mapped[datetime | None]
    priority: Mapped[str] = mapped_column(server_default=text("'normal'"))
    payer_type: Mapped[str] = mapped_column(server_default=text("'customer'"))
    insurance_payer_id: Mapped[UUID | None]
    pre_auth_limit: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    deductible: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    comeback_of_id: Mapped[UUID | None]
    quoted_at: Mapped[datetime | None]
    prices_include_tax: Mapped[bool] = mapped_column(server_default=text("false"))
    subtotal: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax_lines: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))
    customer_name: Mapped[str | None]
    vehicle_name: Mapped[str | None]
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": _WORDS})


class JobMechanic(TenantKey):
    """Who is to work on a job."""

    __tablename__ = "jobs_mechanics"
    __shape__ = (
        Reference("job_id", "jobs_jobs", index=False),
        Reference("user_id", "users"),
    )

    job_id: Mapped[UUID] = mapped_column(primary_key=True)
    user_id: Mapped[UUID] = mapped_column(primary_key=True)
    position: Mapped[int] = mapped_column(server_default=text("0"))


class JobLine(TenantBase):
    """Work on a job: by our own people, by a vendor, or a fee. What it comes to is reckoned, never typed in."""

    __tablename__ = "jobs_lines"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Reference("service_id", "jobs_services"),
        Reference("mechanic_id", "users"),
        Reference("tax_rate_id", "billing_tax_rates"),
        _one_of("kind", LINE_KINDS),
        _one_of("status", LINE_STATES),
        money_check("hours", minimum=0),
        money_check("labour_cost", minimum=0),
        money_check("sublet_cost", minimum=0),
        CheckConstraint(
            "kind = 'sublet' OR (sublet_vendor IS NULL AND sublet_cost IS NULL)", name="sublet_is_of_sublet"
        ),
        *_priced(),
    )

    job_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    kind: Mapped[str] = mapped_column(server_default=text("'labour'"))
    description: Mapped[str]
    service_id: Mapped[UUID | None]
    mechanic_id: Mapped[UUID | None]
    hours: Mapped[Decimal | None] = mapped_column(QuantityColumn())
    labour_cost: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    sublet_vendor: Mapped[str | None]
    sublet_cost: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    approval: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    within_tolerance: Mapped[bool] = mapped_column(server_default=text("false"))
    quotation_line_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("1"))
    unit_price: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    discount_amount: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    tax_rate_id: Mapped[UUID | None]
    tax_rate: Mapped[Decimal | None] = mapped_column(PercentColumn())
    insurance_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    note: Mapped[str | None]
    amount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": _TAXES})


class JobPart(TenantBase):
    """A part for a job: a product out of stock, something else in words, or what the customer brings along."""

    __tablename__ = "jobs_parts"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Reference("line_id", "jobs_lines"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Indexed("product_id", where="product_id IS NOT NULL"),
        _one_of("status", PART_STATES),
        CheckConstraint("NOT customer_supplied OR (unit_price = 0 AND product_id IS NULL)", name="supplied_is_free"),
        money_check("unit_cost", minimum=0),
        *_priced(),
    )

    job_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    line_id: Mapped[UUID | None]
    product_id: Mapped[UUID | None]
    description: Mapped[str]
    part_number: Mapped[str | None]
    customer_supplied: Mapped[bool] = mapped_column(server_default=text("false"))
    unit_cost: Mapped[Decimal | None] = mapped_column(CostColumn())
    status: Mapped[str] = mapped_column(server_default=text("'planned'"))
    approval: Mapped[str] = mapped_column(server_default=text("'proposed'"))
    within_tolerance: Mapped[bool] = mapped_column(server_default=text("false"))
    quotation_line_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("1"))
    unit_price: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    discount_amount: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    tax_rate_id: Mapped[UUID | None]
    tax_rate: Mapped[Decimal | None] = mapped_column(PercentColumn())
    insurance_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    note: Mapped[str | None]
    amount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": _TAXES})


class Timer(TenantBase):
    """Time that a mechanic worked on a line, running while ``stopped_at`` is empty: one at a time for each."""

    __tablename__ = "jobs_timers"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Reference("line_id", "jobs_lines"),
        Reference("mechanic_id", "users"),
        Unique("mechanic_id", where="stopped_at IS NULL", name="uq_jobs_timers_running"),
        CheckConstraint("stopped_at >= started_at", name="stopped_after_start"),
    )

    job_id: Mapped[UUID]
    line_id: Mapped[UUID]
    mechanic_id: Mapped[UUID]
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    stopped_at: Mapped[datetime | None]


class Note(TenantRow):
    """A note on a job, for ourselves or for the customer to read. It stays as it was written."""

    __tablename__ = "jobs_notes"
    __shape__ = (Reference("job_id", "jobs_jobs"), _one_of("visibility", VISIBILITIES))

    job_id: Mapped[UUID]
    visibility: Mapped[str] = mapped_column(server_default=text("'internal'"))
    text: Mapped[str]
    author_id: Mapped[UUID | None]
    author_name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Image(TenantBase):
    """A picture of a job, for ourselves or for the customer to see."""

    __tablename__ = "jobs_images"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Reference("file_id", "files"),
        _one_of("visibility", VISIBILITIES),
    )

    job_id: Mapped[UUID]
    file_id: Mapped[UUID]
    caption: Mapped[str | None]
    visibility: Mapped[str] = mapped_column(server_default=text("'internal'"))


class Milestone(TenantBase):
    """Something that is to be reached on the way: parts arrived, bodywork back from the painter."""

    __tablename__ = "jobs_milestones"
    __shape__ = (Reference("job_id", "jobs_jobs"),)

    job_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    title: Mapped[str]
    due_at: Mapped[datetime | None]
    reached_at: Mapped[datetime | None]


class Check(TenantBase):
    """One point of the quality check; ``result`` is empty until somebody has looked."""

    __tablename__ = "jobs_checks"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        CheckConstraint("result IN ('passed', 'failed')", name="result_known"),
    )

    job_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    title: Mapped[str]
    result: Mapped[str | None]
    note: Mapped[str | None]
    checked_by: Mapped[UUID | None]
    checked_at: Mapped[datetime | None]


class Approval(TenantRow):
    """Who approved or declined what exactly, and how we know: written once.

    ``subject_type`` is what was decided on: the job itself, by word, or a quotation or amendment in its ``revision``.
    ``content_hash`` is the SHA-256 of the lines as they were shown.
    """

    __tablename__ = "jobs_approvals"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Indexed("subject_id"),
        CheckConstraint("subject_type IN ('job', 'quotation', 'amendment')", name="subject_type_known"),
        _one_of("channel", (*CHANNELS, "tolerance")),  # the last is nobody's to choose: nobody was asked
    )

    job_id: Mapped[UUID]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    content_hash: Mapped[str]
    decisions: Mapped[list[Any]] = mapped_column(JSONB)
    name: Mapped[str]
    channel: Mapped[str]
    note: Mapped[str | None]
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    address: Mapped[str | None]
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())


class DeclinedWork(TenantBase):
    """Work that a customer did not want, kept for the vehicle until it is done, or given up."""

    __tablename__ = "jobs_declined_work"
    __shape__ = (
        Reference("vehicle_id", "crm_vehicles"),
        Reference("customer_id", "crm_customers"),
        Reference("job_id", "jobs_jobs"),
        Reference("service_id", "jobs_services"),
        Reference("taken_up_job_id", "jobs_jobs"),
        Indexed("created_at"),
        CheckConstraint("kind IN ('labour', 'part', 'sublet', 'fee')", name="kind_known"),
        CheckConstraint("status IN ('open', 'taken_up', 'dismissed')", name="status_known"),
        money_check("quantity", minimum=0),
        money_check("unit_price", minimum=0),
    )
    __sample__: ClassVar[dict[str, Any]] = {"kind": "labour"}

    vehicle_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    job_id: Mapped[UUID | None]
    kind: Mapped[str]
    description: Mapped[str]
    service_id: Mapped[UUID | None]
    product_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("1"))
    unit_price: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    reason: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'open'"))
    taken_up_job_id: Mapped[UUID | None]


class GatePass(TenantRow):
    """The paper by which a vehicle may leave: numbered, issued once for each time that it leaves."""

    __tablename__ = "jobs_gate_passes"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Unique("number"),
        Reference("document_id", "issued_documents"),
    )

    job_id: Mapped[UUID]
    number: Mapped[str]
    document_id: Mapped[UUID]
    bearer: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
