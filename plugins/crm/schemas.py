"""What a client may send, and the shapes of answers that are no record."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import (
    CountryCode,
    Day,
    Email,
    Instant,
    Money,
    OneOf,
    Phone,
    StrictInt,
    Tags,
    Text,
    Uuid,
    Vin,
)

from . import history, timeline

__all__ = [
    "HAPPENED",
    "LEDGER_ENTRY",
    "OWED",
    "PAST",
    "READING",
    "Address",
    "CustomerSchema",
    "MergeSchema",
    "OdometerSchema",
    "TransferSchema",
    "VehicleChange",
    "VehicleSchema",
]

OLDEST_CAR = 1886
MAX_KM = 9_999_999


class Address(Mapping):
    """A postal address; every part may be left out."""

    street = colander.SchemaNode(Text(max=200), missing=None, example="12 Lake Road")
    city = colander.SchemaNode(Text(max=100), missing=None, example="Dhaka")
    postcode = colander.SchemaNode(Text(max=20), missing=None, example="1212")
    region = colander.SchemaNode(Text(max=100), missing=None)
    country = colander.SchemaNode(CountryCode(), missing=None, example="BD")


class CustomerSchema(Mapping):
    """A customer: a person or a company."""

    name = colander.SchemaNode(Text(max=200), description="As it stands on invoices", example="Rahim Uddin")
    kind = colander.SchemaNode(OneOf(("person", "company")), missing="person")
    phone = colander.SchemaNode(
        Phone(), missing=None, description="Kept as E.164; local numbers are read in the workspace's country",
        example="+8801712345678",
    )  # fmt: skip
    email = colander.SchemaNode(Email(), missing=None, example="rahim@mail.example")
    address = Address(missing=None)
    tax_id = colander.SchemaNode(Text(max=40), missing=None)
    tags = colander.SchemaNode(Tags(), missing=())
    notes = colander.SchemaNode(Text(max=5000, multiline=True), missing=None)
    credit_limit = colander.SchemaNode(
        Money(min=0), missing=None, description="What may be owed at most", example="500.00"
    )
    status = colander.SchemaNode(OneOf(("active", "deactivated")), missing="active")


def _year(node: Any, value: int) -> None:
    if value > datetime.now(UTC).year + 1:
        raise colander.Invalid(node, "Not later than next year's models")


def _has_a_sign(node: Any, value: str) -> None:
    if not any(char.isalnum() for char in value):
        raise colander.Invalid(node, "A plate has letters or digits")


def _plate_or_vin(node: Any, value: dict[str, Any]) -> None:
    if not value.get("plate") and not value.get("vin"):
        problem = colander.Invalid(node)
        problem.add(colander.Invalid(node["plate"], "A vehicle needs a plate or a VIN"))
        raise problem


class VehicleChange(Mapping):
    """What can be changed of a vehicle: its owner changes by a transfer, its odometer by a reading."""

    validator = staticmethod(_plate_or_vin)

    plate = colander.SchemaNode(Text(max=40), missing=None, validator=_has_a_sign, example="DHAKA METRO GA-12-3456")
    vin = colander.SchemaNode(Vin(), missing=None, example="WVWZZZ1JZXW000001")
    make = colander.SchemaNode(Text(max=60), missing=None, example="Toyota")
    model = colander.SchemaNode(Text(max=60), missing=None, example="Corolla")
    year = colander.SchemaNode(StrictInt(OLDEST_CAR, 2200), missing=None, validator=_year, example=2019)
    fuel = colander.SchemaNode(
        OneOf(("petrol", "diesel", "hybrid", "electric", "lpg", "cng", "hydrogen", "other")), missing=None
    )
    gearbox = colander.SchemaNode(OneOf(("manual", "automatic", "other")), missing=None)
    colour = colander.SchemaNode(Text(max=40), missing=None, example="White")
    notes = colander.SchemaNode(Text(max=5000, multiline=True), missing=None)
    status = colander.SchemaNode(OneOf(("active", "archived")), missing="active")


class VehicleSchema(VehicleChange):
    """A customer's vehicle, as it is registered."""

    customer_id = colander.SchemaNode(Uuid(), description="The owner")
    odometer = colander.SchemaNode(StrictInt(0, MAX_KM), missing=None, description="Kilometres", example=48250)


class MergeSchema(Mapping):
    """Which customer is the duplicate."""

    duplicate_id = colander.SchemaNode(Uuid(), description="Merged into the customer of the path, and then gone")


class TransferSchema(Mapping):
    """To whom, and since when."""

    customer_id = colander.SchemaNode(Uuid(), description="The new owner")
    since = colander.SchemaNode(Day(), missing=None, description="The first day of the new owner; today by default")
    odometer = colander.SchemaNode(
        StrictInt(0, MAX_KM), missing=None, description="Kilometres at hand-over", example=48250
    )
    reason = colander.SchemaNode(
        Text(max=500), missing=None, description="Needed where the odometer shows less than before"
    )


class OdometerSchema(Mapping):
    """A reading."""

    reading_km = colander.SchemaNode(StrictInt(0, MAX_KM), example=48250)
    read_at = colander.SchemaNode(Instant(), missing=None, description="Now by default")
    reason = colander.SchemaNode(
        Text(max=500), missing=None, description="Needed where the odometer shows less than before"
    )


def _maybe(kind: str, **more: Any) -> dict[str, Any]:
    return {"type": [kind, "null"], **more}


_ID = {"type": "string", "format": "uuid"}
_AT = {"type": "string", "format": "date-time"}
_CUSTOMER = _maybe("object", properties={"id": _ID, "name": _maybe("string", examples=["Nasrin Akter"])})
_VEHICLE = _maybe(
    "object",
    properties={
        "id": _ID,
        "plate": _maybe("string", examples=["DHAKA METRO GA-12-3456"]),
        "make": _maybe("string", examples=["Toyota"]),
        "model": _maybe("string", examples=["Corolla"]),
    },
)
_CHANGE = {"type": "object", "properties": {"before": {}, "after": {}}}

HAPPENED: dict[str, Any] = {
    "type": "object",
    "title": "Timeline entry",
    "properties": {
        "at": _AT,
        "by": _maybe("string", description="Who did it", examples=["Nasrin Sultana"]),
        "kind": {"type": "string", "enum": list(timeline.KINDS), "examples": ["changed"]},
        "changes": _maybe(
            "object",
            description="Of `changed`: the fields, with what stood there before and after",
            additionalProperties=_CHANGE,
            examples=[{"notes": {"before": None, "after": "Prefers a call"}}],
        ),
        "customer": {**_CUSTOMER, "description": "Of `merged` the duplicate, of a vehicle the other owner"},
        "vehicle": _VEHICLE,
        "message": _maybe(
            "object",
            description="Of `written_to`: the message at `/v1/messages/{id}`, and what has become of it",
            properties={
                "id": _ID,
                "template": _maybe("string", examples=["billing.invoice.overdue"]),
                "channel": {"type": "string", "enum": ["email", "sms"]},
                "status": {"type": "string", "examples": ["sent"]},
            },
        ),
    },
}
_AMOUNT = {"type": "string", "format": "decimal", "examples": ["1250.00"]}
LEDGER_ENTRY: dict[str, Any] = {
    "type": "object",
    "title": "Ledger entry",
    "properties": {
        "date": {"type": "string", "format": "date"},
        "type": {"type": "string", "enum": ["invoice", "credit_note", "payment", "refund", "transfer"]},
        "id": _ID,
        "number": {"type": "string", "examples": ["INV-2026-00001"]},
        "debit": {**_AMOUNT, "description": "What the customer owes more"},
        "credit": {**_AMOUNT, "description": "What the customer owes less"},
        "balance": {**_AMOUNT, "description": "What the customer owes after it; negative is credit"},
    },
}
OWED: dict[str, Any] = {
    "outstanding_balance": {**_AMOUNT, "description": "What the customer owes now"},
    "unallocated_credit": {**_AMOUNT, "description": "What the customer has paid and no invoice has used"},
    "ageing": {
        "type": "object",
        "description": "What is owed by the days it is overdue",
        "additionalProperties": _AMOUNT,
        "examples": [{"not_due": "1250.00"}],
    },
}
READING: dict[str, Any] = {
    "type": "object",
    "title": "Odometer reading",
    "properties": {
        "id": _ID,
        "reading_km": {"type": "integer", "examples": [48200]},
        "read_at": _AT,
        "source": {"type": "string", "description": "How it was taken", "examples": ["manual"]},
        "reason": _maybe("string", description="Why it does not fit between its neighbours", examples=[None]),
    },
}
PAST: dict[str, Any] = {
    "type": "object",
    "title": "Past of a vehicle",
    "properties": {
        "at": _AT,
        "kind": {
            "type": "string",
            "description": f"{', '.join(history.KINDS)}, or what another plugin has done",
            "examples": ["transferred"],
        },
        "customer": {**_CUSTOMER, "description": "The owner from then on"},
        "customer_before": {**_CUSTOMER, "description": "Of `transferred`: the owner until then"},
        "reading_km": _maybe("integer", examples=[None]),
        "reason": _maybe("string", description="Of an odometer reading that does not fit", examples=[None]),
        "subject": _maybe(
            "object",
            description="The record of another plugin that tells of it, such as an inspection",
            properties={"type": {"type": "string"}, "id": _ID, "title": {"type": "string"}},
            examples=[None],
        ),
    },
}
