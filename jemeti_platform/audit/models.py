"""The audit log of a workspace: who changed what, before and after, from which address. Append-only by grant."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, func
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantRow
from ..db.shape import Indexed

__all__ = ["AuditEntry"]


class AuditEntry(TenantRow):
    """One change of one row; of an update only the columns that changed. Written by ``jemeti.audit()`` alone."""

    __tablename__ = "audit_log"
    __shape__ = (
        Indexed("at"),
        Indexed("resource", "record_id"),
        Indexed("actor_id"),
        CheckConstraint("action IN ('insert', 'update', 'delete')", name="action_known"),
    )

    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    address: Mapped[str | None]
    request_id: Mapped[str | None]
    resource: Mapped[str]
    record_id: Mapped[UUID | None]
    action: Mapped[str]
    before: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    after: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
