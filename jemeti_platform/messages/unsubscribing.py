"""Taking leave: a link in every message that nobody has to have, which works without logging in.

The token is a random word kept with the message and not a signature: signing keys are rotated within a day, and such a
link must be good for as long as the mail lies in a mailbox.
"""

from __future__ import annotations

import re
import secrets
from typing import TYPE_CHECKING, Any

from ..auth.door import enter
from ..auth.links import Links
from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import NotFound

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["PLACE", "link", "new_token", "take_leave", "who"]

PLACE = "unsubscribe_link"

_FORM = re.compile(r"([a-z0-9-]{1,63})\.([0-9a-f]{32})").fullmatch
_FIND = Statement(
    "SELECT m.channel, m.recipient, m.recipient_key, m.locale FROM messages m WHERE m.unsubscribe_token = %(token)s"
)
_LEAVE = Statement(
    "INSERT INTO message_suppressions (id, channel, address, address_key, reason)"
    " VALUES (%(id)s, %(channel)s, %(recipient)s, %(recipient_key)s, 'unsubscribed')"
    " ON CONFLICT (tenant_id, channel, address_key) DO NOTHING"
)


def new_token() -> str:
    """The token of one message: 128 random bits."""
    return secrets.token_hex(16)


def link(work: Work, token: str) -> str:
    """The address at which the holder of a message's token takes leave of the workspace."""
    slug = work.state.slug
    return work.platform.part(Links).at(slug, f"unsubscribe/{slug}.{token}")


def who(request: Any) -> tuple[Work, dict[str, Any]]:
    """A work in the workspace of the token in the path, and whose it is. Raises NotFound."""
    found = _FORM(request.matchdict["token"])
    if found is None or request.workspace_slug not in (None, found[1]):
        raise _unknown()
    work = enter(request, found[1])
    (rows,) = work.read(_FIND(token=found[2]))
    if not rows:
        raise _unknown()
    return work, rows[0]


def take_leave(work: Work, recipient: dict[str, Any]) -> None:
    """Write down that an address wants nothing more; once is enough."""
    given = {name: recipient[name] for name in ("channel", "recipient", "recipient_key")}
    work.write(_LEAVE(id=uuid7(), **given))


def _unknown() -> NotFound:
    return NotFound("This link is not known here.")
