"""Exports: which list somebody asked for, and what became of it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase
from ..db.shape import Indexed

__all__ = ["FORMATS", "Export"]

FORMATS = ("csv", "xlsx")


class Export(TenantBase):
    """A list to be written into a file; ``query`` is what stands behind the question mark of the list's address."""

    __tablename__ = "exports"
    __shape__ = (
        Indexed("created_at"),
        Indexed("expires_at", where="expires_at IS NOT NULL"),
        CheckConstraint("format IN ('csv', 'xlsx')", name="format_known"),
        CheckConstraint("status IN ('queued', 'completed', 'failed', 'expired')", name="status_known"),
        CheckConstraint(
            "(status IN ('completed', 'expired')) = (row_count IS NOT NULL AND size IS NOT NULL)",
            name="completed_counts",
        ),
        CheckConstraint("row_count >= 0 AND size >= 0", name="counts"),
    )

    resource: Mapped[str]
    format: Mapped[str] = mapped_column(server_default=text("'csv'"))
    query: Mapped[str] = mapped_column(server_default=text("''"))
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    row_count: Mapped[int | None] = mapped_column(BigInteger)
    size: Mapped[int | None] = mapped_column(BigInteger)
    error: Mapped[str | None]
    requested_by: Mapped[UUID | None]
    finished_at: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
