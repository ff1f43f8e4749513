"""``/v1/messages``, what was sent and what waits; ``/v1/message-suppressions``, who wants no more."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import colander

from ..db.base import uuid7
from ..db.rows import insert_row
from ..errors import Conflict
from ..rest.answer import Answer
from ..rest.request import path_id
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..types import Email, Phone, Text
from ..types.strict import Context
from ..work import Work
from .models import Message, MessageSuppression
from .sending import address_key, as_draft, put

__all__ = ["MESSAGES", "SUPPRESSIONS", "includeme"]

_PHONE = Phone()

MESSAGES = Resource(
    name="messages",
    path="/messages",
    model=Message,
    schema=Mapping,
    feature=ALWAYS,
    title="message",
    description="Every e-mail and SMS: what waits, what has gone, and why something has not",
    read="messages:read",
    write="messages:write",
    filters=(
        "status", "channel", "recipient", "recipient_kind", "recipient_id", "template", "event_id", "transactional",
        "created_at", "send_after", "sent_at",
    ),
    sort=("created_at", "send_after", "sent_at"),
    search=True,
    hidden=("recipient_key", "secret_text", "unsubscribe_token"),
    creatable=False,
    updatable=False,
)  # fmt: skip

again = Service("messages.resend", "/messages/{id}/resend", ALWAYS, "Sending a message again", tag="messages")


@again.post(permission="messages:write", answer=MESSAGES.answer_schema, status=201, errors=(404, 409))
def resend(request: Any) -> Answer:
    """Send the same text once more, as a message of its own. What was confidential is not kept, so it cannot be."""
    work = request.work
    row = MESSAGES.locked(work, path_id(request))
    if row["confidential"]:
        raise Conflict("The text of a confidential message is not kept; have a new one made.", reason="confidential")
    if row["status"] in ("queued", "held"):
        raise Conflict("This message has not been sent yet; it will be.", reason="state", status=row["status"])
    identity = put(work, as_draft(row, resend_of=row["id"]))
    answer = MESSAGES.present(work, identity)
    answer.status, answer.location = 201, f"/v1/messages/{identity}"
    return answer


class Address(Email):
    """An e-mail address or a telephone number, each as elsewhere."""

    def read(self, value: Any, context: Context) -> str:
        if type(value) is str and "@" in value:
            return super().read(value, context)
        return _PHONE.read(value, context)

    def describe(self) -> dict[str, Any]:
        return {"type": "string", "maxLength": 254, "examples": ["somebody@example.com", "+8801712345678"]}


class SuppressionSchema(Mapping):
    address = colander.SchemaNode(Address(), description="An e-mail address or a telephone number")
    note = colander.SchemaNode(Text(max=500), missing=None)


def suppress(work: Work, values: dict[str, Any]) -> UUID:
    """Write down an address that wants nothing more, mails or short messages by what it is."""
    identity, address = uuid7(), values["address"]
    channel = "email" if "@" in address else "sms"
    key = address_key(channel, address)
    work.queue(insert_row(MessageSuppression, identity, {**values, "channel": channel, "address_key": key}))
    return identity


SUPPRESSIONS = Resource(
    name="message_suppressions",
    path="/message-suppressions",
    model=MessageSuppression,
    schema=SuppressionSchema,
    feature=ALWAYS,
    title="suppression",
    description="Addresses that get nothing but what is transactional: they unsubscribed, or somebody wrote them down",
    read="messages:read",
    write="messages:write",
    filters=("channel", "address", "reason", "created_at"),
    sort=("created_at", "address"),
    search=True,
    hidden=("address_key",),
    create=suppress,
    updatable=False,
    deletable=True,
)


def includeme(config: Any) -> None:
    config.add_resource(MESSAGES)
    config.add_service(again)
    config.add_resource(SUPPRESSIONS)
