"""Messages that wait, have gone or will not go; what a workspace has made of templates; who wants no more."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, func
from sqlalchemy import text as sql
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantBase
from ..db.shape import Indexed, Search, Unique

__all__ = ["Message", "MessageSuppression", "MessageText"]

STATUSES = ("queued", "held", "sent", "failed", "suppressed")
CHANNEL = "channel IN ('email', 'sms')"


class Message(TenantBase):
    """One message to one person: the outbox while it waits, the log ever after.

    ``secret_text`` is the text of a confidential message (a link that is as good as a password) for as long as it
    waits, and for nobody to see; ``recipient_key`` is the address as addresses are compared.
    """

    __tablename__ = "messages"
    __shape__ = (
        Indexed("created_at"),
        Indexed("recipient_id"),
        Indexed("channel", "recipient_key"),
        Unique("unsubscribe_token", where="unsubscribe_token IS NOT NULL"),
        Search("recipient", "recipient_name", "subject"),
        CheckConstraint(CHANNEL, name="channel_known"),
        CheckConstraint("status IN ('queued', 'held', 'sent', 'failed', 'suppressed')", name="status_known"),
        CheckConstraint("(status = 'sent') = (sent_at IS NOT NULL)", name="sent_at"),
        CheckConstraint("(channel = 'sms') = (segments IS NOT NULL)", name="segments"),
        CheckConstraint("confidential = (text IS NULL)", name="one_text"),
        CheckConstraint(
            "secret_text IS NULL OR confidential AND status IN ('queued', 'held')", name="secret_while_waiting"
        ),
        CheckConstraint("transactional OR NOT confidential", name="confidential_is_transactional"),
    )
    __sample__: ClassVar[dict[str, Any]] = {
        "template": "auth.invitation", "channel": "email", "text": "Hello", "secret_text": None, "segments": None,
        "confidential": False, "status": "failed", "sent_at": None, "unsubscribe_token": None,
    }  # fmt: skip

    channel: Mapped[str]
    recipient: Mapped[str]
    recipient_key: Mapped[str]
    recipient_name: Mapped[str | None]
    recipient_kind: Mapped[str | None]
    recipient_id: Mapped[UUID | None]
    template: Mapped[str | None]
    event_id: Mapped[UUID | None]
    resend_of: Mapped[UUID | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    secret_text: Mapped[str | None]
    confidential: Mapped[bool] = mapped_column(server_default=sql("false"))
    transactional: Mapped[bool] = mapped_column(server_default=sql("false"))
    locale: Mapped[str]
    segments: Mapped[int | None]
    status: Mapped[str] = mapped_column(server_default=sql("'queued'"))
    reason: Mapped[str | None]
    attempts: Mapped[int] = mapped_column(server_default=sql("0"))
    last_error: Mapped[str | None]
    send_after: Mapped[datetime] = mapped_column(server_default=func.now())
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    provider_reference: Mapped[str | None]
    unsubscribe_token: Mapped[str | None]


class MessageText(TenantBase):
    """What a workspace has said about a template; an empty column leaves it as it was declared."""

    __tablename__ = "message_templates"
    __shape__ = (
        Unique("name"),
        CheckConstraint("delay_minutes BETWEEN 0 AND 525600", name="delay_minutes"),
        CheckConstraint("way IN ('email', 'sms', 'email_else_sms', 'sms_else_email', 'both')", name="way_known"),
    )

    name: Mapped[str]
    enabled: Mapped[bool | None]
    way: Mapped[str | None]
    delay_minutes: Mapped[int | None]
    subject: Mapped[str | None]
    text: Mapped[str | None]
    sms_text: Mapped[str | None]


class MessageSuppression(TenantBase):
    """An address that gets nothing from this workspace but what is transactional."""

    __tablename__ = "message_suppressions"
    __shape__ = (
        Unique("channel", "address_key"),
        Indexed("created_at"),
        Search("address", "note"),
        CheckConstraint(CHANNEL, name="channel_known"),
        CheckConstraint("reason IN ('unsubscribed', 'manual')", name="reason_known"),
    )

    channel: Mapped[str]
    address: Mapped[str]
    address_key: Mapped[str]
    reason: Mapped[str] = mapped_column(server_default=sql("'manual'"))
    note: Mapped[str | None]
