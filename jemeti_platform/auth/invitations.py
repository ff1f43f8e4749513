"""Invitations: a person is written down, mailed a link, and becomes a user by choosing name and password."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.statement import Statement
from ..errors import Conflict, Gone
from ..features import limits
from ..rest.answer import Answer
from ..rest.service import ALWAYS, PUBLIC, Service
from ..work import Work
from . import mails, one_time, people, sessions
from .door import enter, known_as
from .opaque import Opaque
from .schemas import AcceptSchema
from .signed_in import SIGNED_IN, signed_in

__all__ = ["includeme", "invite", "invite_again"]

accept = Service("auth.invitations.accept", "/api/auth/invitations/accept", ALWAYS, "Accept an invitation", prefix="")

_ACTIVATE = Statement(
    "UPDATE users SET status = 'active', name = %(name)s, password_hash = %(hash)s, password_changed_at = now(),"
    " last_login_at = now(), version = version + 1, updated_at = now() WHERE id = %(id)s AND status = 'invited'"
    " RETURNING id"
)
_REVIVE = Statement(
    "UPDATE users SET status = 'invited', version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND status = 'disabled' AND password_hash IS NULL"
)


def invite(work: Work, user_id: UUID) -> None:
    """Mail an invited user the link to join; links mailed before are void."""
    ((user,),) = work.write(people.by_id(user_id))
    inviter = work.entry.user_name if work.actor.kind == "user" else None
    token = one_time.give(work, user_id, "invitation")
    mails.invite(work, user_id=user_id, to=user["email"], inviter=inviter or "JemetiOS", token=token)


def invite_again(work: Work, user_id: UUID) -> None:
    """Mail a new link to somebody who has not accepted yet, even if they were disabled meanwhile.

    Raises Conflict for a user who has accepted, PaymentRequired beyond the limit ``users.max``.
    """
    ((user,),) = work.write(people.by_id(user_id))
    if user["password_hash"] is not None:
        raise Conflict("This person has accepted their invitation already.", status=user["status"])
    if user["status"] == "disabled":
        limits.reserve(work, "users.max")
        work.write(_REVIVE(id=user_id))
    invite(work, user_id)


@accept.post(permission=PUBLIC, body=AcceptSchema, answer=SIGNED_IN, errors=(403, 404, 410))
def accept_invitation(request: Any) -> Answer:
    """Become a user with the token of a mailed link, and be logged in at once."""
    passwords, given = request.registry.passwords, request.validated
    token = Opaque.read(given["token"])
    if token is None or request.workspace_slug not in (None, token.workspace):
        raise one_time.unknown()
    work = enter(request, token.workspace)
    user = one_time.look_at(work, token, "invitation", "invited")
    known_as(work, user)
    words = people.hard_words(work, user["email"], user["name"], given["name"])
    passwords.check_strength(given["password"], words=words)
    hashed = passwords.hash(given["password"])
    one_time.use(work, token, "invitation", user["id"])
    activated, *_ = work.write(_ACTIVATE(id=user["id"], name=given["name"], hash=hashed), one_time.void(user["id"]))
    if not activated:
        raise Gone("This invitation has been taken back.")
    opened = sessions.open_session(
        work, user["id"], address=request.client_address, user_agent=request.environ.get("HTTP_USER_AGENT")
    )
    ((person,),) = work.read(people.by_id(user["id"]))
    return signed_in(request, work, person, opened)


def includeme(config: Any) -> None:
    config.add_service(accept)
