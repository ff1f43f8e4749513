"""Somebody who is logged in proves again that it is they: by their password, by their second factor. Guesses count."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ..errors import Conflict, Invalid
from ..ratelimit import account_key
from .attempts import counting_failures, login_asks
from .second_factor import SecondFactors, factor_asks

__all__ = ["confirm_factor", "prove_both", "prove_password"]


class _WrongPassword(Invalid):
    """Not the user's password: a guess like one at log-in."""


class _WrongCode(Invalid):
    """Not a code of the user's second factor, or one that has been used."""


def prove_password(
    request: Any, user: Mapping[str, Any], password: str, *, realm: str, field: str = "password"
) -> None:
    """Raise Invalid for ``field`` unless this is the user's password, RateLimited after too many wrong ones.

    ``realm`` is whose log-ins are counted together: the workspace's slug.
    """
    asks = login_asks(request, account_key(realm, user["email"]), realm)
    with counting_failures(request, asks, wrong=_WrongPassword):
        if not request.registry.passwords.verify(user["password_hash"], password):
            raise _WrongPassword([{"field": field, "message": "This is not your password"}])


def prove_both(
    request: Any, user: Mapping[str, Any], factor: Mapping[str, Any] | None, kind: SecondFactors, *, realm: str
) -> None:
    """Check ``password`` and ``code`` of the body; the code is then used up, in the transaction.

    Raises Conflict where no second factor counts, Invalid naming the field, RateLimited.
    """
    work, given = request.work, request.validated
    if factor is None or factor["confirmed_at"] is None:
        raise Conflict("Two-factor log-in is not on.", reason="off")
    prove_password(request, user, given["password"], realm=realm)
    with counting_failures(request, factor_asks(work, user["id"]), wrong=_WrongCode):
        proof = kind.proof(work, user["id"], factor, given["code"])
        if proof is None or not work.write(proof)[0]:
            raise _wrong_code()


def confirm_factor(request: Any, user_id: UUID, factor: Mapping[str, Any] | None, kind: SecondFactors) -> list[str]:
    """Make the factor count by the ``code`` of the body, and return its recovery codes.

    Raises Conflict where there is nothing to confirm, Invalid for a wrong code, RateLimited.
    """
    if factor is None or factor["confirmed_at"] is not None:
        raise Conflict("There is nothing to confirm; begin with setup.", reason="on" if factor else "not_set_up")
    with counting_failures(request, factor_asks(request.work, user_id), wrong=_WrongCode):
        codes = kind.confirm(request.work, user_id, factor, request.validated["code"])
        if codes is None:
            raise _wrong_code()
    return codes


def _wrong_code() -> _WrongCode:
    return _WrongCode([{"field": "code", "message": "This code is wrong, or has been used"}])
