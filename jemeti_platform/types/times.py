"""Instants and days. Years 1900 to 2199: wide enough for cars and people, and no arithmetic on them overflows."""

import re
from datetime import UTC, date, datetime
from typing import Any

from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Clock", "Day", "Instant"]

_FIRST, _LAST = 1900, 2199
_YEARS = f"Must lie in the years {_FIRST} to {_LAST}"
# Seconds stop at 59: neither Python nor PostgreSQL keeps a leap second.
_INSTANT = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:(\.[0-9]{1,6})[0-9]{0,3})?"
    r"(?:[Zz]|([+-][0-9]{2}:[0-9]{2}))"
).fullmatch
_CLOCK = re.compile(r"([01][0-9]|2[0-3]):[0-5][0-9]").fullmatch
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}").fullmatch


class Instant(Strict):
    """A moment, RFC 3339 with `Z` or an offset (`2026-03-01T10:00:00+06:00`); returned in UTC, to the microsecond."""

    def read(self, value: Any, context: Context) -> datetime:
        if type(value) is not str or not (match := _INSTANT(value)):
            raise Refused('Must be a date and time with an offset, such as "2026-03-01T10:00:00Z"')
        day, clock, fraction, offset = match.groups()
        try:
            moment = datetime.fromisoformat(f"{day}T{clock}{fraction or ''}{offset or '+00:00'}").astimezone(UTC)
        except (ValueError, OverflowError):
            raise Refused("There is no such date and time") from None
        if not _FIRST <= moment.year <= _LAST:
            raise Refused(_YEARS)
        return moment

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time", "examples": ["2026-03-01T10:00:00Z"]}


class Day(Strict):
    """A calendar day, `YYYY-MM-DD`; in the workspace's time zone where it meets a clock."""

    def read(self, value: Any, context: Context) -> date:
        if type(value) is not str or not _DAY(value):
            raise Refused('Must be a date, such as "2026-03-01"')
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise Refused("There is no such date") from None
        if not _FIRST <= day.year <= _LAST:
            raise Refused(_YEARS)
        return day

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "format": "date", "examples": ["2026-03-01"]}


class Clock(Strict):
    """A time of the day by the workspace's wall clock, `HH:MM` from `00:00` to `23:59`."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is not str or not _CLOCK(value):
            raise Refused('Must be a time of the day, such as "21:00"')
        return value

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "pattern": "^([01][0-9]|2[0-3]):[0-5][0-9]$", "examples": ["21:00"]}
