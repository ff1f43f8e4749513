"""Time zones for the workspaces of tests, chosen by the hour, so that it is no matter when the tests run."""

from __future__ import annotations

from datetime import UTC, datetime

__all__ = ["another_day", "noon", "where_it_is"]


def where_it_is(hour: int) -> str:
    """The zone in which it is now ``hour`` o'clock and some minutes; no clock is ever changed there."""
    ahead = (hour - datetime.now(UTC).hour + 11) % 24 - 11
    return f"Etc/GMT{-ahead:+d}"  # GMT+11 is eleven hours behind


def noon() -> str:
    """The zone in which it is now between twelve and one: no midnight is near."""
    return where_it_is(12)


def another_day() -> str:
    """A zone in which it is another day than in UTC: what mixes the two, fails. Midnight is an hour away or more."""
    return "Etc/GMT-14" if datetime.now(UTC).hour >= 11 else "Etc/GMT+12"
