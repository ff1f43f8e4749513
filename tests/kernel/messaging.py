"""What the tests of messages share: putting one into the outbox, and looking it up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.messages import Recipient
from jemeti_platform.messages.sending import Draft, put
from jemeti_platform.testing.api import Api
from jemeti_platform.work import Work

__all__ = ["messages_to", "write"]


def write(work: Work, to: str, text: str, *, channel: str = "email", **more: Any) -> UUID:
    """Put a message to an address into the outbox; transactional unless said otherwise."""
    recipient = Recipient(phone=to) if channel == "sms" else Recipient(email=to)
    return put(work, Draft(channel, recipient, text, **{"subject": "Hello", "transactional": True, **more}))


def messages_to(api: Api, address: str) -> list[dict[str, Any]]:
    """The messages to an address as the workspace sees them, newest first."""
    found: list[dict[str, Any]] = api.get("/v1/messages", params={"recipient": address}).data
    return found
