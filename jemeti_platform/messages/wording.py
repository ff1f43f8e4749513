"""Values as people read them in messages: numbers, days and moments in the language and time zone of the workspace."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal

from .template import Value

__all__ = ["in_words", "language"]


def language(locale: str) -> Locale:
    """The language that ``bn-BD`` names; English where CLDR does not know it."""
    try:
        return Locale.parse(locale, sep="-")
    except (ValueError, UnknownLocaleError):
        return Locale("en")


def in_words(values: Mapping[str, Value], locale: str, zone: ZoneInfo) -> dict[str, str]:
    """The values as text; None is nothing at all."""
    spoken = language(locale)
    return {name: _word(value, spoken, zone) for name, value in values.items()}


def _word(value: Value, spoken: Locale, zone: ZoneInfo) -> str:
    match value:
        case None:
            return ""
        case datetime():
            return format_datetime(value.astimezone(zone), "medium", locale=spoken)
        case date():
            return format_date(value, "long", locale=spoken)
        case Decimal():
            # as many decimals as the amount has: 1250.00 is no 1,250
            exponent = value.as_tuple().exponent
            digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
            return format_decimal(value, "#,##0" + ("." + "0" * digits if digits else ""), locale=spoken)
        case int():
            return format_decimal(value, locale=spoken)
    return value
