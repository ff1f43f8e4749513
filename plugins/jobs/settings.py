"""How a workspace runs its jobs: how far work may grow without asking again, how long quotations hold, and when
their customers are reminded of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from sqlalchemy import CheckConstraint
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantKey
from jemeti_platform.db.rows import put_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.types import MoneyColumn, PercentColumn, money_check
from jemeti_platform.work import Work

__all__ = [
    "QUOTATION_REMINDER_HOURS",
    "QUOTATION_VALIDITY_DAYS",
    "READ",
    "JobSettings",
    "Settings",
    "change",
    "settings_of",
]

QUOTATION_VALIDITY_DAYS = 14
"""For how many days a quotation holds that says nothing else, where the workspace says nothing either."""

QUOTATION_REMINDER_HOURS = 48
"""How long before the end of a quotation its customer is reminded, where the workspace says nothing; 0 is never."""


class JobSettings(TenantKey):
    """The settings of a workspace that has changed any: one row."""

    __tablename__ = "jobs_settings"
    __shape__ = (
        money_check("tolerance_percent", minimum=0, maximum=100),
        money_check("tolerance_amount", minimum=0),
        CheckConstraint(
            "quotation_validity_days >= 1 AND quotation_validity_days <= 365", name="quotation_validity_days_number"
        ),
        CheckConstraint(
            "quotation_reminder_hours >= 0 AND quotation_reminder_hours <= 720", name="quotation_reminder_hours_number"
        ),
    )

    tolerance_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    tolerance_amount: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    quotation_validity_days: Mapped[int | None]
    quotation_reminder_hours: Mapped[int | None]


READ = Statement(
    "SELECT s.tolerance_percent, s.tolerance_amount, s.quotation_validity_days,"
    " s.quotation_reminder_hours"
    " FROM (SELECT 1) AS always LEFT JOIN jobs_settings s ON true"
)
"""The settings as ``settings_of`` takes them; always one row."""


@dataclass(frozen=True, slots=True)
class Settings:
    """The settings that hold, the defaults among them. Without a tolerance all growth needs approval."""

    tolerance_percent: Decimal | None
    tolerance_amount: Decimal | None
    quotation_validity_days: int
    quotation_reminder_hours: int


def settings_of(row: Mapping[str, Any]) -> Settings:
    """The settings out of the row of ``READ``."""
    days, hours = row["quotation_validity_days"], row["quotation_reminder_hours"]
    return Settings(
        row["tolerance_percent"],
        row["tolerance_amount"],
        QUOTATION_VALIDITY_DAYS if days is None else days,
        QUOTATION_REMINDER_HOURS if hours is None else hours,
    )


def change(work: Work, changes: Mapping[str, Any]) -> None:
    """Change settings; what is not named stays, and null is the default again."""
    if changes:
        work.queue(put_row(JobSettings, changes))
