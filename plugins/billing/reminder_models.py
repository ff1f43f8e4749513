"""Reminders of overdue invoices: what was sent, and when a workspace sends them."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantKey, TenantRow
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.types import MoneyColumn, money_check

if TYPE_CHECKING:
    from jemeti_platform.work import Work

__all__ = ["BillingSettings", "Reminder"]


def _make(work: Work) -> None:
    from .samples import remind_of_a_sale

    remind_of_a_sale(work)


class Reminder(TenantRow):
    """That a customer was reminded of an invoice: once for each ``step``, and once a day.

    ``step`` counts those that were sent by the clock; one that somebody sent by hand has none. ``balance`` is what was
    owed then, ``overdue_days`` for how long. Who sent it by hand is ``actor_name``.
    """

    __tablename__ = "billing_reminders"
    __shape__ = (
        Reference("invoice_id", "billing_invoices", index=False),
        Unique("invoice_id", "step"),
        Unique("invoice_id", "reminded_on"),
        money_check("balance", minimum=0),
        CheckConstraint("balance > 0", name="something_owed"),
        CheckConstraint("step >= 1", name="step_number"),
        CheckConstraint("overdue_days >= 1", name="overdue"),
    )
    __sample__ = staticmethod(_make)

    invoice_id: Mapped[UUID]
    step: Mapped[int | None]
    reminded_on: Mapped[date]
    balance: Mapped[Decimal] = mapped_column(MoneyColumn())
    overdue_days: Mapped[int]
    actor_name: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class BillingSettings(TenantKey):
    """The settings of a workspace that has changed any: one row."""

    __tablename__ = "billing_settings"
    __shape__ = (
        CheckConstraint("reminder_after_days >= 1 AND reminder_after_days <= 365", name="reminder_after_days_number"),
        CheckConstraint("reminder_every_days >= 1 AND reminder_every_days <= 365", name="reminder_every_days_number"),
        CheckConstraint("reminder_limit >= 1 AND reminder_limit <= 12", name="reminder_limit_number"),
    )

    reminder_after_days: Mapped[int | None]
    reminder_every_days: Mapped[int | None]
    reminder_limit: Mapped[int | None]
