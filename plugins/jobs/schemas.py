"""What a client may send."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import Amount, Instant, Money, OneOf, Percent, Quantity, StrictBool, StrictInt, Text, Uuid

from .models import CHANNELS, LINE_KINDS, LINE_STATES, PAYERS, PRIORITIES, VISIBILITIES

__all__ = [
    "BaySchema",
    "CheckChange",
    "CheckSchema",
    "DeclinedChange",
    "DeclinedSchema",
    "GatePassSchema",
    "ImageChange",
    "ImageSchema",
    "JobChange",
    "JobSchema",
    "LineChange",
    "LineSchema",
    "MilestoneSchema",
    "NoteSchema",
    "PartChange",
    "PartSchema",
    "ServiceItemSchema",
    "TimerSchema",
    "VerbalApprovalSchema",
]

MAX_KM = 9_999_999
_STATUS = ("active", "archived")


class BaySchema(Mapping):
    """A bay of the workshop."""

    name = colander.SchemaNode(Text(max=60), example="Lift 2")
    kind = colander.SchemaNode(Text(max=40), missing=None, description="Such as two-post lift, alignment, wash")
    notes = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)
    position = colander.SchemaNode(StrictInt(0, 9999), missing=0, description="Where it stands in lists, lowest first")
    status = colander.SchemaNode(OneOf(_STATUS), missing="active")


class ServiceItemSchema(Mapping):
    """A service of the catalogue."""

    code = colander.SchemaNode(Text(max=40), missing=None, example="OIL-5W30")
    name = colander.SchemaNode(Text(max=200), example="Oil and filter change")
    category = colander.SchemaNode(Text(max=80), missing=None, example="Maintenance")
    description = colander.SchemaNode(Text(max=2000, multiline=True), missing=None)
    default_hours = colander.SchemaNode(Quantity(min=0), missing=Decimal(1), example="0.5")
    price = colander.SchemaNode(
        Money(min=0), missing=None, description="For all of it; without one it is hours by the workspace's labour rate"
    )
    tax_rate_id = colander.SchemaNode(Uuid(), missing=None, refers="billing_tax_rates")
    status = colander.SchemaNode(OneOf(_STATUS), missing="active")


def _fits(node: Any, value: dict[str, Any]) -> None:
    problem = colander.Invalid(node)
    if value.get("payer_type") == "insurance" and value.get("insurance_payer_id") is None:
        problem.add(colander.Invalid(node["insurance_payer_id"], "Required where an insurance pays"))
    came, left = value.get("odometer_in"), value.get("odometer_out")
    if came is not None and left is not None and left < came:
        said = f"Less than the {came} km that it came with; if it was replaced, read it at the vehicle"
        problem.add(colander.Invalid(node["odometer_out"], said))
    if problem.children:
        raise problem


class JobChange(Mapping):
    """What can be changed of a job: everything but whose it is."""

    validator = staticmethod(_fits)

    vehicle_id = colander.SchemaNode(Uuid(), missing=None, description="Needed to take it in, fixed from then on")
    concern = colander.SchemaNode(
        Text(max=5000, multiline=True), missing=None, description="What the customer says", example="Brakes squeal"
    )
    bay_id = colander.SchemaNode(Uuid(), missing=None)
    advisor_id = colander.SchemaNode(Uuid(), missing=None, description="Who speaks with the customer")
    mechanic_ids = list_of(Uuid(), max=20, missing=(), description="Who is to work on it", refers="users")
    odometer_in = colander.SchemaNode(StrictInt(0, MAX_KM), missing=None, description="In kilometres, as it came")
    odometer_out = colander.SchemaNode(StrictInt(0, MAX_KM), missing=None, description="In kilometres, as it left")
    odometer_reason = colander.SchemaNode(
        Text(max=500),
        missing=None,
        example=None,
        description="Needed where the odometer shows less than was read before",
    )
    promised_at = colander.SchemaNode(Instant(), missing=None, description="When it is to be ready")
    priority = colander.SchemaNode(OneOf(PRIORITIES), missing="normal")
    payer_type = colander.SchemaNode(OneOf(PAYERS), missing="customer")
    insurance_payer_id = colander.SchemaNode(
        Uuid(), missing=None, description="A customer of kind company", refers="crm_customers", example=None
    )
    pre_auth_limit = colander.SchemaNode(Amount(min=0), missing=None, description="What the insurance pays at most")
    deductible = colander.SchemaNode(Amount(min=0), missing=None, description="What the customer pays of it anyway")
    comeback_of_id = colander.SchemaNode(
        Uuid(), missing=None, description="The job that this one makes good", refers="jobs_jobs", example=None
    )


class JobSchema(JobChange):
    """One visit of one vehicle."""

    customer_id = colander.SchemaNode(Uuid())


def _one_discount(node: Any, value: dict[str, Any]) -> None:
    if value.get("discount_percent") is not None and value.get("discount_amount") is not None:
        problem = colander.Invalid(node)
        problem.add(colander.Invalid(node["discount_amount"], "Give a percentage or an amount, not both"))
        raise problem


class _Priced(Mapping):
    validator = staticmethod(_one_discount)

    description = colander.SchemaNode(Text(max=500), missing=None, example="Front brake pads")
    quantity = colander.SchemaNode(Quantity(min=0), missing=None, example="1")
    unit_price = colander.SchemaNode(Money(min=0), missing=None, example="1250.00")
    discount_percent = colander.SchemaNode(Percent(), missing=None, example=None)
    discount_amount = colander.SchemaNode(
        Money(min=0), missing=None, description="Instead of a percentage", example=None
    )
    tax_rate_id = colander.SchemaNode(
        Uuid(), missing=None, refers="billing_tax_rates", description="The default rate where neither is given"
    )
    tax_rate = colander.SchemaNode(Percent(), missing=None, description="A percentage instead of an id", example=None)
    insurance_percent = colander.SchemaNode(Percent(), missing=None, description="What of it the insurance covers")
    note = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)
    position = colander.SchemaNode(StrictInt(0, 9999), missing=0)


class LineChange(_Priced):
    """What can be changed of a line. Mechanics change its status and note, the office all of it."""

    mechanic_id = colander.SchemaNode(Uuid(), missing=None, refers="users")
    hours = colander.SchemaNode(Quantity(min=0), missing=None, description="What it is thought to take")
    labour_cost = colander.SchemaNode(Money(min=0), missing=None, description="What it costs us, where that is known")
    sublet_vendor = colander.SchemaNode(Text(max=200), missing=None, example=None, description="Who does it, of sublet")
    sublet_cost = colander.SchemaNode(Money(min=0), missing=None, example=None, description="What the vendor takes")
    status = colander.SchemaNode(OneOf(LINE_STATES), missing="open")


class LineSchema(LineChange):
    """Work on a job. What is not given is taken from the service, if it is one of the catalogue."""

    kind = colander.SchemaNode(OneOf(LINE_KINDS), missing="labour")
    service_id = colander.SchemaNode(Uuid(), missing=None, refers="jobs_services")


class PartChange(_Priced):
    """What can be changed of a part."""

    line_id = colander.SchemaNode(Uuid(), missing=None, refers="jobs_lines", example=None)
    part_number = colander.SchemaNode(Text(max=80), missing=None)
    unit_cost = colander.SchemaNode(
        Money(min=0, scale=6), missing=None, description="What one of it costs us; of a product the stock says so"
    )


class PartSchema(PartChange):
    """A part for a job: a product, or what is described in words."""

    product_id = colander.SchemaNode(
        Uuid(), missing=None, refers=None, example=None, description="A product of whoever keeps stock"
    )
    customer_supplied = colander.SchemaNode(StrictBool(), missing=False, description="The customer brings it along")


class NoteSchema(Mapping):
    """A note; it stays as it is written."""

    text = colander.SchemaNode(Text(max=5000, multiline=True), example="Noise from the left rear, over 60 km/h")
    visibility = colander.SchemaNode(OneOf(VISIBILITIES), missing="internal")


class ImageChange(Mapping):
    """What can be changed of a picture."""

    caption = colander.SchemaNode(Text(max=500), missing=None)
    visibility = colander.SchemaNode(OneOf(VISIBILITIES), missing="internal")


class ImageSchema(ImageChange):
    """A picture of a job."""

    file_id = colander.SchemaNode(Uuid(), refers="files")


class MilestoneSchema(Mapping):
    """Something to be reached on the way."""

    title = colander.SchemaNode(Text(max=200), example="Parts have arrived")
    due_at = colander.SchemaNode(Instant(), missing=None)
    reached_at = colander.SchemaNode(Instant(), missing=None)
    position = colander.SchemaNode(StrictInt(0, 9999), missing=0)


class CheckChange(Mapping):
    """What can be changed of a point of the quality check."""

    title = colander.SchemaNode(Text(max=200), example="Test drive")
    position = colander.SchemaNode(StrictInt(0, 9999), missing=0)
    result = colander.SchemaNode(OneOf(("passed", "failed")), missing=None)
    note = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)


class CheckSchema(CheckChange):
    """A point of the quality check."""


class TimerSchema(Mapping):
    """Whose clock; one's own by default."""

    mechanic_id = colander.SchemaNode(Uuid(), missing=None, refers="users", description="Oneself by default")


class GatePassSchema(Mapping):
    """A vehicle that leaves."""

    bearer = colander.SchemaNode(Text(max=200), missing=None, description="Who drives it out; the customer by default")
    purpose = colander.SchemaNode(Text(max=200), missing=None, example="Handed over after repair")
    valid_until = colander.SchemaNode(Instant(), missing=None)


class VerbalApprovalSchema(Mapping):
    """What a customer has approved by word."""

    name = colander.SchemaNode(Text(max=200), description="Who said so", example="Rahim Uddin")
    channel = colander.SchemaNode(OneOf(CHANNELS), description="How", example="phone")
    note = colander.SchemaNode(Text(max=2000, multiline=True), missing=None)
    line_ids = list_of(
        Uuid(),
        max=500,
        missing=None,
        refers="jobs_lines",
        example=None,
        description="Which lines; all that are open by default",
    )
    part_ids = list_of(
        Uuid(),
        max=500,
        missing=None,
        refers="jobs_parts",
        example=None,
        description="Which parts; all that are open by default",
    )


class DeclinedChange(Mapping):
    """What can be changed of declined work."""

    reason = colander.SchemaNode(Text(max=500), missing=None, example="Will come back after Eid")
    status = colander.SchemaNode(OneOf(("open", "dismissed")), missing="open")


class DeclinedSchema(DeclinedChange):
    """Work that a customer did not want."""

    vehicle_id = colander.SchemaNode(Uuid())
    job_id = colander.SchemaNode(Uuid(), missing=None, example=None)
    kind = colander.SchemaNode(OneOf(("labour", "part", "sublet", "fee")), missing="labour")
    description = colander.SchemaNode(Text(max=500), example="Rear brake discs")
    service_id = colander.SchemaNode(Uuid(), missing=None, refers="jobs_services")
    quantity = colander.SchemaNode(Quantity(min=0), missing=Decimal(1))
    unit_price = colander.SchemaNode(Money(min=0), missing=Decimal(0))
