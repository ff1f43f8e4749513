"""Who decided about a feature beside the plan: for one workspace, or for all."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, func
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import Base, TenantBase
from ..db.shape import Unique

__all__ = ["FeatureOverride", "KillSwitch"]

_VALUES = "value IN ('on', 'read_only', 'off')"


class FeatureOverride(TenantBase):
    """A decision about one feature of one workspace, by a platform administrator. A trial has an expiry."""

    __tablename__ = "feature_overrides"
    __shape__ = (Unique("feature"), CheckConstraint(_VALUES, name="value_known"))

    feature: Mapped[str]
    value: Mapped[str]
    reason: Mapped[str]
    author: Mapped[str]
    expires_at: Mapped[datetime | None]


class KillSwitch(Base):
    """A decision about one feature for every workspace; stronger than anything else."""

    __tablename__ = "kill_switches"
    __table_args__ = (CheckConstraint(_VALUES, name="value_known"),)

    feature: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    reason: Mapped[str]
    author: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
