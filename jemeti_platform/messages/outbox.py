"""Where development's mail goes: into the log, and the last fifty into memory."""

from __future__ import annotations

from collections import deque
from datetime import UTC, datetime
from email.message import EmailMessage

import structlog

__all__ = ["KEPT", "Outbox"]

log = structlog.get_logger("jemeti.mail")

KEPT = 50


class Outbox:
    """The transport of development: mails are kept, newest first, and go nowhere."""

    def __init__(self) -> None:
        self.mails: deque[dict[str, str]] = deque(maxlen=KEPT)

    def carry(self, message: EmailMessage) -> None:
        mail = {
            "at": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
            "from": str(message["From"]),
            "to": str(message["To"]),
            "subject": str(message["Subject"]),
            "text": message.get_content(),
        }
        self.mails.appendleft(mail)
        log.info("mail", **mail)
