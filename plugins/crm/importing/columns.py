"""The columns of customer files: `headings.ini` says what they are called, `words.ini` what stands in some of them."""

from __future__ import annotations

from configparser import ConfigParser
from pathlib import Path

from jemeti_platform.imports import Column, cells

__all__ = ["COLUMNS"]


def _table(name: str) -> dict[str, dict[str, list[str]]]:
    parser = ConfigParser(interpolation=None, delimiters=("=",))
    parser.read(Path(__file__).with_name(name), encoding="utf-8")
    return {
        section: {key: [word.strip() for word in words.split(",")] for key, words in parser[section].items()}
        for section in parser.sections()
    }


_WORDS = _table("words.ini")
_READERS = {
    "customer.kind": cells.words(_WORDS["kind"]),
    "customer.email": cells.email,
    "customer.address.country": cells.country,
    "customer.tags": cells.tags,
    "customer.notes": cells.lines,
    "customer.credit_limit": cells.amount,
    "customer.status": cells.words(_WORDS["status"]),
    "vehicle.year": cells.whole_number,
    "vehicle.fuel": cells.words(_WORDS["fuel"]),
    "vehicle.gearbox": cells.words(_WORDS["gearbox"]),
    "vehicle.odometer": cells.kilometres,
    "read_on": cells.day,
}

COLUMNS = tuple(
    Column(field, tuple(name for names in languages.values() for name in names), _READERS.get(field, cells.text))
    for field, languages in _table("headings.ini").items()
)
