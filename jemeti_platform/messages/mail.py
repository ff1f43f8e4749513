"""Sending mail: handed over when the transaction has been committed, never before."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .mailer import Mail, Mailer

if TYPE_CHECKING:
    from ..admin.work import PlatformWork
    from ..work import Work

__all__ = ["send"]


def send(work: Work | PlatformWork, *, to: str, subject: str, text: str, sender_name: str = "") -> None:
    """Send a mail once the transaction of ``work`` is committed; not at all if it is undone.

    What goes wrong then is logged: it cannot fail what has already been done.
    """
    mailer, mail = work.platform.part(Mailer), Mail(to, subject, text, sender_name)

    def hand_over(committed: bool, *arguments: Any) -> None:  # noqa: FBT001 (the transaction package calls it so)
        if committed:
            mailer.post(mail)

    work.transaction.transaction_manager.get().addAfterCommitHook(hand_over)
