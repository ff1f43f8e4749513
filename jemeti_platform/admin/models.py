"""Platform administrators: their own accounts and sessions, never a workspace's, and what they did."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import Base, uuid7

__all__ = [
    "PlatformAdmin",
    "PlatformAuditEntry",
    "PlatformChallenge",
    "PlatformRecoveryCode",
    "PlatformSession",
    "PlatformTwoFactor",
]


class PlatformAdmin(Base):
    """A person who runs the platform."""

    __tablename__ = "platform_admins"
    __table_args__ = (CheckConstraint("status IN ('active', 'disabled')", name="status_known"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    email: Mapped[str]
    email_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    password_hash: Mapped[str]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_login_at: Mapped[datetime | None]


class PlatformSession(Base):
    """One log-in of an administrator."""

    __tablename__ = "platform_sessions"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    admin_id: Mapped[UUID] = mapped_column(ForeignKey("platform_admins.id", ondelete="RESTRICT"), index=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    address: Mapped[str | None]


class PlatformTwoFactor(Base):
    """The authenticator of an administrator, whose id this is; it counts once ``confirmed_at`` is set."""

    __tablename__ = "platform_two_factors"

    id: Mapped[UUID] = mapped_column(ForeignKey("platform_admins.id", ondelete="RESTRICT"), primary_key=True)
    secret_cipher: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class PlatformRecoveryCode(Base):
    """A code for the day an administrator's authenticator is lost, hashed; good once."""

    __tablename__ = "platform_recovery_codes"
    __table_args__ = (UniqueConstraint("admin_id", "code_hash"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    admin_id: Mapped[UUID] = mapped_column(ForeignKey("platform_admins.id", ondelete="RESTRICT"))
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]


class PlatformChallenge(Base):
    """A log-in of an administrator that waits for its second factor, hashed; good once, for a while."""

    __tablename__ = "platform_challenges"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    admin_id: Mapped[UUID] = mapped_column(ForeignKey("platform_admins.id", ondelete="RESTRICT"), index=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class PlatformAuditEntry(Base):
    """Who changed what on the platform, before and after; the roles may add rows and read them, no more."""

    __tablename__ = "platform_audit_log"
    __table_args__ = (
        Index("ix_platform_audit_log_tenant_id_at", "tenant_id", "at"),
        Index("ix_platform_audit_log_at", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid7)
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor: Mapped[str]
    admin_id: Mapped[UUID | None] = mapped_column(ForeignKey("platform_admins.id", ondelete="RESTRICT"), index=True)
    action: Mapped[str]
    subject: Mapped[str]
    tenant_id: Mapped[UUID | None] = mapped_column(ForeignKey("tenants.id", ondelete="RESTRICT"))
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    address: Mapped[str | None]
    request_id: Mapped[str | None]
