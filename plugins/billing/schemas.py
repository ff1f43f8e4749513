"""What a client may send, and the shapes of answers that are no record."""

from __future__ import annotations

from typing import Any

import colander
from stdnum import bic

from jemeti_platform.errors import Invalid
from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import (
    Day,
    Money,
    OneOf,
    Percent,
    Quantity,
    Slug,
    StrictBool,
    StrictInt,
    Text,
    Uuid,
)

from . import rates
from .contract import KINDS
from .models import ACCOUNT_KINDS, MOST_COMPONENTS

__all__ = [
    "CALCULATED",
    "VERSION",
    "CalculateSchema",
    "PaymentAccountChange",
    "PaymentAccountSchema",
    "PricedSchema",
    "TaxRateChange",
    "TaxRateSchema",
    "TaxVersionSchema",
]

MOST_LINES = 500


def _bic(node: Any, value: str) -> None:
    if not bic.is_valid(value):
        raise colander.Invalid(node, "Must be a BIC of 8 or 11 characters (ISO 9362)")


class PaymentAccountChange(Mapping):
    """What can be changed of a payment account: everything but its kind."""

    name = colander.SchemaNode(Text(max=80), example="City Bank, current account")
    provider = colander.SchemaNode(
        Text(max=80), missing=None, description="The bank, the wallet, who runs the card terminal", example="City Bank"
    )
    number = colander.SchemaNode(
        Text(max=64), missing=None, example="1102 4455 6677",
        description="Of a bank account its IBAN or number, of a wallet its telephone number, of a terminal its id; "
        "never that of a payment card",
    )  # fmt: skip
    bic = colander.SchemaNode(
        Text(max=11), missing=None, validator=_bic, description="Of a bank (ISO 9362)", example="CIBLBDDH"
    )
    notes = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)
    position = colander.SchemaNode(StrictInt(0, 9999), missing=0, description="Where it stands in lists, lowest first")
    is_default = colander.SchemaNode(
        StrictBool(), missing=False, description="Offered first among those of its kind; the one before steps down"
    )
    status = colander.SchemaNode(OneOf(("active", "archived")), missing="active")


class PaymentAccountSchema(PaymentAccountChange):
    """A payment account."""

    kind = colander.SchemaNode(OneOf(ACCOUNT_KINDS), example="bank")


class TaxRateChange(Mapping):
    """What can be changed of a tax rate. Its percentages are revised, its code stays."""

    name = colander.SchemaNode(Text(max=80), description="As it stands on documents", example="VAT 15 %")
    notes = colander.SchemaNode(Text(max=1000, multiline=True), missing=None)
    is_default = colander.SchemaNode(
        StrictBool(), missing=False, description="For lines that name none; the one before steps down"
    )
    status = colander.SchemaNode(OneOf(("active", "archived")), missing="active")


class Component(Mapping):
    """One of several taxes."""

    name = colander.SchemaNode(Text(max=80), example="CGST 9 %")
    rate = colander.SchemaNode(Percent(), example="9")
    compound = colander.SchemaNode(
        StrictBool(), missing=False, description="Reckoned on the taxable amount and the taxes before it"
    )


def _adds_up(node: Any, value: dict[str, Any]) -> None:
    try:
        rates.components_of(value, value.get("name", ""))
    except Invalid as invalid:
        problem = colander.Invalid(node)
        for one in invalid.problems:
            problem.add(colander.Invalid(node[one["field"]], one["message"]))
        raise problem from None


class TaxVersionSchema(Mapping):
    """What a rate is, and from when on: a ``rate``, or several components."""

    validator = staticmethod(_adds_up)

    rate = colander.SchemaNode(Percent(), missing=None, description="Per cent of the taxable amount", example="18")
    components = list_of(
        Component(), max=MOST_COMPONENTS, missing=(),
        description="Where one rate is several taxes, in the order in which they are reckoned",
        example=[{"name": "CGST 9 %", "rate": "9"}, {"name": "SGST 9 %", "rate": "9"}],
    )  # fmt: skip
    kind = colander.SchemaNode(
        OneOf(KINDS), missing=None, description="standard by default, or zero for a rate of 0", example="standard"
    )
    valid_from = colander.SchemaNode(Day(), missing=None, description="The first day; today by default")


class TaxRateSchema(TaxRateChange, TaxVersionSchema):
    """A tax rate with its first percentages."""

    code = colander.SchemaNode(Slug(max=40), description="Its name for programs; it never changes", example="gst-18")


def _one_discount(node: Any, value: dict[str, Any]) -> None:
    if value.get("discount_percent") is not None and value.get("discount_amount") is not None:
        problem = colander.Invalid(node)
        problem.add(colander.Invalid(node["discount_amount"], "Give a percentage or an amount, not both"))
        raise problem


class CalculateLine(Mapping):
    """A line to be priced."""

    validator = staticmethod(_one_discount)

    quantity = colander.SchemaNode(Quantity(), description="Negative where something is taken back", example="2.500")
    unit_price = colander.SchemaNode(Money(min=0, scale=4), example="1250.00")
    discount_percent = colander.SchemaNode(Percent(), missing=None, example="10")
    discount_amount = colander.SchemaNode(
        Money(scale=3), missing=None, description="Instead of a percentage", example=None
    )
    tax_rate_id = colander.SchemaNode(
        Uuid(), missing=None, refers="billing_tax_rates", description="The default rate where neither is given"
    )
    tax_rate = colander.SchemaNode(Percent(), missing=None, description="A percentage instead of an id", example="15")


class PricedSchema(Mapping):
    """How a document is priced."""

    validator = staticmethod(_one_discount)

    discount_percent = colander.SchemaNode(Percent(), missing=None, description="On the whole document")
    discount_amount = colander.SchemaNode(
        Money(scale=3), missing=None, description="Instead of a percentage", example=None
    )
    prices_include_tax = colander.SchemaNode(StrictBool(), missing=None, description="The workspace's by default")
    tax_rounding = colander.SchemaNode(
        OneOf(("line", "document")), missing=None, description="The workspace's by default", example="line"
    )


class CalculateSchema(PricedSchema):
    """A document to be priced; nothing of it is kept."""

    lines = list_of(
        CalculateLine(), min=1, max=MOST_LINES,
        example=[
            {"quantity": "2.500", "unit_price": "1250.00", "discount_percent": "10", "tax_rate": "15"},
            {"quantity": "1", "unit_price": "99.99", "tax_rate": "15"},
        ],
    )  # fmt: skip
    on = colander.SchemaNode(Day(), missing=None, description="Whose rates; today by default")


_TEXT = {"type": "string"}
_AMOUNT = {"type": "string", "format": "decimal"}
_DAY = {"type": "string", "format": "date"}
_COMPONENT = {
    "type": "object",
    "title": "Tax component",
    "properties": {"name": _TEXT, "rate": _AMOUNT, "compound": {"type": "boolean"}},
}
VERSION: dict[str, Any] = {
    "type": "object",
    "title": "Tax rate version",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "valid_from": _DAY,
        "valid_to": {"type": ["string", "null"], "format": "date", "description": "The last day; null where none is"},
        "kind": {"type": "string", "enum": list(KINDS)},
        "rate": _AMOUNT,
        "components": {"type": "array", "items": _COMPONENT},
        "created_at": {"type": "string", "format": "date-time"},
    },
}
_TAX_LINE: dict[str, Any] = {
    "type": "object",
    "title": "Tax line",
    "properties": {
        "tax_rate_id": {"type": ["string", "null"], "format": "uuid"},
        "code": {"type": ["string", "null"]},
        "name": _TEXT,
        "kind": {"type": "string", "enum": list(KINDS)},
        "rate": _AMOUNT,
        "taxable": {**_AMOUNT, "description": "What it is reckoned on, taxes before it included where it is compound"},
        "tax": _AMOUNT,
    },
}
_LINE_TAX: dict[str, Any] = {
    "type": "object",
    "title": "Tax of a line",
    "properties": {"name": _TEXT, "rate": _AMOUNT, "compound": {"type": "boolean"}, "taxable": _AMOUNT, "tax": _AMOUNT},
}
_LINE: dict[str, Any] = {
    "type": "object",
    "title": "Priced line",
    "properties": {
        "amount": {**_AMOUNT, "description": "As entered, with tax where prices are"},
        "discount": {**_AMOUNT, "description": "Its own, and its part of the document's"},
        "document_discount": {**_AMOUNT, "description": "Its part of the document's"},
        "taxable": _AMOUNT,
        "tax": _AMOUNT,
        "total": _AMOUNT,
        "taxes": {"type": "array", "items": _LINE_TAX},
        "steps": {"type": "array", "items": _TEXT, "description": "Each figure and how it came about"},
    },
}
CALCULATED: dict[str, Any] = {
    "type": "object",
    "title": "Calculation",
    "properties": {
        "currency": {"type": "string", "format": "currency"},
        "prices_include_tax": {"type": "boolean"},
        "tax_rounding": {"type": "string", "enum": ["line", "document"]},
        "on": _DAY,
        "totals": {
            "type": "object",
            "title": "Totals",
            "properties": dict.fromkeys(("subtotal", "discount", "taxable", "tax", "total"), _AMOUNT),
        },
        "tax_lines": {"type": "array", "items": _TAX_LINE},
        "lines": {"type": "array", "items": _LINE},
    },
}
