"""Mail by a mail server: one connection for each mail, encrypted where the URL says so, never waiting for ever."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from ..platform import BootError

__all__ = ["SmtpTransport"]

_TIMEOUT = 10.0


@dataclass(frozen=True, slots=True)
class SmtpTransport:
    """``smtp://user:password@host:port?starttls=true`` or ``smtps://…`` (encrypted from the first byte)."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    encrypted: bool = False
    starttls: bool = False

    @classmethod
    def from_url(cls, url: str) -> Self:
        """Raises BootError, without showing the URL, which holds a password."""
        try:
            parts = urlsplit(url)
            options = dict(parse_qsl(parts.query, strict_parsing=bool(parts.query)))
            port = parts.port or (465 if parts.scheme == "smtps" else 587 if parts.username else 25)
        except ValueError:
            raise _unreadable("it is no URL") from None
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise _unreadable("it must begin with smtp://host or smtps://host, or be the word log")
        if options.keys() - {"starttls"} or options.get("starttls", "true") not in ("true", "false"):
            raise _unreadable("the only option is starttls, true or false")
        # a password in clear text is never the default
        starttls = options.get("starttls", "true" if parts.username else "false") == "true"
        return cls(
            parts.hostname,
            port,
            unquote(parts.username or ""),
            unquote(parts.password or ""),
            encrypted=parts.scheme == "smtps",
            starttls=starttls and parts.scheme == "smtp",
        )

    def carry(self, message: EmailMessage) -> None:
        with self._connect() as server:
            if self.starttls:
                server.starttls(context=ssl.create_default_context())
            if self.user:
                server.login(self.user, self.password)
            server.send_message(message)

    def _connect(self) -> smtplib.SMTP:
        if self.encrypted:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)


def _unreadable(why: str) -> BootError:
    return BootError(f"jemeti.mail.url: {why}; write it like smtp://user:password@host:587?starttls=true")
