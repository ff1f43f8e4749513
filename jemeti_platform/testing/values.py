"""One value for each input type: acceptable, different for every number, and marked where the text is free."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import phonenumbers

from ..auth.schemas import Password
from ..types import (
    CountryCode,
    CurrencyCode,
    Day,
    Email,
    Exact,
    Instant,
    OneOf,
    Phone,
    Slug,
    StrictBool,
    StrictInt,
    Tags,
    Text,
    TimeZone,
    Vin,
    WebAddress,
)

__all__ = ["PASSWORD", "Values"]

PASSWORD = "a-password-of-the-test-kit"

_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"
_VIN_SIGNS = "0123456789ABCDEFGHJKLMNPRSTUVWXYZ"


class Values:
    """Makes values; ``mark`` stands in every free text, ``country`` gives telephone numbers their prefix."""

    def __init__(self, mark: str, country: str) -> None:
        self.mark = mark
        self.country = country
        self._makers: dict[type, Callable[[Any, str, int], Any]] = {
            Text: lambda typ, name, n: None if typ.pattern else self.text(name, n, typ.min, typ.max),
            Password: lambda typ, name, n: PASSWORD,
            Email: lambda typ, name, n: f"{mark}-{n}@sample.example".lower(),
            Phone: lambda typ, name, n: _phone(n, typ.region or country),
            Vin: lambda typ, name, n: "WVWZZZ1JZ" + _digits(n, _VIN_SIGNS).rjust(8, "0"),
            OneOf: lambda typ, name, n: typ.choices[0],
            StrictBool: lambda typ, name, n: False,
            StrictInt: lambda typ, name, n: min((max(typ.min, 1) if typ.max >= 1 else typ.min) + n, typ.max),
            Exact: lambda typ, name, n: format(min(max(typ.min, Decimal(1)) + n, typ.max), "f"),
            Day: lambda typ, name, n: (date(2026, 1, 1) + timedelta(days=n % 300)).isoformat(),
            Instant: lambda typ, name, n: (datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n)).isoformat(),
            Tags: lambda typ, name, n: [self.text("tag", n, 1, 40)],
            Slug: lambda typ, name, n: f"{mark}-{n}".lower()[-typ.max :].strip("-"),
            CountryCode: lambda typ, name, n: country,
            CurrencyCode: lambda typ, name, n: "EUR",
            TimeZone: lambda typ, name, n: "Europe/Berlin",
            WebAddress: lambda typ, name, n: f"https://{mark}-{n}.example/".lower(),
        }

    def of_type(self, typ: Any, name: str, number: int) -> Any:
        """A value of one of our types, as JSON; None where there is no way to tell."""
        for kind in type(typ).__mro__:
            if kind in self._makers:
                return self._makers[kind](typ, name, number)
        examples = typ.describe().get("examples") if hasattr(typ, "describe") else None
        return examples[0] if examples else None

    def text(self, name: str, number: int, least: int = 1, most: int = 200) -> str:
        """A text of ``least`` to ``most`` characters with the mark in it, as far as there is room."""
        whole = f"{self.mark}-{number} {name}"
        for text in (whole, whole.rpartition(" ")[0], _digits(number, _BASE36).rjust(min(most, 4), "0")):
            if len(text) <= most:
                return text.ljust(least, "x")
        return _digits(number, _BASE36)[-most:]


def _phone(number: int, country: str) -> str:
    kind = phonenumbers.PhoneNumberType.MOBILE
    example = phonenumbers.example_number_for_type(country, kind) or phonenumbers.example_number(country)
    assert example is not None
    national = str(example.national_number)
    return f"+{example.country_code}{national[:-6]}{number % 1_000_000:06}"


def _digits(number: int, signs: str) -> str:
    found = ""
    while number:
        number, rest = divmod(number, len(signs))
        found = signs[rest] + found
    return found or signs[0]
