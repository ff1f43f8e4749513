"""What has moved, for ever; and the sub-states that workspaces show beside ours."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import UniqueConstraint, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.sql.naming import conv

from ..db.base import TenantBase, TenantRow
from ..db.shape import Indexed, Unique

__all__ = ["Move", "SubStateRow"]


class Move(TenantRow):
    """One transition of one record: who moved it when from where to where, and what was said. Append-only by grant."""

    __tablename__ = "lifecycle_history"
    __shape__ = (Indexed("record_id", "id"),)

    lifecycle: Mapped[str]
    record_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    actor_kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str | None]
    action: Mapped[str]
    from_state: Mapped[str]
    to_state: Mapped[str]
    note: Mapped[str | None]
    inputs: Mapped[dict[str, Any]] = mapped_column(JSONB, server_default=text("'{}'"))


class SubStateRow(TenantBase):
    """A workspace's own word for a part of one of our states; it is shown, and no logic reads it."""

    __tablename__ = "sub_states"
    __shape__ = (
        Unique("lifecycle", "state", "title"),
        # what a record's own key refers to, so that its sub-state is always one of its state
        UniqueConstraint("tenant_id", "id", "state", name=conv("uq_sub_states_id_state")),
    )

    lifecycle: Mapped[str]
    state: Mapped[str]
    title: Mapped[str]
    colour: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
