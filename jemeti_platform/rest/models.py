"""What REST itself keeps: the keys of retried requests with the answers they got."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import LargeBinary, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import Base, TenantKey

__all__ = ["IdempotencyKey", "PlatformIdempotencyKey"]


class _Answered:
    """A key, what it was used for, and the answer; ``status`` is null only inside the transaction that makes it."""

    principal: Mapped[UUID] = mapped_column(primary_key=True)
    route: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    fingerprint: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    status: Mapped[int | None]
    headers: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    body: Mapped[bytes | None] = mapped_column(LargeBinary)


class IdempotencyKey(_Answered, TenantKey):
    """A key used in a workspace."""

    __tablename__ = "idempotency_keys"


class PlatformIdempotencyKey(_Answered, Base):
    """A key used by a platform administrator."""

    __tablename__ = "platform_idempotency_keys"
