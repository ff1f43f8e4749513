"""People of a workspace, their roles, sessions and the tokens that are good once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase, TenantRow
from ..db.shape import Indexed, Reference, Search, Unique

__all__ = [
    "ApiKey",
    "ApiKeyUse",
    "OneTimeToken",
    "RecoveryCode",
    "RefreshToken",
    "Role",
    "Session",
    "TwoFactor",
    "User",
]


class Role(TenantBase):
    """A named set of grants. ``permissions`` of a system role is empty: the manifests say what it holds."""

    __tablename__ = "roles"
    __shape__ = (Unique("slug"),)

    slug: Mapped[str]
    name: Mapped[str]
    system: Mapped[bool] = mapped_column(server_default=text("false"))
    permissions: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))


class User(TenantBase):
    """A person with a log-in. ``email`` is kept as people write it, ``email_key`` as it is compared."""

    __tablename__ = "users"
    __shape__ = (
        Unique("email_key"),
        Reference("role_id", "roles"),
        Search("name", "email"),
        CheckConstraint("status IN ('invited', 'active', 'disabled')", name="status_known"),
        CheckConstraint("status <> 'active' OR password_hash IS NOT NULL", name="active_has_password"),
    )

    email: Mapped[str]
    email_key: Mapped[str]
    name: Mapped[str]
    role_id: Mapped[UUID]
    status: Mapped[str] = mapped_column(server_default=text("'invited'"))
    password_hash: Mapped[str | None]
    password_changed_at: Mapped[datetime | None]
    last_login_at: Mapped[datetime | None]


class Session(TenantRow):
    """One log-in, until it ends: by logging out, by a password change, by reuse of an old refresh token, by time."""

    __tablename__ = "sessions"
    __shape__ = (Reference("user_id", "users"),)

    user_id: Mapped[UUID]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None]
    address: Mapped[str | None]
    user_agent: Mapped[str | None]


class RefreshToken(TenantRow):
    """A refresh token, hashed. Each is good once; using a used one ends its session."""

    __tablename__ = "refresh_tokens"
    __shape__ = (Reference("session_id", "sessions"), Unique("token_hash"))

    session_id: Mapped[UUID]
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class OneTimeToken(TenantRow):
    """A password reset, an invitation or a log-in that waits for its second factor, hashed; good once, for a while."""

    __tablename__ = "one_time_tokens"
    __shape__ = (
        Reference("user_id", "users"),
        Unique("token_hash"),
        Indexed("expires_at"),
        CheckConstraint("purpose IN ('reset', 'invitation', 'two_factor')", name="purpose_known"),
    )

    user_id: Mapped[UUID]
    purpose: Mapped[str]
    token_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class ApiKey(TenantBase):
    """A key by which a program works here, hashed. ``created_by`` is who made the secret and has seen it.

    While it is being rotated the secret before is good as well, until ``former_until``.
    """

    __tablename__ = "api_keys"
    __shape__ = (
        Reference("created_by", "users"),
        Reference("former_by", "users", index=False),
        CheckConstraint("(former_key_hash IS NULL) = (former_until IS NULL)", name="former_has_end"),
        CheckConstraint("(former_key_hash IS NULL) = (former_by IS NULL)", name="former_has_maker"),
    )

    name: Mapped[str]
    prefix: Mapped[str]
    permissions: Mapped[list[str]]
    expires_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    created_by: Mapped[UUID]
    key_hash: Mapped[str]
    former_key_hash: Mapped[str | None]
    former_until: Mapped[datetime | None]
    former_by: Mapped[UUID | None]


class ApiKeyUse(TenantRow):
    """When a key was last used, to the minute; apart from the key, so that nobody who changes it waits for its users.

    Its id is the key's; ``jemeti.enter_with_key`` alone writes it.
    """

    __tablename__ = "api_key_uses"
    __shape__ = (Reference("id", "api_keys", index=False),)

    last_used_at: Mapped[datetime | None]
    last_used_address: Mapped[str | None]


class TwoFactor(TenantRow):
    """The authenticator of a user, whose id this is; it counts once ``confirmed_at`` is set.

    ``last_step`` is the time step of the last code that was used: neither that code nor one before it is good again.
    """

    __tablename__ = "two_factors"
    __shape__ = (Reference("id", "users", index=False),)

    secret_cipher: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    confirmed_at: Mapped[datetime | None]
    last_step: Mapped[int | None] = mapped_column(BigInteger)


class RecoveryCode(TenantRow):
    """A code for the day the authenticator is lost, hashed; good once."""

    __tablename__ = "recovery_codes"
    __shape__ = (Reference("user_id", "users", index=False), Unique("user_id", "code_hash"))

    user_id: Mapped[UUID]
    code_hash: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    used_at: Mapped[datetime | None]
