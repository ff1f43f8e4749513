"""``/api/auth/two-factor`` and ``/v1/users/{id}/two-factor/reset``: set up, confirm, switch off, renew, reset."""

from __future__ import annotations

from typing import Any

from ..errors import Conflict
from ..rest.answer import Answer
from ..rest.request import path_id
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from . import mails, people, second_factor, sessions
from .attempts import counting_failures
from .grants import refuse_stronger, role_named
from .proving import WrongCode, factor_asks, prove_code, prove_password, wrong_code
from .resources import USERS
from .schemas import CodeSchema, OwnPasswordSchema, PasswordAndCodeSchema

__all__ = ["includeme"]

_PATH = "/api/auth/two-factor"

status = Service("auth.two_factor", _PATH, ALWAYS, "One's second factor", prefix="", tag="auth")
setup = Service("auth.two_factor.setup", f"{_PATH}/setup", ALWAYS, "Set up two-factor log-in", prefix="", tag="auth")
confirm = Service("auth.two_factor.confirm", f"{_PATH}/confirm", ALWAYS, "Switch it on", prefix="", tag="auth")
disable = Service("auth.two_factor.disable", f"{_PATH}/disable", ALWAYS, "Switch it off", prefix="", tag="auth")
renew = Service(
    "auth.two_factor.recovery_codes", f"{_PATH}/recovery-codes", ALWAYS, "New recovery codes", prefix="", tag="auth"
)
reset = Service(
    "users.two_factor_reset", "/users/{id}/two-factor/reset", ALWAYS, "The second factor of a user", tag="users"
)

_TEXT = {"type": "string"}
_STATUS = {
    "type": "object",
    "title": "Second factor",
    "properties": {
        "status": {"enum": ["on", "pending", "off"], "description": "Pending is set up, but not confirmed"},
        "confirmed_at": {"type": ["string", "null"], "format": "date-time"},
        "recovery_codes_left": {"type": "integer"},
        "required": {"type": "boolean", "description": "Whether this workspace demands it of the user"},
    },
}
_ENROLMENT = {
    "type": "object",
    "title": "Two-factor enrolment",
    "properties": {
        "secret": {**_TEXT, "description": "For typing into an authenticator app; shown this once"},
        "otpauth_uri": {**_TEXT, "description": "The same as an address that such apps open"},
        "qr_svg": {**_TEXT, "description": "The same as a picture to photograph, a data: URI of an SVG"},
    },
}
_CODES = {
    "type": "object",
    "title": "Recovery codes",
    "properties": {
        "recovery_codes": {
            "type": "array",
            "items": _TEXT,
            "description": "Each is good once, in the place of a code; shown this once",
        }
    },
}


@status.get(permission=AUTHENTICATED, answer=_STATUS, without_two_factor=True)
def get_status(request: Any) -> dict[str, Any]:
    """Whether one's two-factor log-in is on, and how many recovery codes are left."""
    work = request.work
    (found,) = work.read(second_factor.factor_of(work.actor.id))
    factor = found[0] if found else {"confirmed_at": None, "codes_left": 0}
    return {
        "status": "off" if not found else "on" if factor["confirmed_at"] else "pending",
        "confirmed_at": factor["confirmed_at"],
        "recovery_codes_left": factor["codes_left"],
        "required": work.two_factor_required,
    }


@setup.post(
    permission=AUTHENTICATED,
    body=OwnPasswordSchema,
    answer=_ENROLMENT,
    errors=(409,),
    late=True,
    without_two_factor=True,
)
def set_up_factor(request: Any) -> dict[str, Any]:
    """Begin: a secret for an authenticator app, which counts once a code of it is confirmed."""
    work = request.work
    ((user,),) = work.read(people.by_id(work.actor.id))
    prove_password(request, user, request.validated["password"])
    return second_factor.set_up(work, user).shown()


@confirm.post(
    permission=AUTHENTICATED, body=CodeSchema, answer=_CODES, errors=(409,), late=True, without_two_factor=True
)
def confirm_factor(request: Any) -> dict[str, Any]:
    """Switch two-factor log-in on with a code of the app. Ends every other session; answers ten recovery codes."""
    work = request.work
    (user,), found = _read_both(work)
    if not found or found[0]["confirmed_at"] is not None:
        raise Conflict("There is nothing to confirm; begin with setup.", reason="on" if found else "not_set_up")
    with counting_failures(request, factor_asks(work, work.actor.id), wrong=WrongCode):
        codes = second_factor.confirm(work, work.actor.id, found[0], request.validated["code"])
        if codes is None:
            raise wrong_code()
    work.write(sessions.end_all(work.actor.id, "two-factor on", but=work.actor.session_id))
    mails.tell_two_factor(work, user, "switched on")
    return {"recovery_codes": codes}


@disable.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, status=204, errors=(409,), late=True)
def disable_factor(request: Any) -> None:
    """Switch two-factor log-in off. Ends every other session of the user."""
    user = _proven(request)
    work = request.work
    second_factor.give_up(work, user["id"])
    work.write(sessions.end_all(user["id"], "two-factor off", but=work.actor.session_id))
    mails.tell_two_factor(work, user, "switched off")


@renew.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, answer=_CODES, errors=(409,), late=True)
def renew_recovery_codes(request: Any) -> dict[str, Any]:
    """Ten new recovery codes; those before are void."""
    user = _proven(request)
    return {"recovery_codes": second_factor.renew_codes(request.work, user["id"])}


@reset.post(permission="users:write", answer=USERS.answer_schema, errors=(404, 409))
def reset_factor(request: Any) -> Answer:
    """Switch off the two-factor log-in of somebody who has lost theirs, recovery codes and all. Ends their sessions.

    Not one's own, which `/api/auth/two-factor/disable` is for.
    """
    work, identity = request.work, path_id(request)
    user = USERS.locked(work, identity)
    refuse_stronger(work, role_named(work, user["role_id"]))
    if identity == work.entry.user_id:
        raise Conflict("Switch your own off with your password and a code.", reason="own")
    if not second_factor.give_up(work, identity):
        raise Conflict("This user's two-factor log-in is not on.", reason="off")
    work.write(sessions.end_all(identity, "two-factor reset"))
    mails.tell_two_factor(work, user, "switched off by an administrator")
    return USERS.present(work, identity)


def _proven(request: Any) -> dict[str, Any]:
    """The user who asks, by password and code, the code used up. Raises Conflict where there is no second factor."""
    work, given = request.work, request.validated
    (user,), found = _read_both(work)
    if not found or found[0]["confirmed_at"] is None:
        raise Conflict("Two-factor log-in is not on.", reason="off")
    prove_password(request, user, given["password"])
    prove_code(request, user["id"], found[0], given["code"])
    return dict(user)


def _read_both(work: Any) -> list[Any]:
    both: list[Any] = work.read(people.by_id(work.actor.id), second_factor.factor_of(work.actor.id))
    return both


def includeme(config: Any) -> None:
    for service in (status, setup, confirm, disable, renew, reset):
        config.add_service(service)
