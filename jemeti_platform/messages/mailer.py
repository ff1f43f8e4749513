"""The one way out for mail, as the ini configures it.

``jemeti.mail.url`` is ``smtp://user:password@host:587?starttls=true``, ``smtps://…`` or ``log``; development
logs without one. Production without one starts and says so; each mail is then logged as undelivered,
without its text: that may hold a link that is as good as a password. ``jemeti.mail.from`` is the sender.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr, parseaddr
from typing import Protocol, Self

import structlog

from ..platform import BootError
from .errands import Errands
from .outbox import Outbox
from .smtp import SmtpTransport

__all__ = ["Mail", "Mailer"]

log = structlog.get_logger("jemeti.mail")

_URL, _SENDER = "jemeti.mail.url", "jemeti.mail.from"


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail in plain text to one person. ``sender_name`` is shown as who it comes from."""

    to: str
    subject: str
    text: str
    sender_name: str = ""

    def message(self, sender: str) -> EmailMessage:
        """The mail as sent by the address ``sender`` (with or without a name of its own)."""
        name, address = parseaddr(sender)
        message = EmailMessage()
        message["From"] = formataddr((self.sender_name or name, address))
        message["To"] = self.to
        message["Subject"] = self.subject
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(self.text)
        return message


class Transport(Protocol):
    """What carries a mail away; whatever it raises is logged."""

    def carry(self, message: EmailMessage) -> None: ...


class Mailer:
    """Carries mails away on the thread for errands. ``outbox`` keeps the last ones in development."""

    def __init__(self, transport: Transport | None, sender: str) -> None:
        self.transport = transport
        self.sender = sender
        self.errands = Errands()
        self.outbox = transport if isinstance(transport, Outbox) else None

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
            return cls(Outbox(), sender)
        return cls(SmtpTransport.from_url(url) if url else None, sender)

    def post(self, mail: Mail) -> None:
        """Have a mail carried away now."""
        self.errands.run(lambda: self._carry(mail))

    def _carry(self, mail: Mail) -> None:
        if self.transport is None:
            log.warning("mail not sent: jemeti.mail.url is not set", to=mail.to, subject=mail.subject)
            return
        try:
            self.transport.carry(mail.message(self.sender))
        except Exception as error:  # noqa: BLE001 (no fault of a mail server may stop the next mail)
            log.warning("mail not sent", to=mail.to, subject=mail.subject, error=f"{type(error).__name__}: {error}")
        else:
            log.info("mail sent", to=mail.to, subject=mail.subject)
