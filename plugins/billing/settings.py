"""How a workspace bills: whether and when customers are reminded of what is overdue."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from jemeti_platform.db.rows import put_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .reminder_models import BillingSettings

__all__ = ["READ", "REMINDER_EVERY_DAYS", "REMINDER_LIMIT", "Settings", "change", "settings_of"]

REMINDER_EVERY_DAYS = 7
"""How many days after a reminder the next one goes out, where the workspace says nothing."""

REMINDER_LIMIT = 3
"""How many reminders of one invoice go out by the clock, where the workspace says nothing."""

READ = Statement(
    "SELECT s.reminder_after_days, s.reminder_every_days, s.reminder_limit"
    " FROM (SELECT 1) AS always LEFT JOIN billing_settings s ON true"
)
"""The settings as ``settings_of`` takes them; always one row."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that hold, the defaults among them. Without ``reminder_after_days`` nobody is reminded."""

    reminder_after_days: int | None
    reminder_every_days: int
    reminder_limit: int


def settings_of(row: Mapping[str, Any]) -> Settings:
    """The settings out of the row of ``READ``."""
    every, limit = row["reminder_every_days"], row["reminder_limit"]
    return Settings(
        row["reminder_after_days"],
        REMINDER_EVERY_DAYS if every is None else every,
        REMINDER_LIMIT if limit is None else limit,
    )


def change(work: Work, changes: Mapping[str, Any]) -> None:
    """Change settings; what is not named stays, and null is the default again."""
    if changes:
        work.queue(put_row(BillingSettings, changes))
