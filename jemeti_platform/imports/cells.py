"""What stands in a cell, as the schemas take it: spreadsheets spell numbers, dates and words in their own ways."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, TypeAlias

from babel import Locale

from ..types.strict import Context, Refused

__all__ = [
    "Reader",
    "amount",
    "as_text",
    "country",
    "day",
    "email",
    "fold",
    "is_empty",
    "kilometres",
    "lines",
    "tags",
    "text",
    "whole_number",
    "words",
]

Reader: TypeAlias = Callable[[str, Context], Any]
"""(the text of a cell, what is known of the workspace) -> what the schema takes. Raises Refused."""

# Marks for the direction of writing, and of byte order: they come along when numbers are copied from web pages.
_INVISIBLE = dict.fromkeys([0x200B, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFEFF, 0x00AD])
_NOTHING = frozenset(
    [
        "",
        "0000-00-00",
        "00.00.0000",
        "-",
        "--",
        "–",
        "—",
        ".",
        "n/a",
        "#n/a",
        "na",
        "nil",
        "null",
        "none",
        "(none)",
        "?",
        "#ref!",
    ]
)
_UNDECOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ħ": "h", "ð": "d", "æ": "ae", "œ": "oe"})
_UNITS = {
    1.0: ("", "km", "kms", "kilometer", "kilometers", "kilometre", "kilometres", "কিমি", "কি.মি.", "كم"),
    1.609344: ("mi", "mile", "miles", "Meilen"),
}
_EXCEL_BEGIN = date(1899, 12, 30)
_MONTH_FIRST = frozenset(["US", "PH", "FM", "MH", "PW"])
_NAMED_IN = ("en", "de", "fr", "es", "bn", "ar", "hi", "tr")
_SHORT = {"uae": "AE", "uk": "GB", "usa": "US", "ksa": "SA", "brd": "DE", "england": "GB"}


def as_text(cell: Any) -> str:
    """A cell's text, whatever a spreadsheet holds: no invisible marks, ``1712345678.0`` without its point."""
    match cell:
        case str():
            return cell.translate(_INVISIBLE).replace("\xa0", " ").strip()
        case bool():
            return "true" if cell else "false"
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case datetime():
            return cell.date().isoformat() if cell.time() == time() else cell.isoformat(" ", "seconds")
        case date():
            return cell.isoformat()
    return "" if cell is None else str(cell)


def is_empty(text: str) -> bool:
    """Whether a cell says that it has nothing to say."""
    return text.casefold() in _NOTHING


def fold(words: str) -> str:
    """What two spellings of a heading or word have in common: letters and digits, without case, accents and signs."""
    kept = unicodedata.normalize("NFKD", words).casefold().translate(_UNDECOMPOSED)
    return "".join(c for c in kept if c.isalnum() or unicodedata.category(c) == "Mc")


def text(cell: str, context: Context) -> str:
    """One line, whatever breaks and tabs are in it."""
    return " ".join(cell.split())


def lines(cell: str, context: Context) -> str:
    """Text of several lines."""
    return cell


def whole_number(cell: str, context: Context) -> int:
    """``45,000``, ``45.000``, ``45 000``, ``৪৫০০০``: digits of any script, also in groups of three."""
    return _whole(_digits(cell))


def kilometres(cell: str, context: Context) -> int:
    """A distance: a whole number of kilometres, or of miles where that is said (``45,000 mi``)."""
    found = re.fullmatch(r"(.*\d)(\D*)", _digits(cell))
    unit = next((size for size, words in _UNITS.items() if fold(found[2]) in map(fold, words)), None) if found else None
    if found is None or unit is None:
        raise Refused("Must be a whole number of kilometres, or of miles with mi behind it")
    return round(_whole(found[1]) * unit)


def amount(cell: str, context: Context) -> str:
    """``৳ 1,250.00``, ``1.250,00 €``, ``1250``: an amount, in the text that Money reads. A lone comma before two
    digits is a decimal one."""
    number = re.sub(r"[^\d.,'\u2019-]", "", _digits(cell)).rstrip("-.,'").lstrip(".,'")
    number = re.sub(r"['\u2019]", "", number)
    has_decimal_comma = re.fullmatch(r"-?\d+,\d{2}", number)
    # 1,250.00 and the Indian 1,25,000.00
    if not has_decimal_comma and (found := re.fullmatch(r"(-?)(\d{1,3}(?:,\d{2,3})*|\d+)(\.\d+)?", number)):
        return found[1] + found[2].replace(",", "") + (found[3] or "")
    if found := re.fullmatch(r"(-?)(\d{1,3}(?:\.\d{3})*|\d+)(?:,(\d+))?", number):
        return found[1] + found[2].replace(".", "") + (f".{found[3]}" if found[3] else "")
    raise Refused("Must be an amount of money")


def day(cell: str, context: Context) -> str:
    """A date: ``2024-03-12``, ``12.3.2024``, ``12/03/24``, ``12 Mar 2024``, or a spreadsheet's number of days.

    Slashes are day first, except in countries that write the month first.
    """
    written = _digits(cell)
    if re.fullmatch(r"[1-9]\d{4}", written):
        return (_EXCEL_BEGIN + timedelta(days=int(written))).isoformat()
    if found := re.match(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:$|[ T])", written):
        return _date(*map(int, found.groups()))
    if found := re.match(r"(\d{1,2})([-/. ])\s?(\d{1,2})\2\s?(\d{4}|\d{2})(?:$| )", written):
        first, second, year = int(found[1]), int(found[3]), _year(found[4])
        if found[2] == "/" and context.get("country") in _MONTH_FIRST:
            first, second = second, first
        return _date(year, second, first)
    if found := re.fullmatch(r"(\d{1,2})[. -]+([^\d\s.,-]{3,})[., -]+(\d{4}|\d{2})", written):
        return _date(_year(found[3]), _month(found[2]), int(found[1]))
    if found := re.fullmatch(r"([^\d\s.,-]{3,}) (\d{1,2}),? (\d{4})", written):
        return _date(int(found[3]), _month(found[1]), int(found[2]))
    raise Refused("Must be a date")


def email(cell: str, context: Context) -> str:
    """An e-mail address, also out of ``mailto:…`` or ``Name <…>``."""
    if found := re.fullmatch(r"[^<>]*<([^<>]+)>", cell):
        cell = found[1]
    return re.sub(r"^mailto:", "", cell.strip(), flags=re.IGNORECASE).strip(" ;,")


def tags(cell: str, context: Context) -> list[str]:
    """Words between commas or semicolons, each once."""
    found: dict[str, str] = {}
    for word in re.split(r"[,;|]", cell):
        if tag := " ".join(word.split()):
            found.setdefault(tag.casefold(), tag)
    return list(found.values())


def country(cell: str, context: Context) -> str:
    """A country by its code, or by its name in one of several languages."""
    known = _countries()
    found = known.get(fold(cell))
    if found is None:
        raise Refused("This country is not known; write its code of two letters")
    return found


def words(known: Mapping[str, Iterable[str]]) -> Reader:
    """A reader of words that mean one of a few: ``words({"petrol": ("gasoline", "Benzin")})``."""
    table = {fold(word): meant for meant, said in known.items() for word in (meant, *said)}

    def read(cell: str, context: Context) -> str:
        meant = table.get(fold(cell))
        if meant is None:
            raise Refused("Must be one of: " + ", ".join(known))
        return meant

    return read


def _whole(text: str) -> int:
    found = re.fullmatch(r"(\d{1,3}(?:[ .,'\u2019\u202f]\d{3})+|\d+)(?:[.,]0{1,2})?", text)
    if not found or len(found[1]) > 18:
        raise Refused("Must be a whole number")
    return int(re.sub(r"\D", "", found[1]))


def _digits(cell: str) -> str:
    """The text with digits of every script as ours."""
    if cell.isascii():
        return cell
    return "".join(str(unicodedata.digit(c)) if c.isdecimal() else " " if c.isspace() else c for c in cell).strip()


def _date(year: int, month: int, number: int) -> str:
    try:
        return date(year, month, number).isoformat()
    except ValueError:
        raise Refused("There is no such date") from None


def _year(digits: str) -> int:
    """Two digits are of the last seventy years or the coming thirty."""
    number = int(digits)
    if len(digits) == 4:
        return number
    this = date.today().year  # noqa: DTZ011 (a century, not a day)
    return max(y for y in range(number, this + 30, 100))


def _month(name: str) -> int:
    found = _months().get(fold(name))
    if found is None:
        raise Refused("Must be a date")
    return found


@lru_cache(maxsize=1)
def _months() -> dict[str, int]:
    return {
        fold(name): number
        for language in _NAMED_IN
        for width in ("wide", "abbreviated")
        for number, name in Locale(language).months["format"][width].items()
        if len(fold(name)) > 2
    }


@lru_cache(maxsize=1)
def _countries() -> dict[str, str]:
    named: dict[str, str] = {}
    for language in reversed(_NAMED_IN):  # the first has the last word
        names = ((str(code), str(name)) for code, name in Locale(language).territories.items())
        named |= {fold(name): code for code, name in names if _is_country(code)}
    return named | {fold(code): code for code in map(str, Locale("en").territories) if _is_country(code)} | _SHORT


def _is_country(code: str) -> bool:
    return len(code) == 2 and code.isalpha()
