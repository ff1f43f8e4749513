"""Endpoints, what is to be delivered to them, and every attempt at it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase, TenantKey, TenantRow
from ..db.shape import Indexed, Reference, Unique
from ..events.models import Event

__all__ = ["STATUSES", "WebhookAttempt", "WebhookDelivery", "WebhookEndpoint", "WebhookFailure"]

STATUSES = ("pending", "succeeded", "failed", "cancelled")


class WebhookEndpoint(TenantBase):
    """A URL that wants to know of events. During a rotation two secrets sign.

    ``generation`` counts how often it was enabled: what waits in the queue from before holds nothing up.
    """

    __tablename__ = "webhook_endpoints"
    __shape__ = (
        Indexed("created_at"),
        CheckConstraint("status IN ('active', 'disabled')", name="status_known"),
        CheckConstraint("(status = 'disabled') = (disabled_reason IS NOT NULL)", name="disabled_has_reason"),
        CheckConstraint("(previous_secret IS NULL) = (previous_secret_until IS NULL)", name="previous_secret_ends"),
        CheckConstraint("jsonb_typeof(event_types) = 'array' AND event_types <> '[]'", name="event_types_some"),
    )

    url: Mapped[str]
    description: Mapped[str | None]
    event_types: Mapped[list[str]]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    disabled_reason: Mapped[str | None]
    generation: Mapped[int] = mapped_column(server_default=text("1"))
    secret: Mapped[str]
    previous_secret: Mapped[str | None]
    previous_secret_until: Mapped[datetime | None]


class WebhookFailure(TenantKey):
    """An endpoint that has taken nothing ``since`` a moment; one where nobody answers rests for a while.

    There is a row for as long as that lasts. It stands apart from the endpoint because nobody has changed anything:
    the audit log need not tell.
    """

    __tablename__ = "webhook_failures"
    __shape__ = (Reference("endpoint_id", "webhook_endpoints", ondelete="CASCADE", index=False),)

    endpoint_id: Mapped[UUID] = mapped_column(primary_key=True)
    since: Mapped[datetime] = mapped_column(server_default=func.now())
    resting_until: Mapped[datetime | None]


class WebhookDelivery(TenantRow):
    """One event on its way to one endpoint; what came of the last attempt stands here, all of them in the log.

    ``round`` counts the redeliveries, ``attempts`` and ``started_at`` are of the present one.
    """

    __tablename__ = "webhook_deliveries"
    __shape__ = (
        Reference("endpoint_id", "webhook_endpoints", ondelete="CASCADE", index=False),
        Reference("event_id", Event.__tablename__),
        Unique("endpoint_id", "event_id"),
        Indexed("endpoint_id", "created_at"),
        Indexed("endpoint_id", "object_id"),
        Indexed("created_at"),
        CheckConstraint("status IN ('pending', 'succeeded', 'failed', 'cancelled')", name="status_known"),
        CheckConstraint("(status = 'pending') = (finished_at IS NULL)", name="finished_or_pending"),
    )

    endpoint_id: Mapped[UUID]
    event_id: Mapped[UUID]
    event_type: Mapped[str]
    object_id: Mapped[UUID | None]
    status: Mapped[str] = mapped_column(server_default=text("'pending'"))
    attempts: Mapped[int] = mapped_column(server_default=text("0"))
    round: Mapped[int] = mapped_column(server_default=text("1"))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
    started_at: Mapped[datetime] = mapped_column(server_default=func.now())
    next_attempt_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    response_status: Mapped[int | None]
    duration_ms: Mapped[int | None]
    error: Mapped[str | None]


class WebhookAttempt(TenantRow):
    """One attempt: what was answered, or why nothing was."""

    __tablename__ = "webhook_attempts"
    __shape__ = (Reference("delivery_id", "webhook_deliveries", ondelete="CASCADE"),)

    delivery_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    response_status: Mapped[int | None]
    duration_ms: Mapped[int]
    error: Mapped[str | None]
    response_body: Mapped[str | None]
