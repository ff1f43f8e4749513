"""``/api/auth/password``: forgotten, chosen anew by a link, changed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.statement import Bound, Statement
from ..errors import Gone, Invalid
from ..ratelimit import Ask, account_key
from ..rest.answer import Answer
from ..rest.service import ALWAYS, AUTHENTICATED, PUBLIC, Service
from ..work import Work
from . import mails, one_time, people, sessions
from .attempts import count
from .door import enter, known_as, meant_workspace
from .opaque import Opaque
from .proving import prove_password
from .schemas import ChangePasswordSchema, ForgotSchema, ResetSchema

__all__ = ["includeme", "offer_reset"]

forgot = Service("auth.password.forgot", "/api/auth/password/forgot", ALWAYS, "Ask for a new password", prefix="")
reset = Service("auth.password.reset", "/api/auth/password/reset", ALWAYS, "Choose a new password by link", prefix="")
change = Service("auth.password.change", "/api/auth/password/change", ALWAYS, "Change one's password", prefix="")

_SET_PASSWORD = Statement(
    "UPDATE users SET password_hash = %(hash)s, password_changed_at = now(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND status = 'active' AND password_hash = coalesce(%(old)s::text, password_hash)"
    " RETURNING id"
)
OFFER_RESET = "auth.offer_reset"
"""The task that mails the link, if there is somebody to mail it to."""
_ACCEPTED = {"type": "object", "title": "Accepted", "properties": {"message": {"type": "string"}}}


@forgot.post(permission=PUBLIC, body=ForgotSchema, answer=_ACCEPTED, status=202, errors=(403, 404))
def forgot_password(request: Any) -> Answer:
    """Mail a link to choose a new password. The answer, and how long it takes, is the same whoever asks for whom."""
    given = request.validated
    slug = meant_workspace(request, given.get("workspace"))
    count(
        request,
        (
            Ask("password_reset", account_key(slug, given["email"])),
            Ask("password_reset_address", request.counted_address),
        ),
    )
    work = enter(request, slug)
    # a job for everybody: who has an account is asked by the worker, when nobody can measure it any more
    work.defer(OFFER_RESET, email=given["email"])
    return Answer({"message": "If there is such an account, a mail with a link is on its way to it."}, 202)


def offer_reset(work: Work, email: str) -> None:
    """Mail the user of this address, if there is one who may log in, a link to choose a new password."""
    (found,) = work.write(people.by_email(email))
    if found and found[0]["status"] == "active":
        user = found[0]
        token = one_time.give(work, user["id"], "reset")
        mails.offer_reset(work, user_id=user["id"], to=user["email"], name=user["name"], token=token)


@reset.post(permission=PUBLIC, body=ResetSchema, status=204, errors=(403, 404, 410))
def reset_password(request: Any) -> None:
    """Choose a new password with the token of a mailed link, which is then used up. Ends every session of the user."""
    passwords, given = request.registry.passwords, request.validated
    token = Opaque.read(given["token"])
    if token is None or request.workspace_slug not in (None, token.workspace):
        raise one_time.unknown()
    work = enter(request, token.workspace)
    user = one_time.look_at(work, token, "reset", "active")
    known_as(work, user)
    passwords.check_strength(given["password"], words=people.hard_words(work, user["email"], user["name"]))
    hashed = passwords.hash(given["password"])
    one_time.use(work, token, "reset", user["id"])
    changed, *_ = work.write(
        _set_password(user["id"], hashed), one_time.void(user["id"]), sessions.end_all(user["id"], "password reset")
    )
    if not changed:
        raise Gone("This account cannot log in any more.")
    mails.tell_password_changed(work, user_id=user["id"], to=user["email"], name=user["name"])


@change.post(permission=AUTHENTICATED, body=ChangePasswordSchema, status=204, late=True)
def change_password(request: Any) -> None:
    """Change one's own password. Ends every other session of the user."""
    passwords, given, work = request.registry.passwords, request.validated, request.work
    ((user,),) = work.read(people.by_id(work.actor.id))
    prove_password(request, user, given["old_password"], realm=work.state.slug, field="old_password")
    words = people.hard_words(work, user["email"], user["name"])
    passwords.check_strength(given["new_password"], words=words, field="new_password")
    hashed = passwords.hash(given["new_password"])
    (changed,) = work.write(_set_password(user["id"], hashed, old=user["password_hash"]))
    if not changed:
        raise Invalid([{"field": "old_password", "message": "This is not your password"}])
    work.write(one_time.void(user["id"]), sessions.end_all(user["id"], "password change", but=work.actor.session_id))
    mails.tell_password_changed(work, user_id=user["id"], to=user["email"], name=user["name"])


def _set_password(user_id: UUID, hashed: str, old: str | None = None) -> Bound:
    return _SET_PASSWORD(id=user_id, hash=hashed, old=old)


def includeme(config: Any) -> None:
    for service in (forgot, reset, change):
        config.add_service(service)
    config.add_task(OFFER_RESET, offer_reset, queue="messages")
