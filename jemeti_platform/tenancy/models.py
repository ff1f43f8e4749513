"""Workspaces as the platform keeps them, and what each keeps about itself."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import Base, TenantBase, uuid7
from ..db.shape import Reference
from ..types import MoneyColumn, money_check

__all__ = ["Plan", "PlatformState", "Tenant", "Workspace"]


class Tenant(Base):
    """A workspace as the platform knows it: its slug for ever, its status, its subscription, and its stamp.

    The subscription is ``plan``, ``add_ons`` (feature → value) and ``limits`` of its own (limit → number).
    ``plugins`` maps those that have been prepared for the workspace to the version that wrote their first rows.
    """

    __tablename__ = "tenants"
    __table_args__ = (
        CheckConstraint("slug ~ '^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$'", name="slug_label"),
        CheckConstraint("status IN ('active', 'suspended', 'closed')", name="status_known"),
        CheckConstraint("erased_at IS NULL OR status = 'closed'", name="closed_before_erased"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    slug: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    plan: Mapped[str] = mapped_column(ForeignKey("plans.slug", ondelete="RESTRICT"), index=True)
    add_ons: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    limits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    plugins: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))
    stamp: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    closed_at: Mapped[datetime | None]
    erased_at: Mapped[datetime | None]


class PlatformState(Base):
    """One row: the stamp that plans and kill switches raise."""

    __tablename__ = "platform_state"
    __table_args__ = (CheckConstraint("id", name="only_one"),)

    id: Mapped[bool] = mapped_column(primary_key=True, server_default=text("true"))
    stamp: Mapped[int] = mapped_column(BigInteger, server_default=text("1"))


class Plan(Base):
    """A set of features and limits that workspaces subscribe to; ``position`` is the order people see them in."""

    __tablename__ = "plans"

    slug: Mapped[str] = mapped_column(primary_key=True)
    title: Mapped[str]
    description: Mapped[str] = mapped_column(server_default=text("''"))
    position: Mapped[int] = mapped_column(server_default=text("0"))
    features: Mapped[dict[str, Any]]
    limits: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"))


class Workspace(TenantBase):
    """What a workspace says about itself; exactly one row, whose id is the workspace's."""

    __tablename__ = "workspaces"
    __shape__ = (
        Reference("logo_file_id", "files"),
        CheckConstraint("id = tenant_id", name="one_row"),
        CheckConstraint("token_ttl_seconds BETWEEN 60 AND 86400", name="token_ttl_seconds"),
        CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding"),
        CheckConstraint("two_factor_required IN ('off', 'admins', 'everybody')", name="two_factor_required"),
        money_check("labour_rate", minimum=0),
        CheckConstraint("quiet_from ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="quiet_from"),
        CheckConstraint("quiet_to ~ '^([01][0-9]|2[0-3]):[0-5][0-9]$'", name="quiet_to"),
        CheckConstraint("(quiet_from IS NULL) = (quiet_to IS NULL)", name="quiet_both"),
        CheckConstraint("sms_sender ~ '^([A-Za-z0-9 ]{1,11}|[+]?[0-9]{3,15})$'", name="sms_sender"),
    )

    name: Mapped[str]
    country: Mapped[str]
    currency: Mapped[str]
    timezone: Mapped[str]
    locale: Mapped[str] = mapped_column(server_default=text("'en'"))
    phone: Mapped[str | None]
    email: Mapped[str | None]
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    registration_numbers: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))
    logo_file_id: Mapped[UUID | None]
    brand_colour: Mapped[str | None]
    labour_rate: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    token_ttl_seconds: Mapped[int] = mapped_column(server_default=text("900"))
    prices_include_tax: Mapped[bool] = mapped_column(server_default=text("false"))
    tax_rounding: Mapped[str] = mapped_column(server_default=text("'line'"))
    two_factor_required: Mapped[str] = mapped_column(server_default=text("'off'"))
    quiet_from: Mapped[str | None] = mapped_column(server_default=text("'21:00'"))
    quiet_to: Mapped[str | None] = mapped_column(server_default=text("'08:00'"))
    sms_sender: Mapped[str | None]
