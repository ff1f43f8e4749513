"""From something that happened to messages about it: who gets one, and what is in it.

The listener only puts a job beside the event: whom to write to and what is found out by the worker, so that a fault
in a text can never undo what the text is about.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
import structlog

from ..errors import Conflict
from . import unsubscribing
from .rendering import Rendered, render
from .sending import Draft, put
from .template import CHANNELS, MessageTemplate, Recipient
from .templates import Templates, choice, is_enabled

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["COMPOSE", "channels_of", "compose", "listener_of", "readers_of", "send", "send_again"]

log = structlog.get_logger("jemeti.messages")

COMPOSE = "messages.compose"
"""The task that writes the messages about one event."""


def send(
    work: Work,
    template: str,
    to: Recipient,
    *,
    confidential: bool = False,
    expires_at: datetime | None = None,
    event_id: UUID | None = None,
) -> list[UUID]:
    """Write to somebody by a declared template; returns the ids of what is now in the outbox.

    That is one message for each channel by which it goes and for which ``to`` has an address: often one, maybe none.
    It is sent once the transaction of ``work`` is committed, and not at all if that is undone. The text of a
    ``confidential`` message (it holds a link that is as good as a password) is forgotten when it has been sent, and
    shown to nobody. After ``expires_at`` it is not sent any more. Raises KeyError for a template that nobody has
    declared.
    """
    found = work.platform.part(Templates)[template]
    said = choice(work, found)
    after = timedelta(minutes=said["delay_minutes"] or 0)
    made: list[UUID] = []
    for channel in _reached(found, said, to):
        token = None if found.transactional else unsubscribing.new_token()
        link = {} if token is None else {unsubscribing.PLACE: unsubscribing.link(work, token)}
        texts = render(work, found, {**to.values, **link}, own=said, locale=to.locale)
        draft = Draft(
            channel,
            to,
            texts.text if channel == "email" else texts.sms,
            texts.subject,
            found.name,
            found.transactional,
            confidential,
            event_id,
            after=after,
            expires_at=expires_at,
            unsubscribe_token=token,
        )
        made.append(put(work, draft))
    return made


def send_again(work: Work, template: MessageTemplate, event: Any) -> list[UUID]:
    """Write once more, now, to everybody whom what has happened concerns; returns the ids of what is in the outbox.

    For somebody who asks for it, with what holds now. Raises Conflict as ``readers_of``.
    """
    return [one for to in readers_of(work, template, event) for one in send(work, template.name, to)]


def readers_of(work: Work, template: MessageTemplate, event: Any) -> list[Recipient]:
    """Whom the message about an event would reach now: for somebody who asks for it, before it happens.

    Raises Conflict where the workspace has switched the message off (``message_off``), and where there is nobody to
    write to, or no address (``nobody_to_write_to``).
    """
    said = choice(work, template)
    if not is_enabled(template, said):
        raise Conflict("This message is switched off in the message templates.", reason="message_off")
    assert template.recipients is not None  # it is sent for an event
    readers = [to for to in template.recipients(work, event) if _reached(template, said, to)]
    if not readers:
        raise Conflict(
            "There is nobody to write to: an active customer with an address for this message is needed.",
            reason="nobody_to_write_to",
        )
    return readers


def channels_of(work: Work, template: MessageTemplate) -> tuple[str, ...]:
    """By which channels a message may go in this workspace: ``email``, ``sms``; none where it is switched off."""
    said = choice(work, template)
    if not is_enabled(template, said):
        return ()
    way = said["way"] or template.way
    return (way,) if way in CHANNELS else CHANNELS


def listener_of(template: MessageTemplate) -> Callable[[Work, Any], None]:
    """What listens to a template's event."""

    def queue(work: Work, event: Any) -> None:
        if is_enabled(template, choice(work, template)):
            data = msgspec.to_builtins(event)
            work.defer(COMPOSE, template=template.name, event=data, event_id=work.event_id)

    queue.__qualname__ = f"message {template.name}"  # by which it is told of, and listed
    return queue


def compose(work: Work, template: str, event: dict[str, Any], event_id: UUID | None = None) -> None:
    """Write to everybody whom a template's event concerns. Nothing is sent if it has been switched off meanwhile."""
    found = work.platform.part(Templates).seen_by(work).get(template)
    if found is None or found.event is None or found.recipients is None:
        log.warning("a message is not written: its template is gone", template=template)
        return
    if not is_enabled(found, choice(work, found)):
        return
    owner = work.platform.part(Templates).owner_of(template)
    with work.platform.faults.of(owner, "message", template, event_id=event_id and str(event_id)):
        to = list(found.recipients(work, msgspec.convert(event, found.event, strict=False)))
    for recipient in to:
        send(work, template, recipient, event_id=event_id)


def _reached(template: MessageTemplate, said: Mapping[str, Any], to: Recipient) -> list[str]:
    way = said["way"] or template.way
    reached = [channel for channel, address in (("email", to.email), ("sms", to.phone)) if address]
    if way == "both":
        return reached
    first, _, other = way.partition("_else_")
    return [channel for channel in (first, other) if channel in reached][:1]


def sample(work: Work, template: MessageTemplate, own: Mapping[str, Any], locale: str | None) -> Rendered:
    """The texts with the samples in their places."""
    values = template.samples() | {"workspace.name": work.workspace["name"]}
    if not template.transactional:
        values |= {unsubscribing.PLACE: unsubscribing.link(work, "0" * 32)}
    return render(work, template, {n: v for n, v in values.items() if not n.startswith("workspace.")}, own=own,
                  locale=locale)  # fmt: skip
