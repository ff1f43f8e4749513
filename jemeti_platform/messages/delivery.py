"""The task that carries one message away, and writes down what came of it.

Its transaction holds the row while the mail server is talked to. A worker that dies in between leaves the row as it
was, and its job to another: nothing is lost. What was taken by a server whose answer nobody lived to write down is
sent again, under the same ``Message-ID`` (or ``{id}`` of a short message): that is the one window for a double.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import structlog

from ..db.statement import Bound, Statement
from . import unsubscribing
from .failures import NotSent, Refused
from .mail import Mail
from .mailer import Mailer
from .quiet_hours import QuietHours
from .sending import wake
from .sms import Sms, SmsSender

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["PAUSES", "deliver"]

log = structlog.get_logger("jemeti.messages")

PAUSES = tuple(timedelta(minutes=n) for n in (1, 5, 15, 60, 180, 360, 720, 1440))
"""How long to wait after each failure; the one after the last gives up, after two days."""

# a mail server may take its time with each of its answers
_PATIENT = Bound("SET LOCAL idle_in_transaction_session_timeout = '5min'", ())
_CLAIM = Statement(
    "SELECT m.*, coalesce(m.text, m.secret_text) AS body, (SELECT s.reason FROM message_suppressions s"
    "  WHERE NOT m.transactional AND s.channel = m.channel AND s.address_key = m.recipient_key) AS refusal"
    " FROM messages m WHERE m.id = %(id)s AND m.status IN ('queued', 'held') FOR UPDATE OF m SKIP LOCKED"
)
_NOTE = Statement(
    "UPDATE messages SET status = %(status)s, reason = %(reason)s, last_error = coalesce(%(error)s, last_error),"
    " attempts = attempts + %(tried)s, send_after = %(send_after)s, provider_reference = %(reference)s,"
    " sent_at = CASE WHEN %(status)s = 'sent' THEN clock_timestamp() END,"
    " secret_text = CASE WHEN %(status)s IN ('queued', 'held') THEN secret_text END,"
    " version = version + 1, updated_at = now() WHERE id = %(id)s"
)


def deliver(work: Work, message_id: UUID) -> None:
    """Send a message that waits, unless it is too early, too late, or not wanted any more."""
    _, rows = work.write(_PATIENT, _CLAIM(id=message_id))
    if not rows:
        return  # done, or in the hands of another worker just now
    message, now = rows[0], work.now()
    if message["refusal"]:
        _note(work, message, "suppressed", reason=message["refusal"])
    elif message["expires_at"] is not None and message["expires_at"] <= now:
        _note(work, message, "failed", reason="expired", error="It could not be sent while it was still of use")
    elif message["send_after"] > now:
        wake(work, message_id, message["send_after"])
    elif (later := _quiet_until(work, message, now)) > now:
        _note(work, message, "held", send_after=later)
        wake(work, message_id, later)
    else:
        _try(work, message, now)


def _try(work: Work, message: dict[str, Any], now: datetime) -> None:
    told = log.bind(message_id=str(message["id"]), channel=message["channel"], workspace=work.state.slug)
    try:
        reference = _carry(work, message)
    except NotSent as error:
        said = str(error) if message["confidential"] else error.whole
        told.warning("message not sent", error=said, attempt=message["attempts"] + 1)
        if isinstance(error, Refused) or message["attempts"] >= len(PAUSES):
            _note(work, message, "failed", reason="refused" if isinstance(error, Refused) else "unreachable",
                  error=said, tried=1)  # fmt: skip
            return
        again = now + PAUSES[message["attempts"]]
        _note(work, message, "queued", error=said, tried=1, send_after=again)
        wake(work, message["id"], again)
    else:
        told.info("message sent")
        _note(work, message, "sent", tried=1, reference=reference)


def _carry(work: Work, message: dict[str, Any]) -> str | None:
    workspace, identity = work.workspace, str(message["id"])
    if message["channel"] == "sms":
        gateway = work.platform.part(SmsSender)
        sender = workspace["sms_sender"] or gateway.sender
        return gateway.carry(Sms(message["recipient"], message["body"], sender, identity))
    token = message["unsubscribe_token"]
    mail = Mail(
        to=message["recipient"],
        subject=message["subject"] or "",
        text=message["body"],
        id=identity,
        sender_name=str(workspace["name"]),
        reply_to=workspace["email"],
        unsubscribe=unsubscribing.link(work, token) if token else None,
        colour=workspace["brand_colour"],
        locale=message["locale"],
    )
    work.platform.part(Mailer).carry(mail)
    return None


def _quiet_until(work: Work, message: dict[str, Any], now: datetime) -> datetime:
    return now if message["transactional"] else QuietHours.of(work.workspace).after(now)


def _note(work: Work, message: dict[str, Any], status: str, *, reason: str | None = None, error: str | None = None,
          tried: int = 0, send_after: datetime | None = None, reference: str | None = None) -> None:  # fmt: skip
    work.queue(
        _NOTE(
            id=message["id"],
            status=status,
            reason=reason,
            error=error,
            tried=tried,
            send_after=send_after or message["send_after"],
            reference=reference,
        )
    )
