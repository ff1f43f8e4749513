"""Public lists of codes: countries, currencies, time zones."""

from functools import lru_cache
from typing import TYPE_CHECKING
from zoneinfo import available_timezones

from babel import Locale
from babel.core import get_global

from jemeti_platform.deprecation import moved

__all__ = ["countries"]

if not TYPE_CHECKING:
    __getattr__ = moved(
        __name__,
        {name: f"jemeti_platform.types.{name}" for name in ("Colour", "CountryCode", "CurrencyCode", "TimeZone")},
        since="1.0",
        gone_in="2.0",
    )

# CLDR's territories also hold regions that ISO 3166-1 only reserves (AC, CP, CQ…) or that are no country (EU, UN, ZZ…).
_NO_COUNTRY = frozenset(["AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "QO", "TA", "UN", "XA", "XB", "XK", "ZZ"])


@lru_cache(maxsize=1)
def countries() -> frozenset[str]:
    """Return the 249 codes of ISO 3166-1 alpha-2."""
    territories = map(str, Locale("en").territories)
    return frozenset(code for code in territories if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


@lru_cache(maxsize=1)
def currencies() -> frozenset[str]:
    """Return the ISO 4217 codes that are legal tender somewhere today."""
    rows = get_global("territory_currencies").values()
    return frozenset(code for row in rows for code, _, until, tender in row if until is None and tender)


@lru_cache(maxsize=1)
def time_zones() -> frozenset[str]:
    """Return the names of the IANA time zones."""
    return frozenset(name for name in available_timezones() if name not in ("Factory", "localtime"))
