"""``/platform/auth``: administrators of the platform log in with accounts of their own, never a workspace's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from ..auth.attempts import counting_failures, login_asks
from ..auth.opaque import Opaque
from ..auth.passwords import Passwords
from ..auth.schemas import AdminLoginSchema, SecondFactorSchema
from ..auth.second_factor import factor_asks
from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Unauthorized
from ..ratelimit import Ask, account_key
from ..rest.service import ALWAYS, AUTHENTICATED, PUBLIC, Service
from ..types import email_key
from ..work import Actor
from . import two_factor
from .two_factor import REALM
from .work import PlatformWork

__all__ = ["create_admin", "includeme"]

LIFETIME = timedelta(hours=1)
login = Service("platform.auth.login", "/platform/auth/login", ALWAYS, "Log in", prefix="", realm="platform")
second = Service(
    "platform.auth.login.two_factor",
    "/platform/auth/login/two-factor",
    ALWAYS,
    "Log in: the second factor",
    prefix="",
    realm="platform",
)
logout = Service("platform.auth.logout", "/platform/auth/logout", ALWAYS, "Log out", prefix="", realm="platform")
me = Service("platform.auth.me", "/platform/auth/me", ALWAYS, "Who am I", prefix="", realm="platform")

_FIND = Statement(
    "SELECT a.id, a.email, a.name, a.last_login_at, a.password_hash, a.status, f.id IS NOT NULL AS two_factor"
    " FROM platform_admins a LEFT JOIN platform_two_factors f ON f.id = a.id AND f.confirmed_at IS NOT NULL"
    " WHERE a.email_key = %(key)s"
)
_ME = Statement("SELECT id, email, name, last_login_at FROM platform_admins WHERE id = %(id)s")
_ARRIVED = Statement(
    "UPDATE platform_admins SET last_login_at = CASE WHEN %(whole)s THEN now() ELSE last_login_at END,"
    " password_hash = coalesce(%(rehashed)s::text, password_hash)"
    " WHERE id = %(id)s AND status = 'active' AND password_hash = %(stored)s RETURNING id"
)
_OPEN = Statement(
    "INSERT INTO platform_sessions (id, admin_id, expires_at, address)"
    " VALUES (%(id)s, %(admin)s, now() + %(lifetime)s, %(address)s)"
)
_END = Statement("UPDATE platform_sessions SET ended_at = now() WHERE id = %(id)s AND ended_at IS NULL")
_CREATE = Statement(
    "INSERT INTO platform_admins (id, email, email_key, name, password_hash)"
    " VALUES (%(id)s, %(email)s, %(key)s, %(name)s, %(hash)s)"
)

_TEXT = {"type": "string"}
_ADMIN: dict[str, Any] = {
    "type": "object",
    "title": "Administrator",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        "email": {"type": "string", "format": "email"},
        "name": _TEXT,
        "last_login_at": {"type": ["string", "null"], "format": "date-time"},
    },
}
_TOKEN: dict[str, Any] = {
    "type": "object",
    "title": "Platform token",
    "properties": {
        "access_token": _TEXT,
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer"},
        "admin": _ADMIN,
    },
}


@login.post(permission=PUBLIC, body=AdminLoginSchema, answer=_TOKEN, errors=(401,))
def log_in(request: Any) -> Any:
    """A token for an hour, for an administrator's e-mail address and password.

    Whoever has a second factor is answered 401 with a `challenge` for `/platform/auth/login/two-factor`.
    """
    given = request.validated
    work = _door(request)
    with counting_failures(request, login_asks(request, account_key(REALM, given["email"]), REALM)):
        admin = _recognised(work, given["email"], given["password"])
    return two_factor.ask(request, work, admin["id"]) if admin["two_factor"] else _token(request, work, admin)


@second.post(permission=PUBLIC, body=SecondFactorSchema, answer=_TOKEN, errors=(401,))
def finish_log_in(request: Any) -> dict[str, Any]:
    """A token for an hour, for the challenge of a log-in and a code. Both are good once."""
    given, work = request.validated, _door(request)
    token = Opaque.read(given["challenge"])
    asks = (
        Ask("login_address", request.counted_address),
        Ask("two_factor_challenge", token.fingerprint if token else ""),
    )
    with counting_failures(request, asks):
        (found,) = work.read(two_factor.challenged(token)) if token else ([],)
        if token is None or not found:
            raise _wrong_factor()
        admin = found[0]
        with counting_failures(request, factor_asks(work, admin["id"])):
            code = two_factor.ADMINS.proof(work, admin["id"], admin, given["code"])
            if code is None:
                raise _wrong_factor()
            arriving = _ARRIVED(id=admin["id"], stored=admin["password_hash"], rehashed=None, whole=True)
            if not all(work.write(*two_factor.using(token, admin["id"]), code, arriving)[1:]):
                raise _wrong_factor()
    return _token(request, work, admin)


def _door(request: Any) -> PlatformWork:
    actor = Actor("system", "log-in", address=request.client_address)
    return PlatformWork(request.registry.platform, actor, request.tm, request_id=request.request_id)


def _token(request: Any, work: PlatformWork, admin: dict[str, Any]) -> dict[str, Any]:
    session = uuid7()
    work.write(_OPEN(id=session, admin=admin["id"], lifetime=LIFETIME, address=request.client_address))
    seconds = int(LIFETIME.total_seconds())
    token = request.registry.security_policy.tokens.issue("platform", admin["id"], session, seconds)
    shown = {name: admin[name] for name in _ADMIN["properties"]}
    return {"access_token": token, "token_type": "Bearer", "expires_in": seconds, "admin": shown}


def _recognised(work: PlatformWork, email: str, password: str) -> dict[str, Any]:
    passwords = work.platform.part(Passwords)
    (found,) = work.read(_FIND(key=email_key(email)))
    admin = found[0] if found and found[0]["status"] == "active" else None
    stored: str = admin["password_hash"] if admin else ""
    if not passwords.verify(stored, password) or admin is None:
        raise _wrong()
    rehashed = passwords.hash(password) if passwords.needs_rehash(stored) else None
    (arrived,) = work.write(_ARRIVED(id=admin["id"], stored=stored, rehashed=rehashed, whole=not admin["two_factor"]))
    if not arrived:
        raise _wrong()
    return dict(admin)


def _wrong_factor() -> Unauthorized:
    words = "The code is wrong or has been used, or this log-in has taken too long."
    return Unauthorized(words, headers={"WWW-Authenticate": "Bearer"})


def _wrong() -> Unauthorized:
    return Unauthorized("E-mail address or password is wrong.", headers={"WWW-Authenticate": "Bearer"})


@logout.post(permission=AUTHENTICATED, status=204)
def log_out(request: Any) -> None:
    """End this session: its token is refused from the next request on."""
    request.work.write(_END(id=request.work.actor.session_id))


@me.get(permission=AUTHENTICATED, answer=_ADMIN)
def get_me(request: Any) -> dict[str, Any]:
    """The administrator who asks."""
    ((admin,),) = request.work.read(_ME(id=request.work.actor.id))
    return dict(admin)


def create_admin(platform_work: PlatformWork, email: str, name: str, password: str) -> UUID:
    """Make an administrator and return the id. Raises Invalid for a weak password, Conflict for a taken address."""
    passwords = platform_work.platform.part(Passwords)
    passwords.check_strength(password, words=(email, name))
    admin_id = uuid7()
    try:
        platform_work.write(
            _CREATE(id=admin_id, email=email, key=email_key(email), name=name, hash=passwords.hash(password))
        )
    except UniqueViolation:
        raise Conflict(f"There is already an administrator {email}.", reason="duplicate", fields=["email"]) from None
    platform_work.log("admin.created", email, after={"name": name})
    return admin_id


def includeme(config: Any) -> None:
    for service in (login, second, logout, me):
        config.add_service(service)
