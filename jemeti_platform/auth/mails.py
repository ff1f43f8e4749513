"""The mails about accounts: short, plain, and with the name of the workspace they are about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..messages import mail
from ..work import Work
from .links import Links
from .opaque import Opaque

__all__ = ["invite", "offer_reset", "tell_password_changed", "tell_recovered", "tell_two_factor"]

_INVITATION = """Hello,

{inviter} invites you to work with {workspace}.

Choose a password here, within 7 days:
{link}

If you do not know what this is about, ignore this mail.
"""
_RESET = """Hello {name},

somebody, probably you, asked for a new password for {workspace}.

Choose one here, within 30 minutes:
{link}

If it was not you, ignore this mail: your password stays as it is.
"""
_CHANGED = """Hello {name},

your password for {workspace} was changed just now, and you were logged out wherever else you were logged in.

If it was not you, ask an administrator of {workspace} for help at once.
"""


_TWO_FACTOR = """Hello {name},

the two-factor log-in of your account for {workspace} was {what} just now.

If you know nothing of this, ask an administrator of {workspace} for help at once.
"""
_RECOVERED = """Hello {name},

somebody logged in to {workspace} with one of your recovery codes just now. You have {left} left.

If it was not you, change your password and renew the codes at once.
"""


def invite(work: Work, *, to: str, inviter: str, token: Opaque) -> None:
    """Send somebody the link with which they join the workspace."""
    name = str(work.workspace["name"])
    link = work.platform.part(Links).to("accept-invitation", token)
    text = _INVITATION.format(inviter=inviter, workspace=name, link=link)
    mail.send(work, to=to, subject=f"Your invitation to {name}", text=text, sender_name=name)


def offer_reset(work: Work, *, to: str, name: str, token: Opaque) -> None:
    """Send a user the link with which they choose a new password."""
    workspace = str(work.workspace["name"])
    link = work.platform.part(Links).to("reset-password", token)
    text = _RESET.format(name=name, workspace=workspace, link=link)
    mail.send(work, to=to, subject=f"A new password for {workspace}", text=text, sender_name=workspace)


def tell_password_changed(work: Work, *, to: str, name: str) -> None:
    """Tell a user that their password is another one now."""
    workspace = str(work.workspace["name"])
    text = _CHANGED.format(name=name, workspace=workspace)
    mail.send(work, to=to, subject=f"Your password for {workspace} was changed", text=text, sender_name=workspace)


def tell_two_factor(work: Work, user: Mapping[str, Any], what: str) -> None:
    """Tell a user that their second factor was switched on or off, and by whom."""
    workspace = str(work.workspace["name"])
    text = _TWO_FACTOR.format(name=user["name"], workspace=workspace, what=what)
    subject = f"Your two-factor log-in for {workspace}"
    mail.send(work, to=user["email"], subject=subject, text=text, sender_name=workspace)


def tell_recovered(work: Work, user: Mapping[str, Any], left: int) -> None:
    """Tell a user that a recovery code was used, and how many are left."""
    workspace = str(work.workspace["name"])
    text = _RECOVERED.format(name=user["name"], workspace=workspace, left=left)
    subject = f"A recovery code was used for {workspace}"
    mail.send(work, to=user["email"], subject=subject, text=text, sender_name=workspace)
