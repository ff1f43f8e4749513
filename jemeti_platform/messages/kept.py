"""Where development's messages go: into the log, and the last fifty into memory. Nothing leaves the machine."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from email.message import EmailMessage

import structlog

from .sms import Sms

__all__ = ["KEPT", "KeptMails", "KeptSms"]

log = structlog.get_logger("jemeti.messages")

KEPT = 50


class _Kept:
    """The last messages, newest first."""

    def __init__(self) -> None:
        self.messages: deque[dict[str, str]] = deque(maxlen=KEPT)

    def _keep(self, kind: str, **words: str) -> None:
        now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        message = {"at": now, "channel": kind, **words}
        self.messages.appendleft(message)
        log.info(kind, **{name: word for name, word in message.items() if name not in ("channel", "html")})


class KeptMails(_Kept):
    """The mail transport of development."""

    def carry(self, message: EmailMessage) -> None:
        plain, html = message.get_body(("plain",)), message.get_body(("html",))
        self._keep(
            "email",
            **{"from": str(message["From"])},
            to=str(message["To"]),
            subject=str(message["Subject"]),
            text=plain.get_content() if plain else "",
            html=html.get_content() if html else "",
        )


class KeptSms(_Kept):
    """The SMS gateway of development."""

    def send(self, sms: Sms) -> str | None:
        self._keep("sms", **{"from": sms.sender}, to=sms.to, subject="", text=sms.text, html="")
        return None
