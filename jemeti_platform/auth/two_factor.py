"""``/api/auth/two-factor`` and ``/v1/users/{id}/two-factor/reset``: set up, confirm, switch off, renew, reset."""

from __future__ import annotations

from typing import Any

from ..errors import Conflict
from ..rest.answer import Answer
from ..rest.request import path_id
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from . import mails, people, proving, sessions
from .grants import refuse_stronger, role_named
from .proving import prove_password
from .resources import USERS
from .schemas import CodeSchema, OwnPasswordSchema, PasswordAndCodeSchema
from .second_factor import USERS as USERS_FACTORS
from .shown_factor import ENROLMENT, RECOVERY_CODES, STATUS, shown_status

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

_STATUS = {
    **STATUS,
    "properties": {
        **STATUS["properties"],
        "required": {"type": "boolean", "description": "Whether this workspace demands it of the user"},
    },
}


@status.get(permission=AUTHENTICATED, answer=_STATUS, without_two_factor=True)
def get_status(request: Any) -> dict[str, Any]:
    """Whether one's two-factor log-in is on, and how many recovery codes are left."""
    work = request.work
    (found,) = work.read(USERS_FACTORS.factor_of(work.actor.id))
    return {**shown_status(found), "required": work.two_factor_required}


@setup.post(
    permission=AUTHENTICATED,
    body=OwnPasswordSchema,
    answer=ENROLMENT,
    errors=(409,),
    late=True,
    without_two_factor=True,
)
def set_up_factor(request: Any) -> dict[str, Any]:
    """Begin: a secret for an authenticator app, which counts once a code of it is confirmed."""
    work = request.work
    ((user,),) = work.read(people.by_id(work.actor.id))
    prove_password(request, user, request.validated["password"], realm=work.state.slug)
    return USERS_FACTORS.set_up(work, user, str(work.workspace["name"])).shown()


@confirm.post(
    permission=AUTHENTICATED, body=CodeSchema, answer=RECOVERY_CODES, errors=(409,), late=True, without_two_factor=True
)
def confirm_factor(request: Any) -> dict[str, Any]:
    """Switch two-factor log-in on with a code of the app. Ends every other session; answers ten recovery codes."""
    work = request.work
    user, factor = _read_both(work)
    codes = proving.confirm_factor(request, user["id"], factor, USERS_FACTORS)
    work.write(sessions.end_all(work.actor.id, "two-factor on", but=work.actor.session_id))
    mails.tell_two_factor(work, user, "switched on")
    return {"recovery_codes": codes}


@disable.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, status=204, errors=(409,), late=True)
def disable_factor(request: Any) -> None:
    """Switch two-factor log-in off. Ends every other session of the user."""
    user = _proven(request)
    work = request.work
    USERS_FACTORS.give_up(work, user["id"])
    work.write(sessions.end_all(user["id"], "two-factor off", but=work.actor.session_id))
    mails.tell_two_factor(work, user, "switched off")


@renew.post(permission=AUTHENTICATED, body=PasswordAndCodeSchema, answer=RECOVERY_CODES, errors=(409,), late=True)
def renew_recovery_codes(request: Any) -> dict[str, Any]:
    """Ten new recovery codes; those before are void."""
    user = _proven(request)
    return {"recovery_codes": USERS_FACTORS.renew_codes(request.work, user["id"])}


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
    if not USERS_FACTORS.give_up(work, identity):
        raise Conflict("This user's two-factor log-in is not on.", reason="off")
    work.write(sessions.end_all(identity, "two-factor reset"))
    mails.tell_two_factor(work, user, "switched off by an administrator")
    return USERS.present(work, identity)


def _proven(request: Any) -> dict[str, Any]:
    """The user who asks, by password and code, the code used up. Raises Conflict where there is no second factor."""
    work = request.work
    user, factor = _read_both(work)
    proving.prove_both(request, user, factor, USERS_FACTORS, realm=work.state.slug)
    return user


def _read_both(work: Any) -> tuple[dict[str, Any], dict[str, Any] | None]:
    (user,), found = work.read(people.by_id(work.actor.id), USERS_FACTORS.factor_of(work.actor.id))
    return user, found[0] if found else None


def includeme(config: Any) -> None:
    for service in (status, setup, confirm, disable, renew, reset):
        config.add_service(service)
