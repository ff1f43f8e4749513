"""Somebody who is logged in proves again that it is they: by their password, by their second factor. Guesses count."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from ..db.statement import Bound
from ..errors import Invalid
from ..ratelimit import Ask, account_key
from ..work import Work
from . import second_factor
from .attempts import counting_failures, login_asks

__all__ = ["WrongCode", "factor_asks", "prove_code", "prove_password", "wrong_code"]


class _WrongPassword(Invalid):
    """Not the user's password: a guess like one at log-in."""


class WrongCode(Invalid):
    """Not a code of the user's second factor, or one that has been used."""


def factor_asks(work: Work, user_id: UUID) -> Sequence[Ask]:
    """What a guess at a second factor counts against."""
    return (Ask("two_factor_account", f"{work.tenant_id}:{user_id}"),)


def prove_password(request: Any, user: Mapping[str, Any], password: str, field: str = "password") -> None:
    """Raise Invalid for ``field`` unless this is the user's password, RateLimited after too many wrong ones."""
    slug = request.work.state.slug
    with counting_failures(request, login_asks(request, account_key(slug, user["email"]), slug), wrong=_WrongPassword):
        if not request.registry.passwords.verify(user["password_hash"], password):
            raise _WrongPassword([{"field": field, "message": "This is not your password"}])


def prove_code(request: Any, user_id: UUID, factor: Mapping[str, Any], code: str) -> None:
    """Use a code of the user's second factor up, in the transaction. Raises Invalid for ``code``; RateLimited."""
    work = request.work
    with counting_failures(request, factor_asks(work, user_id), wrong=WrongCode):
        proof: Bound | None = second_factor.proof(work, user_id, factor, code)
        if proof is None or not work.write(proof)[0]:
            raise wrong_code()


def wrong_code() -> WrongCode:
    return WrongCode([{"field": "code", "message": "This code is wrong, or has been used"}])
