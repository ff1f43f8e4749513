"""``/platform/auth/two-factor``: the second factor of an administrator, and the log-in that asks for it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ..auth import proving
from ..auth.kept_refusal import keep_and_refuse
from ..auth.opaque import Opaque
from ..auth.schemas import CodeSchema, OwnPasswordSchema, PasswordAndCodeSchema
from ..auth.second_factor import SecondFactors
from ..auth.shown_factor import ENROLMENT, RECOVERY_CODES, STATUS, shown_status
from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Conflict, NotFound, Unauthorized
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from ..types import email_key
from .work import PlatformWork

__all__ = ["ADMINS", "REALM", "ask", "challenged", "includeme", "reset", "using"]

ADMINS = SecondFactors("platform_two_factors", "platform_recovery_codes", "admin_id", "id")
REALM = "*platform*"
"""Whose log-ins are counted together; no workspace can be called so."""

_ISSUER = "JemetiOS platform"
_PATH = "/platform/auth/two-factor"
_LIFETIME = timedelta(minutes=5)

_ADMIN = Statement("SELECT id, email, name, password_hash FROM platform_admins WHERE id = %(id)s")
_FIND = Statement("SELECT id FROM platform_admins WHERE email_key = %(key)s FOR NO KEY UPDATE")
_GIVE = Statement(
    "INSERT INTO platform_challenges (id, admin_id, token_hash, expires_at)"
    " VALUES (%(id)s, %(admin)s, %(hash)s, now() + %(lifetime)s)"
)
_FORGET = Statement("DELETE FROM platform_challenges WHERE admin_id = %(admin)s AND expires_at < now()")
_CHALLENGED = Statement(
    "SELECT a.id, a.email, a.name, a.last_login_at, a.password_hash, f.secret_cipher, f.confirmed_at"
    " FROM platform_challenges t JOIN platform_admins a ON a.id = t.admin_id AND a.status = 'active'"
    " JOIN platform_two_factors f ON f.id = a.id AND f.confirmed_at IS NOT NULL"
    " WHERE t.token_hash = %(hash)s AND t.used_at IS NULL AND t.expires_at > now()"
)
_LOCK = Statement("SELECT id FROM platform_admins WHERE id = %(admin)s FOR NO KEY UPDATE")
_USE = Statement(
    "UPDATE platform_challenges SET used_at = now()"
    " WHERE token_hash = %(hash)s AND admin_id = %(admin)s AND used_at IS NULL AND expires_at > now() RETURNING id"
)
_END_OTHERS = Statement(
    "UPDATE platform_sessions SET ended_at = now()"
    " WHERE admin_id = %(admin)s AND ended_at IS NULL AND id IS DISTINCT FROM %(but)s::uuid"
)

status = Service("platform.auth.two_factor", _PATH, ALWAYS, "One's second factor", prefix="", realm="platform")
setup = Service("platform.auth.two_factor.setup", f"{_PATH}/setup", ALWAYS, "Set up", prefix="", realm="platform")
confirm = Service(
    "platform.auth.two_factor.confirm", f"{_PATH}/confirm", ALWAYS, "Switch it on", prefix="", realm="platform"
)
disable = Service(
    "platform.auth.two_factor.disable", f"{_PATH}/disable", ALWAYS, "Switch it off", prefix="", realm="platform"
)
renew = Service(
    "platform.auth.two_factor.recovery_codes",
    f"{_PATH}/recovery-codes",
    ALWAYS,
    "New recovery codes",
    prefix="",
    realm="platform",
)


def ask(request: Any, work: PlatformWork, admin_id: UUID) -> Any:
    """The answer to the right password of an administrator with a second factor; the challenge in it is kept."""
    token = Opaque.make("platform")
    work.write(_FORGET(admin=admin_id), _GIVE(id=uuid7(), admin=admin_id, hash=token.fingerprint, lifetime=_LIFETIME))
    seconds = int(_LIFETIME.total_seconds())
    details = {"reason": "two_factor_required", "challenge": token.text, "expires_in": seconds}
    words = "Enter the code of your authenticator app, or a recovery code."
    return keep_and_refuse(request, Unauthorized(words, details=details, headers={"WWW-Authenticate": "Bearer"}))


def challenged(token: Opaque) -> Bound:
    """The statement that finds the administrator whose log-in waits for a second factor, with that factor."""
    return _CHALLENGED(hash=token.fingerprint)


def using(token: Opaque, admin_id: UUID) -> tuple[Bound, Bound]:
    """The statements that use a challenge up; the second returns a row to the one caller who gets through."""
    return _LOCK(admin=admin_id), _USE(hash=token.fingerprint, admin=admin_id)


@status.get(permission=AUTHENTICATED, answer=STATUS)
def get_status(request: Any) -> dict[str, Any]:
    """Whether one's two-factor log-in is on, and how many recovery codes are left."""
    (found,) = request.work.read(ADMINS.factor_of(request.work.actor.id))
    return shown_status(found)


@setup.post(permission=AUTHENTICATED, body=OwnPasswordSchema, answer=ENROLMENT, errors=(409,), late=True)
def set_up_factor(request: Any) -> dict[str, Any]:
    """Begin: a secret for an authenticator app, which counts once a code of it is confirmed."""
    ((admin,),) = request.work.read(_ADMIN(id=request.work.actor.id))
    proving.prove_password(request, admin, request.validated["password"], realm=REALM)
    return ADMINS.set_up(request.work, admin, _ISSUER).shown()


@confirm.post(permission=AUTHENTICATED, body=CodeSchema, answer=RECOVERY_CODES, errors=(409,), late=True)
def confirm_factor(request: Any) -> dict[str, Any]:
    """Switch two-factor log-in on with a code of the app. Ends every other session; answers ten recovery codes."""
    admin, factor = _read_both(request.work)
    codes = proving.confirm_factor(request, admin["id"], factor, ADMINS)
    _tell(request.work, admin, "on")
    return {"recovery_codes": codes}


@disable.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, status=204, errors=(409,), late=True)
def disable_factor(request: Any) -> None:
    """Switch two-factor log-in off. Ends every other session of the administrator."""
    admin = _proven(request)
    ADMINS.give_up(request.work, admin["id"])
    _tell(request.work, admin, "off")


@renew.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, answer=RECOVERY_CODES, errors=(409,), late=True)
def renew_recovery_codes(request: Any) -> dict[str, Any]:
    """Ten new recovery codes; those before are void."""
    return {"recovery_codes": ADMINS.renew_codes(request.work, _proven(request)["id"])}


def reset(work: PlatformWork, email: str) -> None:
    """Switch off the second factor of an administrator who has lost it, and end their sessions.

    Raises NotFound for an unknown address, Conflict where there is nothing to switch off.
    """
    (found,) = work.write(_FIND(key=email_key(email)))
    if not found:
        raise NotFound(f"There is no administrator {email}.")
    if not ADMINS.give_up(work, found[0]["id"]):
        raise Conflict(f"The two-factor log-in of {email} is not on.", reason="off")
    work.write(_END_OTHERS(admin=found[0]["id"], but=None))
    work.log("admin.two_factor_reset", email)


def _proven(request: Any) -> dict[str, Any]:
    admin, factor = _read_both(request.work)
    proving.prove_both(request, admin, factor, ADMINS, realm=REALM)
    return admin


def _read_both(work: PlatformWork) -> tuple[dict[str, Any], dict[str, Any] | None]:
    (admin,), found = work.read(_ADMIN(id=work.actor.id), ADMINS.factor_of(work.actor.id))
    return admin, found[0] if found else None


def _tell(work: PlatformWork, admin: dict[str, Any], what: str) -> None:
    work.write(_END_OTHERS(admin=admin["id"], but=work.actor.session_id))
    work.log(f"admin.two_factor_{what}", admin["email"])


def includeme(config: Any) -> None:
    for service in (status, setup, confirm, disable, renew):
        config.add_service(service)
