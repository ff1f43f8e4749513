"""Mail by a mail server: one connection for each mail, encrypted where the URL says so, never waiting for ever."""

from __future__ import annotations

import smtplib
import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from typing import Self
from urllib.parse import parse_qsl, unquote, urlsplit

from ..platform import BootError
from .failures import Refused, Unreachable

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
        """Hand the mail to the server. Raises Refused where it said no to this recipient or this mail for good (5xx),
        Unreachable for everything that may be otherwise tomorrow.
        """
        try:
            with self._connect() as server:
                if self.starttls:
                    server.starttls(context=ssl.create_default_context())
                if self.user:
                    server.login(self.user, self.password)
                server.send_message(message)
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _answered(code, said) from None
        except smtplib.SMTPDataError as error:
            raise _answered(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPNotSupportedError as error:
            raise Refused("The mail server cannot do what this mail needs", str(error)) from None
        except smtplib.SMTPResponseException as error:
            # about our login or sender, not about this mail: somebody will put that right
            raise Unreachable(f"The mail server answered {error.smtp_code}", _text(error.smtp_error)) from None
        except (OSError, smtplib.SMTPException) as error:
            raise Unreachable("The mail server cannot be reached", f"{type(error).__name__}: {error}") from None

    def _connect(self) -> smtplib.SMTP:
        if self.encrypted:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=_TIMEOUT, context=ssl.create_default_context())
        return smtplib.SMTP(self.host, self.port, timeout=_TIMEOUT)


def _answered(code: int, said: bytes | str) -> Refused | Unreachable:
    kind = Refused if code >= 500 else Unreachable
    return kind(f"The mail server answered {code}", _text(said))


def _text(said: bytes | str) -> str:
    text = said.decode("utf-8", "replace") if isinstance(said, bytes) else said
    return " ".join(text.split())[:300]


def _unreadable(why: str) -> BootError:
    return BootError(f"jemeti.mail.url: {why}; write it like smtp://user:password@host:587?starttls=true")
