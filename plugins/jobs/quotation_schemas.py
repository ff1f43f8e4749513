"""What a client may send of quotations, and the shapes of what they answer."""

from __future__ import annotations

from typing import Any

import colander

from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import Day, Money, OneOf, Percent, Quantity, StrictBool, Text, Uuid

from .models import CHANNELS
from .quotation_lines import MOST_LINES
from .quotation_models import DECISIONS, QUOTED_KINDS

__all__ = ["APPROVAL", "LINE", "AmendmentSchema", "DecisionsSchema", "QuotationChange", "QuotationSchema"]


def _one_discount(node: Any, value: dict[str, Any]) -> None:
    if value.get("discount_percent") is not None and value.get("discount_amount") is not None:
        problem = colander.Invalid(node)
        problem.add(colander.Invalid(node["discount_amount"], "Give a percentage or an amount, not both"))
        raise problem


class QuotedLine(Mapping):
    """A line of a quotation. What is left out is taken from the catalogue, where it names a service of it."""

    validator = staticmethod(_one_discount)

    id = colander.SchemaNode(
        Uuid(),
        missing=None,
        description="That of a line of this draft, which keeps it, and where it comes from",
        example=None,
    )
    kind = colander.SchemaNode(OneOf(QUOTED_KINDS), missing="labour", example="labour")
    description = colander.SchemaNode(Text(max=500), missing=None, example="Replace the front brake pads")
    service_id = colander.SchemaNode(Uuid(), missing=None, refers="jobs_services")
    product_id = colander.SchemaNode(Uuid(), missing=None, description="Where somebody keeps stock", example=None)
    quantity = colander.SchemaNode(Quantity(min=0), missing=None, description="Hours, of labour", example="1.500")
    unit_price = colander.SchemaNode(Money(min=0), missing=None, example="900.00")
    discount_percent = colander.SchemaNode(
        Percent(), missing=None, description="The membership's by default, if there is one", example="10"
    )
    discount_amount = colander.SchemaNode(
        Money(min=0), missing=None, description="Instead of a percentage", example=None
    )
    tax_rate_id = colander.SchemaNode(
        Uuid(), missing=None, refers="billing_tax_rates", description="The default rate where neither is given"
    )
    tax_rate = colander.SchemaNode(Percent(), missing=None, description="A percentage instead of an id", example=None)
    insurance_percent = colander.SchemaNode(
        Percent(), missing=None, description="How much of it the insurance pays", example="80"
    )
    note = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)
    declined_work_id = colander.SchemaNode(
        Uuid(), missing=None, description="The declined work of this vehicle that it takes up", example=None
    )


_LINES_EXAMPLE = [
    {"kind": "labour", "description": "Replace the front brake pads", "quantity": "1.500", "unit_price": "900.00"},
    {"kind": "part", "description": "Brake pads, front", "quantity": "1", "unit_price": "6800.00"},
]


class QuotationChange(Mapping):
    """What can be changed of a quotation that is a draft. ``lines`` are replaced as a whole."""

    valid_until = colander.SchemaNode(
        Day(),
        missing=None,
        description="The last day on which it may be approved; by default as the settings of jobs say",
    )
    note = colander.SchemaNode(Text(max=5000, multiline=True), missing=None, description="For the customer")
    lines = list_of(QuotedLine(), max=MOST_LINES, missing=(), example=_LINES_EXAMPLE)


class AmendmentSchema(QuotationChange):
    """A change order to a quotation of which something is approved."""


class QuotationSchema(QuotationChange):
    """A quotation for a job."""

    job_id = colander.SchemaNode(Uuid(), refers="jobs_jobs")
    with_declined_work = colander.SchemaNode(
        StrictBool(),
        missing=True,
        description="Offer what was declined on this vehicle before and is still open, as lines",
    )


class LineDecision(Mapping):
    line_id = colander.SchemaNode(Uuid(), refers="jobs_quotation_lines")
    decision = colander.SchemaNode(OneOf(DECISIONS), example="approved")


class DecisionsSchema(Mapping):
    """What a customer has decided, as told to us."""

    decisions = list_of(LineDecision(), min=1, max=MOST_LINES)
    name = colander.SchemaNode(Text(max=200), description="Who decided", example="Rahim Uddin")
    channel = colander.SchemaNode(OneOf(CHANNELS), description="How we were told", example="phone")
    note = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)


_TEXT = {"type": "string"}
_SOME = {"type": ["string", "null"]}
_ID = {"type": "string", "format": "uuid"}
_SOME_ID = {"type": ["string", "null"], "format": "uuid"}
_EXACT = {"type": "string", "format": "decimal"}
_SOME_EXACT = {"type": ["string", "null"], "format": "decimal"}
_DECISION = {"type": ["string", "null"], "enum": [*DECISIONS, None], "description": "null until it is decided on"}

LINE: dict[str, Any] = {
    "type": "object",
    "title": "Quotation line",
    "properties": {
        "id": _ID,
        "position": {"type": "integer"},
        "kind": {"type": "string", "enum": list(QUOTED_KINDS)},
        "description": _TEXT,
        "service_id": _SOME_ID,
        "product_id": _SOME_ID,
        "quantity": _EXACT,
        "unit_price": _EXACT,
        "discount_percent": _SOME_EXACT,
        "discount_amount": _SOME_EXACT,
        "tax_rate_id": _SOME_ID,
        "tax_rate": _SOME_EXACT,
        "insurance_percent": _SOME_EXACT,
        "note": _SOME,
        "declined_work_id": {**_SOME_ID, "description": "The declined work that comes back with it"},
        "source": {**_SOME, "description": "Who recommended it, such as dvi.inspection"},
        "source_id": _SOME_ID,
        "source_item_id": {**_SOME_ID, "description": "What of the source it is about, such as an inspection's item"},
        **dict.fromkeys(("amount", "discount", "taxable", "tax", "total"), _EXACT),
        "decision": _DECISION,
    },
}

APPROVAL: dict[str, Any] = {
    "type": "object",
    "title": "Approval record",
    "properties": {
        "id": _ID,
        "subject_type": {"type": "string", "enum": ["quotation", "amendment"]},
        "revision": {"type": "integer"},
        "content_hash": {**_TEXT, "description": "SHA-256 of exactly what was decided on, in hexadecimal"},
        "decisions": {
            "type": "array",
            "description": "The lines as they were shown, each with the decision on it",
            "items": {"type": "object"},
        },
        "name": _TEXT,
        "channel": {"type": "string", "enum": list(CHANNELS)},
        "note": _SOME,
        "actor_kind": _TEXT,
        "actor_id": _SOME_ID,
        "actor_name": _SOME,
        "address": _SOME,
        "decided_at": {"type": "string", "format": "date-time"},
    },
}
