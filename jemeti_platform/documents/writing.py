"""How a language writes money, numbers and days, by CLDR (Babel), and which languages documents are written in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from babel import Locale, UnknownLocaleError
from babel.core import get_global
from babel.dates import format_date, format_datetime
from babel.languages import get_official_languages
from babel.numbers import format_currency, format_decimal, get_currency_precision, get_currency_symbol

__all__ = ["LANGUAGES", "Hand", "hand_of"]

LANGUAGES = ("en", "bn", "ar", "de")
"""Languages with labels of their own; the fonts draw Latin, Greek, Cyrillic, Bengali and Arabic letters."""

_ZEROS = {"arab": "\u0660", "arabext": "\u06f0", "beng": "\u09e6"}
"""Where the digits of a numbering system begin. Babel writes Western digits whatever the locale's own are."""

# CLDR has no English of these countries; the nearest one groups digits as people there do: 1,25,000.
_NEAREST = {"en_BD": "en_IN", "en_NP": "en_IN", "en_LK": "en_IN"}
_ISOLATE = "\u2066", "\u2069"


@dataclass(frozen=True, slots=True)
class Hand:
    """How documents are written in one language and country, with one currency and time zone."""

    locale: Locale
    currency: str
    country: str
    timezone: str

    @property
    def language(self) -> str:
        return str(self.locale.language)

    @property
    def is_rtl(self) -> bool:
        return bool(self.locale.text_direction == "rtl")

    def number(self, value: Decimal | int) -> str:
        """A number with as many decimals as it has: ``2.500`` is ``2.5``."""
        return self._digits(format_decimal(value, locale=self.locale, numbering_system="default"))

    def percent(self, value: Decimal) -> str:
        """A percentage, given as it is said: ``7.5`` is ``7.5%``."""
        decimals = max(0, -int(value.normalize().as_tuple().exponent))
        pattern = self.locale.percent_formats[None].pattern.replace("0", "0." + "#" * decimals if decimals else "0")
        written = format_decimal(value / 100, format=pattern, locale=self.locale, numbering_system="default")
        return self._digits(written)

    def amount(self, value: Decimal) -> str:
        """An amount without its currency, for columns: with the currency's decimals, or more where it has more."""
        pattern = self.locale.decimal_formats[None].pattern.split(".")[0] + self._fraction(value)
        return self._digits(format_decimal(value, format=pattern, locale=self.locale, numbering_system="default"))

    def money(self, value: Decimal) -> str:
        """An amount with its currency, where the language puts it."""
        symbol = self.symbol
        pattern = self.locale.currency_formats["standard"].pattern.split(";")[0]
        head, _, tail = pattern.partition(".")
        pattern = head + self._fraction(value) + tail.lstrip("0#") if tail else pattern
        if symbol[-1].isalpha():
            pattern = pattern.replace("¤#", "¤\xa0#").replace("0¤", "0\xa0¤")
        quoted = symbol.replace("'", "''")
        pattern = pattern.replace("¤", f"'{quoted}'")
        written = format_currency(
            value,
            self.currency,
            format=pattern,
            locale=self.locale,
            currency_digits=False,
            numbering_system="default",
        )
        return self._digits(written)

    @property
    def symbol(self) -> str:
        """The currency's sign, also where the language itself has only its code but the country has a sign: ৳."""
        return _symbol(self.currency, self.locale, self.country)

    def day(self, value: date) -> str:
        return self._digits(format_date(value, self._days, locale=self.locale))

    def moment(self, value: datetime) -> str:
        """Day, hour and minute in the workspace's time zone."""
        local = value.astimezone(ZoneInfo(self.timezone)).replace(tzinfo=None)
        clock = self.locale.time_formats["short"].pattern
        pattern = self.locale.datetime_formats["medium"].format(clock, self.locale.date_formats[self._days].pattern)
        return self._digits(format_datetime(local, pattern, locale=self.locale))

    @property
    def _days(self) -> Literal["medium", "long"]:
        return "long" if self.language == "ar" else "medium"  # the shorter one is all figures there

    def code(self, text: str) -> str:
        """A text that runs from left to right in every language, isolated from what stands around it."""
        return text.join(_ISOLATE) if self.is_rtl and text else text

    def whole(self, value: int) -> str:
        """A whole number without grouping: the number of a page."""
        return self._digits(str(value))

    @property
    def zero(self) -> str:
        """The digit nought, from which the others follow in order."""
        return _ZEROS.get(self.locale.default_numbering_system, "0")

    def _digits(self, text: str) -> str:
        zero = self.zero
        text = text.replace("\u202f", "\xa0")  # not every font has the narrow space
        return text if zero == "0" else text.translate(_table(zero))

    def _fraction(self, value: Decimal) -> str:
        digits = get_currency_precision(self.currency)
        own = max(0, -int(value.normalize().as_tuple().exponent)) if value else 0
        decimals = max(digits, min(own, 4))
        return "." + "0" * decimals if decimals else ""


def hand_of(workspace: Mapping[str, Any], locale: str | None = None, currency: str | None = None) -> Hand:
    """How the workspace's documents are written in ``locale``, by default its own.

    Of a language without labels the dates would be of one language and the words of another: it is written in English.
    """
    wanted = (locale or workspace["locale"]).replace("-", "_")
    country = workspace["country"]
    return Hand(_nearest(wanted, country), currency or workspace["currency"], country, workspace["timezone"])


@lru_cache(maxsize=512)
def _nearest(wanted: str, country: str) -> Locale:
    language, _, rest = wanted.partition("_")
    if language not in LANGUAGES:
        language = wanted = "en"
        rest = ""
    if not rest:
        wanted = f"{language}_{country}"
    wanted = _NEAREST.get(wanted, wanted)
    choices = (wanted, language) if language != "en" else (wanted, "en_001")
    for choice in choices:
        try:
            return Locale.parse(choice)
        except (UnknownLocaleError, ValueError):
            continue
    return Locale.parse(language)


@lru_cache(maxsize=1024)
def _symbol(currency: str, locale: Locale, country: str) -> str:
    sign: str = get_currency_symbol(currency, locale)
    if sign != currency:
        return sign
    used_here = {str(used[0]) for used in get_global("territory_currencies").get(country, ()) if used[2] is None}
    if currency in used_here and locale.text_direction == "ltr":
        for language in get_official_languages(country):
            own: str = get_currency_symbol(currency, Locale.parse(language))
            if own != currency and not _is_word(own):
                return own
    return sign


def _is_word(sign: str) -> bool:
    """Whether a currency's sign is made of letters of its language, which another language does not read."""
    return any(letter.isalpha() for letter in sign)


@lru_cache(maxsize=8)
def _table(zero: str) -> dict[int, str]:
    return {ord("0") + n: chr(ord(zero) + n) for n in range(10)}
