"""The mails about accounts: short, plain, and with the name of the workspace they are about.

A workspace may word them itself; the link has to stay in. What holds a link is confidential: its text is forgotten when
it has been sent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ..messages import MessageTemplate, Placeholder, Recipient, Texts, send
from ..work import Work
from .links import Links
from .one_time import LIFETIMES
from .opaque import Opaque

__all__ = ["MESSAGES", "invite", "offer_reset", "tell_password_changed", "tell_recovered", "tell_two_factor"]

_NAME = Placeholder("user.name", "Name of the user", "Karim Uddin")
_INVITATION = MessageTemplate(
    "auth.invitation",
    "Invitation of a user",
    {
        "en": Texts(
            "Your invitation to {{workspace.name}}",
            """Hello,

{{inviter}} invites you to work with {{workspace.name}}.

Choose a password here, within 7 days:
{{link}}

If you do not know what this is about, ignore this mail.
""",
        ),
        "bn": Texts(
            "{{workspace.name}}-এ আপনার আমন্ত্রণ",
            """আসসালামু আলাইকুম / নমস্কার,

{{inviter}} আপনাকে {{workspace.name}}-এর সাথে কাজ করার আমন্ত্রণ জানিয়েছেন।

৭ দিনের মধ্যে এখানে একটি পাসওয়ার্ড ঠিক করুন:
{{link}}

বিষয়টি আপনার জানা না থাকলে এই মেইল উপেক্ষা করুন।
""",
        ),
        "de": Texts(
            "Ihre Einladung zu {{workspace.name}}",
            """Guten Tag,

{{inviter}} lädt Sie ein, mit {{workspace.name}} zu arbeiten.

Wählen Sie hier innerhalb von 7 Tagen ein Passwort:
{{link}}

Wenn Sie nicht wissen, worum es geht, ignorieren Sie diese Mail.
""",
        ),
    },
    (
        Placeholder("inviter", "Who invites", "Rahima Khatun"),
        Placeholder("link", "Link by which one joins", "https://demo.example.com/accept-invitation#token=demo.0f3a"),
    ),
    transactional=True,
    enabled=True,
    required=("link",),
)
_RESET = MessageTemplate(
    "auth.reset",
    "A new password",
    {
        "en": Texts(
            "A new password for {{workspace.name}}",
            """Hello {{user.name}},

somebody, probably you, asked for a new password for {{workspace.name}}.

Choose one here, within 30 minutes:
{{link}}

If it was not you, ignore this mail: your password stays as it is.
""",
        ),
        "bn": Texts(
            "{{workspace.name}}-এর নতুন পাসওয়ার্ড",
            """প্রিয় {{user.name}},

কেউ একজন, সম্ভবত আপনি, {{workspace.name}}-এর জন্য নতুন পাসওয়ার্ড চেয়েছেন।

৩০ মিনিটের মধ্যে এখানে ঠিক করুন:
{{link}}

আপনি না চেয়ে থাকলে এই মেইল উপেক্ষা করুন: আপনার পাসওয়ার্ড আগের মতোই থাকবে।
""",
        ),
        "de": Texts(
            "Ein neues Passwort für {{workspace.name}}",
            """Guten Tag {{user.name}},

jemand, wahrscheinlich Sie, hat ein neues Passwort für {{workspace.name}} angefordert.

Wählen Sie es hier innerhalb von 30 Minuten:
{{link}}

Wenn Sie es nicht waren, ignorieren Sie diese Mail: Ihr Passwort bleibt, wie es ist.
""",
        ),
    },
    (
        _NAME,
        Placeholder("link", "Link by which one chooses", "https://demo.example.com/reset-password#token=demo.0f3a"),
    ),
    transactional=True,
    enabled=True,
    required=("link",),
)
_CHANGED = MessageTemplate(
    "auth.password_changed",
    "A password was changed",
    {
        "en": Texts(
            "Your password for {{workspace.name}} was changed",
            """Hello {{user.name}},

your password for {{workspace.name}} was changed just now, and you were logged out wherever else you were logged in.

If it was not you, ask an administrator of {{workspace.name}} for help at once.
""",
        ),
        "bn": Texts(
            "{{workspace.name}}-এর পাসওয়ার্ড বদলানো হয়েছে",
            """প্রিয় {{user.name}},

{{workspace.name}}-এর জন্য আপনার পাসওয়ার্ড এইমাত্র বদলানো হয়েছে, এবং অন্য সব জায়গা থেকে আপনাকে লগ-আউট করা হয়েছে।

আপনি না করে থাকলে এখনই {{workspace.name}}-এর একজন অ্যাডমিনের সাহায্য নিন।
""",
        ),
        "de": Texts(
            "Ihr Passwort für {{workspace.name}} wurde geändert",
            """Guten Tag {{user.name}},

Ihr Passwort für {{workspace.name}} wurde gerade geändert, und Sie wurden überall sonst abgemeldet.

Wenn Sie es nicht waren, wenden Sie sich sofort an jemanden, der {{workspace.name}} verwaltet.
""",
        ),
    },
    (_NAME,),
    transactional=True,
    enabled=True,
)
_TWO_FACTOR = MessageTemplate(
    "auth.two_factor",
    "The two-factor log-in was switched",
    {
        "en": Texts(
            "Your two-factor log-in for {{workspace.name}}",
            """Hello {{user.name}},

the two-factor log-in of your account for {{workspace.name}} was {{what}} just now.

If you know nothing of this, ask an administrator of {{workspace.name}} for help at once.
""",
        ),
    },
    (_NAME, Placeholder("what", "What was done", "switched on")),
    transactional=True,
    enabled=True,
)
_RECOVERED = MessageTemplate(
    "auth.recovered",
    "A recovery code was used",
    {
        "en": Texts(
            "A recovery code was used for {{workspace.name}}",
            """Hello {{user.name}},

somebody logged in to {{workspace.name}} with one of your recovery codes just now. You have {{left}} left.

If it was not you, change your password and renew the codes at once.
""",
        ),
    },
    (_NAME, Placeholder("left", "How many codes are left", 9)),
    transactional=True,
    enabled=True,
)
MESSAGES = (_INVITATION, _RESET, _CHANGED, _TWO_FACTOR, _RECOVERED)


def invite(work: Work, *, user_id: UUID, to: str, inviter: str, token: Opaque) -> None:
    """Send somebody the link with which they join the workspace."""
    values = {"inviter": inviter, "link": work.platform.part(Links).to("accept-invitation", token)}
    recipient = Recipient(email=to, kind="user", id=user_id, values=values)
    expires_at = work.now() + LIFETIMES["invitation"]
    send(work, _INVITATION.name, recipient, confidential=True, expires_at=expires_at)


def offer_reset(work: Work, *, user_id: UUID, to: str, name: str, token: Opaque) -> None:
    """Send a user the link with which they choose a new password."""
    values = {"user.name": name, "link": work.platform.part(Links).to("reset-password", token)}
    recipient = Recipient(email=to, name=name, kind="user", id=user_id, values=values)
    send(work, _RESET.name, recipient, confidential=True, expires_at=work.now() + LIFETIMES["reset"])


def tell_password_changed(work: Work, *, user_id: UUID, to: str, name: str) -> None:
    """Tell a user that their password is another one now."""
    _tell(work, _CHANGED, {"id": user_id, "email": to, "name": name})


def tell_two_factor(work: Work, user: Mapping[str, Any], what: str) -> None:
    """Tell a user that their second factor was switched on or off, and by whom."""
    _tell(work, _TWO_FACTOR, user, what=what)


def tell_recovered(work: Work, user: Mapping[str, Any], left: int) -> None:
    """Tell a user that a recovery code was used, and how many are left."""
    _tell(work, _RECOVERED, user, left=left)


def _tell(work: Work, template: MessageTemplate, user: Mapping[str, Any], **values: Any) -> None:
    named = {"user.name": user["name"], **values}
    send(work, template.name, Recipient(user["email"], None, user["name"], "user", user["id"], named))
