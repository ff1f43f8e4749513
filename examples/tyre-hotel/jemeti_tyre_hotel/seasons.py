"""When a set is wanted again: winter tyres in October, summer tyres in April."""

from __future__ import annotations

from datetime import date

__all__ = ["wanted_again"]

_MONTHS = {"winter": 10, "summer": 4}


def wanted_again(season: str, day: date) -> date | None:
    """The first day of the season after ``day``; None for tyres that are good all the year."""
    month = _MONTHS.get(season)
    if month is None:
        return None
    this_year = date(day.year, month, 1)
    return this_year if day < this_year else date(day.year + 1, month, 1)
