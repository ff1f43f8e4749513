"""Short messages: the port to whatever carries them, and the part of the platform that holds the one configured.

``jemeti.sms.url`` and its like describe an HTTP gateway (``http_sms``). Development keeps short messages instead;
production without a gateway starts and says so, and each short message has then failed, for that reason.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol, Self

from ..platform import BootError
from .failures import Refused

__all__ = ["Sms", "SmsGateway", "SmsSender"]

_URL, _SENDER = "jemeti.sms.url", "jemeti.sms.sender"
NO_GATEWAY = "No SMS gateway is configured: jemeti.sms.url is not set"
_is_sender = re.compile(r"[A-Za-z0-9 ]{1,11}|\+?[0-9]{3,15}").fullmatch


@dataclass(frozen=True, slots=True)
class Sms:
    """A short message to one telephone: ``to`` is E.164, ``id`` the same at every try, for gateways that heed it."""

    to: str
    text: str
    sender: str
    id: str


class SmsGateway(Protocol):
    """What carries short messages away."""

    def send(self, sms: Sms) -> str | None:
        """Hand it over and return the gateway's own reference, if it gives one. Raises Refused or Unreachable."""


class SmsSender:
    """Carries short messages away; ``sender`` is shown where a workspace has none of its own."""

    def __init__(self, gateway: SmsGateway | None, sender: str) -> None:
        from .kept import KeptSms

        self.gateway = gateway
        self.sender = sender
        self.kept = gateway if isinstance(gateway, KeptSms) else None

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.sms.*``. Raises BootError naming the key that cannot be read."""
        from .http_sms import HttpSmsGateway
        from .kept import KeptSms

        sender = settings.get(_SENDER, "").strip() or "Jemeti"
        if not _is_sender(sender):
            raise BootError(f"{_SENDER}: {sender!r} must be up to 11 letters and digits, or a number of 3 to 15 digits")
        if settings.get(_URL, "").strip():
            return cls(HttpSmsGateway.from_settings(settings), sender)
        return cls(KeptSms() if settings.get("jemeti.environment") == "development" else None, sender)

    def carry(self, sms: Sms) -> str | None:
        """Hand a short message over and return the gateway's reference. Raises Refused or Unreachable."""
        if self.gateway is None:
            raise Refused(NO_GATEWAY)
        return self.gateway.send(sms)
