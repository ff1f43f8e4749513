"""``/api/auth/login``, ``refresh``, ``logout`` and ``me``."""

from __future__ import annotations

from typing import Any

from ..db.statement import Statement
from ..errors import Forbidden, NotFound, Unauthorized
from ..ratelimit import Ask, account_key
from ..rest.answer import Answer
from ..rest.service import ALWAYS, AUTHENTICATED, PUBLIC, Service
from ..work import Work
from . import mails, one_time, people, second_factor, sessions
from .attempts import counting_failures, login_asks
from .cookie import forget_cookie
from .door import enter, known_as, meant_workspace
from .kept_refusal import keep_and_refuse
from .opaque import Opaque
from .schemas import LoginSchema, RefreshSchema, SecondFactorSchema
from .signed_in import SIGNED_IN, WORKSPACE, shown_workspace, signed_in

__all__ = ["includeme"]

login = Service("auth.login", "/api/auth/login", ALWAYS, "Log in with e-mail and password", prefix="")
second = Service(
    "auth.login.two_factor", "/api/auth/login/two-factor", ALWAYS, "Log in: the second factor", prefix="", tag="auth"
)
refresh = Service("auth.refresh", "/api/auth/refresh", ALWAYS, "New tokens for a refresh token", prefix="")
logout = Service("auth.logout", "/api/auth/logout", ALWAYS, "End this session", prefix="")
me = Service("auth.me", "/api/auth/me", ALWAYS, "Who am I, and what may I do here", prefix="")

# Whoever passed the password meanwhile changed, or the user disabled, is not let in on what was read before.
_ARRIVED = Statement(
    "UPDATE users SET last_login_at = CASE WHEN %(whole)s THEN now() ELSE last_login_at END,"
    " password_hash = coalesce(%(rehashed)s::text, password_hash)"
    " WHERE id = %(id)s AND status = 'active' AND password_changed_at IS NOT DISTINCT FROM %(changed)s RETURNING id"
)
_KEY = Statement("SELECT id, name, prefix, expires_at FROM api_keys WHERE id = %(id)s")

_ME = {
    "type": "object",
    "title": "Me",
    "properties": {
        "user": people.PERSON,
        "role": people.ROLE_REFERENCE,
        "permissions": {"type": "array", "items": {"type": "string"}},
        "workspace": WORKSPACE,
        "api_key": {
            "type": ["object", "null"],
            "description": "The key that asks; the user is then who answers for it. Null for people",
            "properties": {
                "id": {"type": "string", "format": "uuid"},
                "name": {"type": "string"},
                "prefix": {"type": "string"},
                "expires_at": {"type": ["string", "null"], "format": "date-time"},
            },
        },
        "features": {"type": "object", "additionalProperties": {"enum": ["on", "read_only", "off"]}},
    },
}


@login.post(permission=PUBLIC, body=LoginSchema, answer=SIGNED_IN, errors=(401, 403, 404))
def log_in(request: Any) -> Any:
    """Tokens and the session cookie for an e-mail address and a password.

    A wrong address, a wrong password and a user who may not log in are answered alike, after the same work. To whoever
    has a second factor the right password is answered 401 as well, with `details.reason` `two_factor_required` and a
    `challenge` that is good for five minutes at `/api/auth/login/two-factor`.
    """
    given = request.validated
    slug = meant_workspace(request, given.get("workspace"))
    with counting_failures(request, login_asks(request, account_key(slug, given["email"]), slug)):
        work = enter(request, slug)
        user = _recognised(request, work, given["email"], given["password"])
    if user["two_factor"]:
        return _half_way(request, work, user)
    opened = sessions.open_session(
        work, user["id"], address=request.client_address, user_agent=request.environ.get("HTTP_USER_AGENT")
    )
    return signed_in(request, work, user, opened)


def _recognised(request: Any, work: Work, email: str, password: str) -> dict[str, Any]:
    """The user of this address and password. Hashes outside any transaction, then writes that they came."""
    passwords = request.registry.passwords
    (found,) = work.read(people.by_email(email))
    user = found[0] if found and found[0]["status"] == "active" else None
    if not passwords.verify(user["password_hash"] if user else None, password) or user is None:
        raise _wrong()
    known_as(work, user)
    stale = passwords.needs_rehash(user["password_hash"])
    rehashed = passwords.hash(password) if stale else None
    (arrived,) = work.open(
        _ARRIVED(id=user["id"], changed=user["password_changed_at"], rehashed=rehashed, whole=not user["two_factor"])
    )
    if not arrived:
        raise _wrong()
    return dict(user)


def _half_way(request: Any, work: Work, user: dict[str, Any]) -> Any:
    """The answer to the right password of somebody with a second factor; what it wrote is kept."""
    token = Opaque.make(work.state.slug)
    work.write(one_time.giving(token, user["id"], "two_factor"))
    details = {
        "reason": "two_factor_required",
        "challenge": token.text,
        "expires_in": int(one_time.LIFETIMES["two_factor"].total_seconds()),
    }
    words = "Enter the code of your authenticator app, or a recovery code."
    return keep_and_refuse(request, Unauthorized(words, details=details, headers={"WWW-Authenticate": "Bearer"}))


@second.post(permission=PUBLIC, body=SecondFactorSchema, answer=SIGNED_IN, errors=(401,))
def finish_log_in(request: Any) -> Answer:
    """Tokens and the session cookie for the challenge of a log-in and a code. Both are good once."""
    given = request.validated
    token = Opaque.read(given["challenge"])
    fingerprint = token.fingerprint if token else ""
    asks = (Ask("login_address", request.counted_address), Ask("two_factor_challenge", fingerprint))
    with counting_failures(request, asks):
        if token is None or request.workspace_slug not in (None, token.workspace):
            raise _wrong_factor()
        try:
            work = enter(request, token.workspace)
        except (NotFound, Forbidden):
            raise _wrong_factor() from None
        (found,) = work.read(second_factor.challenged(token))
        if not found:
            raise _wrong_factor()
        user = found[0]
        known_as(work, user)
        with counting_failures(request, second_factor.factor_asks(work, user["id"])):
            code = second_factor.USERS.proof(work, user["id"], user, given["code"])
            if code is None:
                raise _wrong_factor()
            arriving = _ARRIVED(id=user["id"], changed=user["password_changed_at"], rehashed=None, whole=True)
            # in this order: of two who come at once the second finds the challenge used, and has used up no code
            if not all(work.open(*one_time.using(token, "two_factor", user["id"]), code, arriving)[1:]):
                raise _wrong_factor()
    if second_factor.is_recovery(given["code"]):
        mails.tell_recovered(work, user, user["codes_left"] - 1)
    opened = sessions.open_session(
        work, user["id"], address=request.client_address, user_agent=request.environ.get("HTTP_USER_AGENT")
    )
    return signed_in(request, work, user, opened)


def _wrong_factor() -> Unauthorized:
    words = "The code is wrong or has been used, or this log-in has taken too long."
    return Unauthorized(words, headers={"WWW-Authenticate": "Bearer"})


def _wrong() -> Unauthorized:
    return Unauthorized("E-mail address or password is wrong.", headers={"WWW-Authenticate": "Bearer"})


@refresh.post(permission=PUBLIC, body=RefreshSchema, answer=SIGNED_IN, errors=(401, 404))
def refresh_session(request: Any) -> Any:
    """New tokens for the session of a refresh token, which is then used up; using a used one ends the session."""
    old = Opaque.read(request.validated["refresh_token"])
    if old is None or request.workspace_slug not in (None, old.workspace):
        raise _not_good()
    try:
        work = enter(request, old.workspace)
    except (NotFound, Forbidden):
        raise _not_good() from None
    session = sessions.claim(work, old)
    if session is None:
        if sessions.end_reused(work, old):
            return keep_and_refuse(request, _not_good())
        raise _not_good()
    opened = sessions.prolong(work, session)
    if opened is None:
        raise _not_good()
    (user,) = work.read(people.by_id(opened.user_id))
    return signed_in(request, work, user[0], opened)


def _not_good() -> Unauthorized:
    return Unauthorized("The refresh token is not good; please log in again.", headers={"WWW-Authenticate": "Bearer"})


@logout.post(permission=AUTHENTICATED, status=204, without_two_factor=True)
def log_out(request: Any) -> Answer:
    """End this session: its tokens are refused from the next request on, and the cookie is taken back."""
    work = request.work
    work.write(sessions.end_one(work.actor.session_id, "logout"))
    answer = Answer(status=204)
    forget_cookie(request, answer.headers)
    return answer


@me.get(permission=AUTHENTICATED, answer=_ME, for_keys=True)
def get_me(request: Any) -> dict[str, Any]:
    """The user or API key that asks, with role, permissions, workspace and the value of every feature."""
    work = request.work
    who = request.caller
    if who.fingerprint is None:
        ((user,),) = work.read(people.by_id(who.id))
        key = None
    else:
        (user,), (key,) = work.read(people.of_key(who.id, who.fingerprint), _KEY(id=who.id))
    person = people.shown(user)
    return {
        "user": person,
        "role": person["role"],
        "permissions": sorted(work.permissions),
        "api_key": key,
        "workspace": shown_workspace(work),
        "features": {slug: work.state.decision(slug).value for slug in work.platform.features},
    }


def includeme(config: Any) -> None:
    for service in (login, second, refresh, logout, me):
        config.add_service(service)
