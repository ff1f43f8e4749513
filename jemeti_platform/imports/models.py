"""Imports: which file somebody had taken in, and what became of its rows."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import CheckConstraint, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase
from ..db.shape import Indexed, Reference

__all__ = ["Import"]

_COUNT = {"type": "integer", "minimum": 0}
RESULTS = {
    "type": ["object", "null"],
    "description": "Rows by what became of them; of a check, what would have",
    "properties": dict.fromkeys(("rows", "empty", "created", "completed", "unchanged", "refused"), _COUNT),
    "examples": [{"rows": 120, "empty": 0, "created": 100, "completed": 12, "unchanged": 5, "refused": 3}],
}
REASONS = {
    "type": "array",
    "description": "Why rows were refused, the most frequent first",
    "items": {
        "type": "object",
        "properties": {"field": {"type": "string"}, "reason": {"type": "string"}, "rows": _COUNT},
    },
    "examples": [[{"field": "customer.phone", "reason": "Too short for a telephone number of Bangladesh", "rows": 2}]],
}
REFUSED = {
    "type": "array",
    "description": "The first refused rows; the report has them all",
    "items": {
        "type": "object",
        "properties": {
            "line": {"type": "integer"},
            "field": {"type": "string"},
            "value": {"type": "string"},
            "reason": {"type": "string"},
            "see_lines": {"type": "array", "items": {"type": "integer"}},
        },
    },
    "examples": [[]],
}
UNREAD = {"type": "array", "description": "Columns that were left out", "items": {"type": "string"}, "examples": [[]]}


class Import(TenantBase):
    """A file to be taken in by an importer; ``check_only`` does everything and keeps nothing."""

    __tablename__ = "imports"
    __shape__ = (
        Reference("file_id", "files"),
        Indexed("created_at"),
        CheckConstraint("status IN ('queued', 'running', 'completed', 'failed', 'cancelled')", name="status_known"),
        CheckConstraint("(status = 'completed') = (results IS NOT NULL)", name="completed_results"),
        CheckConstraint("(status = 'failed') = (error IS NOT NULL)", name="failed_error"),
    )

    importer: Mapped[str]
    file_id: Mapped[UUID]
    check_only: Mapped[bool] = mapped_column(server_default=text("false"))
    ignore_unknown: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default=text("'queued'"))
    results: Mapped[dict[str, Any] | None] = mapped_column(JSONB, info={"schema": RESULTS})
    reasons: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": REASONS})
    refused: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": REFUSED})
    unread: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": UNREAD})
    error: Mapped[str | None]
    requested_by: Mapped[UUID | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
