"""One mail as it goes over the wire: plain text always, the same in HTML beside it, and headers that machines heed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime, formataddr, parseaddr

from .mail_html import as_html

__all__ = ["Mail"]


@dataclass(frozen=True, slots=True)
class Mail:
    """A mail to one person, from a workspace.

    ``id`` is the message's: the ``Message-ID`` is made of it, so that a mail which was sent twice because a machine
    died in between is known for the same one. ``unsubscribe`` is the link by which the recipient takes leave (RFC 2369
    and, with one click, RFC 8058).
    """

    to: str
    subject: str
    text: str
    id: str = ""
    sender_name: str = ""
    reply_to: str | None = None
    unsubscribe: str | None = None
    colour: str | None = None
    locale: str = "en"

    def message(self, sender: str) -> EmailMessage:
        """The mail as sent by the address ``sender`` (with or without a name of its own).

        Raises ValueError for a line break in a header.
        """
        name, address = parseaddr(sender)
        message = EmailMessage()
        message["From"] = formataddr((self.sender_name or name, address))
        message["To"] = self.to
        message["Subject"] = self.subject
        message["Date"] = format_datetime(datetime.now(UTC))
        if self.id:
            message["Message-ID"] = f"<{self.id}@{address.rpartition('@')[2]}>"
        if self.reply_to:
            message["Reply-To"] = self.reply_to
        message["Auto-Submitted"] = "auto-generated"
        if self.unsubscribe:
            message["List-Unsubscribe"] = f"<{self.unsubscribe}>"
            message["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
        message.set_content(self.text)
        message.add_alternative(
            as_html(
                self.text,
                title=self.subject,
                sender=self.sender_name or name or address,
                colour=self.colour,
                locale=self.locale,
                unsubscribe=self.unsubscribe,
            ),
            subtype="html",
        )
        return message
