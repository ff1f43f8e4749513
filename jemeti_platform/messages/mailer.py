"""The one way out for mail, as the ini configures it.

``jemeti.mail.url`` is ``smtp://user:password@host:587?starttls=true``, ``smtps://…`` or ``log``; development
logs without one. Production without one starts and says so; each mail has then failed, for that reason.
``jemeti.mail.from`` is the sender.
"""

from __future__ import annotations

from collections.abc import Mapping
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Protocol, Self

from ..platform import BootError
from .failures import Refused
from .kept import KeptMails
from .mail import Mail
from .smtp import SmtpTransport

__all__ = ["Mailer"]

_URL, _SENDER = "jemeti.mail.url", "jemeti.mail.from"
NO_SERVER = "No mail server is configured: jemeti.mail.url is not set"


class Transport(Protocol):
    """What carries a mail away. Raises Refused or Unreachable."""

    def carry(self, message: EmailMessage) -> None: ...


class Mailer:
    """Carries mails away. ``kept`` are those that development keeps instead."""

    def __init__(self, transport: Transport | None, sender: str) -> None:
        self.transport = transport
        self.sender = sender
        self.kept = transport if isinstance(transport, KeptMails) else None

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.mail.*``. Raises BootError naming the key that cannot be read."""
        url = settings.get(_URL, "").strip()
        development = settings.get("jemeti.environment") == "development"
        sender = settings.get(_SENDER, "").strip() or f"no-reply@{settings.get('jemeti.domain', 'localhost')}"
        if "@" not in parseaddr(sender)[1]:
            raise BootError(f"{_SENDER}: {sender!r} is no address; write it like 'Jemeti <no-reply@example.com>'")
        if url == "log" and not development:
            raise BootError(f"{_URL} is 'log', which shows everybody's mail; that is for development only")
        if url == "log" or (not url and development):
            return cls(KeptMails(), sender)
        return cls(SmtpTransport.from_url(url) if url else None, sender)

    def carry(self, mail: Mail) -> None:
        """Hand a mail over. Raises Refused or Unreachable where that did not work."""
        if self.transport is None:
            raise Refused(NO_SERVER)
        try:
            message = mail.message(self.sender)
        except ValueError as error:
            raise Refused("It cannot be written as a mail", str(error)) from None
        self.transport.carry(message)
