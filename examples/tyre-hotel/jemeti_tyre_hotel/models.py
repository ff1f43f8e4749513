"""Tyre sets, and what their treads measured."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric, func, text
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.lifecycle import state_check
from jemeti_platform.types import money_check

from .lifecycle import TYRE_SET

__all__ = ["Tread", "TyreSet"]


class TyreSet(TenantBase):
    """Four wheels of a car. ``position`` is where they stand while they are stored; no two sets stand in one place."""

    __tablename__ = "tyre_hotel_tyre_sets"
    __shape__ = (
        Unique("number"),
        Unique("position"),
        Unique("plate", "season", where="status IN ('expected', 'stored')"),
        Indexed("due_on", where="status = 'stored' AND reminded_on IS NULL"),
        Search("number", "plate", "owner_name", "position"),
        state_check(TYRE_SET),
        CheckConstraint("season IN ('summer', 'winter', 'all_season')", name="season_known"),
        CheckConstraint("(status = 'stored') = (position IS NOT NULL)", name="stored_has_position"),
    )

    number: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'expected'"))
    plate: Mapped[str]
    owner_name: Mapped[str]
    owner_phone: Mapped[str | None]
    owner_email: Mapped[str | None]
    season: Mapped[str]
    size: Mapped[str | None]
    position: Mapped[str | None]
    due_on: Mapped[date | None]
    reminded_on: Mapped[date | None]
    notes: Mapped[str | None]


class Tread(TenantRow):
    """The depth of one wheel's tread in millimetres. Never changed: who measured wrongly measures again."""

    __tablename__ = "tyre_hotel_treads"
    __shape__ = (
        Reference("tyre_set_id", "tyre_hotel_tyre_sets", index=False),
        Indexed("tyre_set_id", "created_at"),
        CheckConstraint("wheel IN ('front_left', 'front_right', 'rear_left', 'rear_right')", name="wheel_known"),
        money_check("depth", minimum=0, maximum=20),
    )

    tyre_set_id: Mapped[UUID]
    wheel: Mapped[str]
    depth: Mapped[Decimal] = mapped_column(Numeric(4, 1))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
