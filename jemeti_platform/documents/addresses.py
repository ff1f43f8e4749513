"""A postal address as it stands on paper."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from babel import Locale

from ..work import Work

__all__ = ["address_lines", "postal_address"]

_STREET = ("line1", "line2")
_PLACE = {"de": ("postal_code", "city", "region")}
"""The parts of a place where a language does not put them in the order city, region, postal code."""


def address_lines(address: Mapping[str, Any] | None, language: str) -> list[str]:
    """The lines of a workspace's own address, as its profile keeps it, in the order of the language."""
    known = address or {}
    parts = _PLACE.get(language, ("city", "region", "postal_code"))
    place = " ".join(str(known[part]) for part in parts if known.get(part))
    return [str(line) for line in (*(known.get(part) for part in _STREET), place) if line]


def postal_address(work: Work, address: Mapping[str, Any] | None) -> str | None:
    """An address in lines, by its ``street``, ``postcode``, ``city``, ``region`` and ``country``; None of nothing.

    The country is named in the workspace's language, and only where it is another than the workspace's own.
    """
    known, home = address or {}, work.workspace
    place = " ".join(str(known[part]) for part in ("postcode", "city") if known.get(part))
    country = known.get("country")
    abroad = _country(country, home["locale"]) if country and country != home["country"] else None
    lines = (known.get("street"), place, known.get("region"), abroad)
    return "\n".join(str(line) for line in lines if line) or None


@lru_cache(maxsize=1024)
def _country(code: str, language: str) -> str:
    names = Locale.parse(language, sep="-").territories
    return str(names.get(code, code))
