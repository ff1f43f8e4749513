"""Messages to people, as a table of contents.

- ``composing``: ``send``, and messages for what has happened; ``template``, ``templates``: what may be sent, and what a
  workspace has made of it; ``placeholders``, ``wording``, ``rendering``: from a template to a text
- ``sending``: the outbox, a row and a job in the business transaction; ``delivery``: the task that carries one away
- ``daytime``, ``quiet_hours``, ``unsubscribing``, ``unsubscribe_page``: what can wait, and who
  wants none
- ``mail``, ``mail_html``, ``mailer``, ``smtp``: mail, and the one way out for it
- ``sms``, ``http_sms``, ``segments``: short messages; ``failures``: why something has not gone out
- ``kept``, ``kept_page``: what development shows instead of sending it
- ``models``, ``resources``, ``services``, ``shapes``: ``/v1/messages``, ``-templates`` and ``-suppressions``
"""

from __future__ import annotations

from typing import Any

import structlog

from ..db.statement import Bound
from . import composing, delivery, sending
from .composing import channels_of, readers_of, send, send_again
from .daytime import is_daytime
from .mailer import Mailer
from .sms import SmsSender
from .template import MessageTemplate, Placeholder, Recipient, Texts

__all__ = [
    "MessageTemplate",
    "Placeholder",
    "Recipient",
    "Texts",
    "channels_of",
    "includeme",
    "is_daytime",
    "readers_of",
    "send",
    "send_again",
]

log = structlog.get_logger("jemeti.messages")

# what is waiting counts as well, what has failed cost nothing
_USED = Bound(
    "SELECT coalesce(sum(m.segments), 0)::bigint AS used FROM workspaces w LEFT JOIN messages m"
    " ON m.tenant_id = w.tenant_id AND m.channel = 'sms' AND m.status IN ('queued', 'held', 'sent')"
    " AND m.created_at >= date_trunc('month', now(), w.timezone)",
    (),
)


def includeme(config: Any) -> None:
    """Make the ways out, so that settings that cannot be read stop the boot. Raises BootError."""
    platform = config.registry.platform
    mailer, texter = platform.part(Mailer), platform.part(SmsSender)
    if mailer.transport is None:
        log.warning("no mail will be sent: jemeti.mail.url is not set", lost="invitations and password resets")
    if texter.gateway is None:
        log.warning("no SMS will be sent: jemeti.sms.url is not set")
    config.add_task(sending.DELIVER, delivery.deliver, queue="messages")
    config.add_task(composing.COMPOSE, composing.compose, queue="messages")
    config.add_limit_usage(sending.SMS_LIMIT, _USED)
    for part in ("resources", "services", "unsubscribe_page"):
        config.include(f".{part}")
    if mailer.kept is not None or texter.kept is not None:
        config.include(".kept_page")
