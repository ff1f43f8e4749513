"""Messages to people, as a table of contents.

- ``mail``: sending one, after commit; ``mailer``: the one way out, and how the ini configures it
- ``smtp``: by a mail server; ``outbox``, ``outbox_page``: kept in memory and shown, in development
- ``errands``: what is done after the answer, on a thread of its own
"""

from __future__ import annotations

from typing import Any

import structlog

from .mailer import Mailer

log = structlog.get_logger("jemeti.mail")


def includeme(config: Any) -> None:
    """Make the mailer, so that a mail URL that cannot be read stops the boot. Raises BootError."""
    mailer = config.registry.platform.part(Mailer)
    if mailer.transport is None:
        log.warning("no mail will be sent: jemeti.mail.url is not set", lost="invitations and password resets")
    if mailer.outbox is not None:
        config.include(".outbox_page")
