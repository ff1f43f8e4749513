"""Strict types for what clients send (Colander) and for what tables keep (SQLAlchemy).

Colander's own types are too kind: `Integer` takes `true` and `5.7`, `Decimal` takes `NaN`, `String` takes NUL.
"""

from jemeti_platform.types.choices import OneOf, Tags
from jemeti_platform.types.coded import Colour, CountryCode, CurrencyCode, TimeZone
from jemeti_platform.types.columns import (
    CostColumn,
    MoneyColumn,
    PercentColumn,
    QuantityColumn,
    money_check,
    money_rule,
)
from jemeti_platform.types.email import Email, email_key
from jemeti_platform.types.exact import Amount, Exact, Money, Percent, Quantity
from jemeti_platform.types.identifiers import Slug, Uuid
from jemeti_platform.types.number_pattern import NumberPattern
from jemeti_platform.types.phone import Phone
from jemeti_platform.types.plain import StrictBool, StrictInt
from jemeti_platform.types.strict import Context, NullOr, Refused, Strict
from jemeti_platform.types.text import Text
from jemeti_platform.types.times import Clock, Day, Instant
from jemeti_platform.types.vin import Vin, vin_warnings
from jemeti_platform.types.web import WebAddress

__all__ = [
    "Amount",
    "Clock",
    "Colour",
    "Context",
    "CostColumn",
    "CountryCode",
    "CurrencyCode",
    "Day",
    "Email",
    "Exact",
    "Instant",
    "Money",
    "MoneyColumn",
    "NullOr",
    "NumberPattern",
    "OneOf",
    "Percent",
    "PercentColumn",
    "Phone",
    "Quantity",
    "QuantityColumn",
    "Refused",
    "Slug",
    "Strict",
    "StrictBool",
    "StrictInt",
    "Tags",
    "Text",
    "TimeZone",
    "Uuid",
    "Vin",
    "WebAddress",
    "email_key",
    "money_check",
    "money_rule",
    "vin_warnings",
]
