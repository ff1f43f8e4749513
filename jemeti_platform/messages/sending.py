"""The outbox: a message is a row of the business transaction, and a job beside it that sends what is committed."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import PaymentRequired
from ..features import limits
from ..types import email_key
from .quiet_hours import QuietHours
from .segments import measure
from .template import Recipient

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["DELIVER", "SMS_LIMIT", "Draft", "address_key", "put", "wake"]

DELIVER = "messages.deliver"
"""The task that carries one message away."""
SMS_LIMIT = "messages.sms_per_month"

_PUT = Statement(
    "INSERT INTO messages (id, channel, recipient, recipient_key, recipient_name, recipient_kind, recipient_id,"
    " template, event_id, resend_of, subject, text, secret_text, confidential, transactional, locale, segments,"
    " status, reason, send_after, expires_at, unsubscribe_token)"
    " SELECT %(id)s, %(channel)s, %(recipient)s, %(key)s, %(name)s, %(kind)s, %(recipient_id)s, %(template)s,"
    " %(event_id)s, %(resend_of)s, %(subject)s, %(text)s, CASE WHEN gone.reason IS NULL THEN %(secret)s END,"
    " %(confidential)s, %(transactional)s, %(locale)s, %(segments)s,"
    " CASE WHEN gone.reason IS NULL THEN %(status)s ELSE 'suppressed' END, gone.reason, %(send_after)s,"
    " %(expires_at)s, %(token)s"
    " FROM (SELECT coalesce(%(refusal)s::text, (SELECT s.reason FROM message_suppressions s"
    "  WHERE NOT %(transactional)s AND s.channel = %(channel)s AND s.address_key = %(key)s)) AS reason) gone"
)


class Draft(NamedTuple):
    """What is to be sent, by which channel: texts as they will be read."""

    channel: str
    to: Recipient
    text: str
    subject: str | None = None
    template: str | None = None
    transactional: bool = False
    confidential: bool = False
    event_id: UUID | None = None
    resend_of: UUID | None = None
    after: timedelta | None = None
    expires_at: datetime | None = None
    unsubscribe_token: str | None = None


def put(work: Work, draft: Draft) -> UUID:
    """Put a message into the outbox, in the transaction of ``work``; returns its id.

    What is not transactional waits for the end of the quiet hours, and is ``suppressed`` where the recipient has
    unsubscribed. A short message beyond the limit ``messages.sms_per_month`` is ``suppressed`` as well: what it was
    about has happened all the same. Costs no round trip, but for an SMS under a limit. Raises ValueError for a
    recipient who has no address for the channel.
    """
    recipient = address_of(draft)
    now = work.now()
    wanted = now + (draft.after or timedelta())
    send_after = wanted if draft.transactional else QuietHours.of(work.workspace).after(wanted)
    segments = measure(draft.text).segments if draft.channel == "sms" else None
    identity = uuid7()
    work.queue(
        _PUT(
            id=identity,
            channel=draft.channel,
            recipient=recipient,
            key=address_key(draft.channel, recipient),
            name=draft.to.name or None,
            kind=draft.to.kind,
            recipient_id=draft.to.id,
            template=draft.template,
            event_id=draft.event_id,
            resend_of=draft.resend_of,
            subject=draft.subject if draft.channel == "email" else None,
            text=None if draft.confidential else draft.text,
            secret=draft.text if draft.confidential else None,
            confidential=draft.confidential,
            transactional=draft.transactional,
            locale=draft.to.locale or work.workspace["locale"],
            segments=segments,
            status="held" if send_after > wanted else "queued",
            refusal=_over_the_limit(work, segments),
            send_after=send_after,
            expires_at=draft.expires_at,
            token=None if draft.transactional else draft.unsubscribe_token or secrets.token_hex(16),
        )
    )
    wake(work, identity, send_after if send_after > now else None)
    return identity


def wake(work: Work, message_id: UUID, at: datetime | None = None) -> None:
    """Have the worker look at a message once this transaction is committed, or at a later moment."""
    work.defer(DELIVER, at=at, message_id=message_id)


def address_of(draft: Draft) -> str:
    """The address of a draft's recipient for its channel. Raises ValueError where there is none."""
    found = draft.to.email if draft.channel == "email" else draft.to.phone
    if not found:
        raise ValueError(f"the recipient has no address for {draft.channel}")
    return found


def address_key(channel: str, address: str) -> str:
    """An address as two spellings of it are compared; telephone numbers are E.164 already."""
    return email_key(address) if channel == "email" else address


def _over_the_limit(work: Work, segments: int | None) -> str | None:
    if segments is None:
        return None
    try:
        limits.reserve(work, SMS_LIMIT, segments)
    except PaymentRequired:
        return "limit"
    return None


def as_draft(row: Mapping[str, Any], **changes: Any) -> Draft:
    """The message of a row, to be sent once more."""
    phone = row["recipient"] if row["channel"] == "sms" else None
    email = row["recipient"] if row["channel"] == "email" else None
    to = Recipient(
        email, phone, row["recipient_name"] or "", row["recipient_kind"], row["recipient_id"], locale=row["locale"]
    )
    return Draft(
        row["channel"],
        to,
        row["text"],
        row["subject"],
        row["template"],
        row["transactional"],
        event_id=row["event_id"],
        **changes,
    )
