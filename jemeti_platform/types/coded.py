"""Codes: of countries, currencies, time zones, colours."""

import re
from collections.abc import Callable
from typing import Any, ClassVar

from jemeti_platform.types.codes import countries, currencies, time_zones
from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Colour", "CountryCode", "CurrencyCode", "TimeZone"]


class _Code(Strict):
    known: Callable[[], frozenset[str]]
    message: str
    schema: ClassVar[dict[str, Any]]

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or value not in type(self).known():
            raise Refused(self.message)
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string", **self.schema}


class CountryCode(_Code):
    """A country, ISO 3166-1 alpha-2, in capitals."""

    known = countries
    message = 'Must be a country code of two capital letters (ISO 3166), such as "BD"'
    schema: ClassVar[dict[str, Any]] = {"format": "country", "pattern": "^[A-Z]{2}$", "examples": ["BD"]}


class CurrencyCode(_Code):
    """A currency in use, ISO 4217, in capitals."""

    known = currencies
    message = 'Must be a currency code of three capital letters (ISO 4217), such as "BDT"'
    schema: ClassVar[dict[str, Any]] = {"format": "currency", "pattern": "^[A-Z]{3}$", "examples": ["BDT"]}


class TimeZone(_Code):
    """The name of a time zone in the IANA database."""

    known = time_zones
    message = 'Must be the name of a time zone, such as "Asia/Dhaka"'
    schema: ClassVar[dict[str, Any]] = {"format": "time-zone", "maxLength": 64, "examples": ["Asia/Dhaka"]}


class Colour(Strict):
    """A colour, `#rrggbb`; returned in lower case."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
            raise Refused('Must be a colour, such as "#1f6feb"')
        return value.lower()

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "colour", "pattern": "^#[0-9a-fA-F]{6}$", "examples": ["#1f6feb"]}
