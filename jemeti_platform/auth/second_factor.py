"""The second factor of a user in the database: set up, confirmed, asked for, given up.

Whether a code is right is seen before the transaction; that it is good once is decided inside it, by one statement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..sealing import Sealing
from ..work import Work
from . import recovery_codes, totp
from .opaque import Opaque

__all__ = [
    "challenged",
    "confirm",
    "factor_of",
    "give_up",
    "is_recovery",
    "proof",
    "renew_codes",
    "set_up",
]

_OF = Statement(
    "SELECT f.secret_cipher, f.confirmed_at, (SELECT count(*) FROM recovery_codes c"
    " WHERE c.tenant_id = f.tenant_id AND c.user_id = f.id AND c.used_at IS NULL) AS codes_left"
    " FROM two_factors f WHERE f.id = %(user)s"
)
_CHALLENGED = Statement(
    "SELECT u.id, u.email, u.name, u.role_id, r.slug AS role_slug, r.name AS role_name, u.password_changed_at,"
    " f.secret_cipher, (SELECT count(*) FROM recovery_codes c"
    " WHERE c.tenant_id = f.tenant_id AND c.user_id = f.id AND c.used_at IS NULL) AS codes_left"
    " FROM one_time_tokens t"
    " JOIN users u ON u.tenant_id = t.tenant_id AND u.id = t.user_id AND u.status = 'active'"
    " JOIN roles r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
    " JOIN two_factors f ON f.tenant_id = u.tenant_id AND f.id = u.id AND f.confirmed_at IS NOT NULL"
    " WHERE t.token_hash = %(hash)s AND t.purpose = 'two_factor' AND t.used_at IS NULL AND t.expires_at > now()"
)
_SET_UP = Statement(
    "INSERT INTO two_factors (id, secret_cipher) VALUES (%(user)s, %(cipher)s) ON CONFLICT (tenant_id, id) DO UPDATE"
    " SET secret_cipher = excluded.secret_cipher, created_at = now() WHERE two_factors.confirmed_at IS NULL"
    " RETURNING id"
)
_CONFIRM = Statement(
    "UPDATE two_factors SET confirmed_at = now(), last_step = %(step)s"
    " WHERE id = %(user)s AND confirmed_at IS NULL AND secret_cipher = %(cipher)s RETURNING id"
)
# of all who come with one code, or with one of the same thirty seconds, the first is let in
_STEP = Statement(
    "UPDATE two_factors SET last_step = %(step)s, secret_cipher = coalesce(%(renewed)s::text, secret_cipher)"
    " WHERE id = %(user)s AND confirmed_at IS NOT NULL AND coalesce(last_step, 0) < %(step)s"
    " AND secret_cipher = %(cipher)s RETURNING id"
)
_RECOVER = Statement(
    "UPDATE recovery_codes SET used_at = now() WHERE user_id = %(user)s AND code_hash = %(hash)s AND used_at IS NULL"
    " RETURNING id"
)
_ADD_CODE = Statement("INSERT INTO recovery_codes (id, user_id, code_hash) VALUES (%(id)s, %(user)s, %(hash)s)")
_NO_CODES = Statement("DELETE FROM recovery_codes WHERE user_id = %(user)s")
_GIVE_UP = Statement("DELETE FROM two_factors WHERE id = %(user)s RETURNING confirmed_at")

_DIGITS = 6


def factor_of(user_id: UUID | None) -> Bound:
    """The statement that finds the second factor of a user, confirmed or not: no row or one."""
    return _OF(user=user_id)


def challenged(token: Opaque) -> Bound:
    """The statement that finds the user whose log-in waits for a second factor, with that factor."""
    return _CHALLENGED(hash=token.fingerprint)


def set_up(work: Work, user: Mapping[str, Any]) -> totp.Enrolment:
    """Give a user a new secret, which counts once it is confirmed. Raises Conflict where one counts already."""
    enrolment = totp.enrol(user["email"], str(work.workspace["name"]))
    sealed = work.platform.part(Sealing).seal(enrolment.secret, _place(work, user["id"]))
    (made,) = work.write(_SET_UP(user=user["id"], cipher=sealed))
    if not made:
        raise Conflict("Two-factor log-in is on already; switch it off before setting it up anew.", reason="on")
    return enrolment


def confirm(work: Work, user_id: UUID, factor: Mapping[str, Any], code: str) -> list[str] | None:
    """Make a factor count whose secret has been shown, and return ten recovery codes; None for a wrong code."""
    step = _step(work, user_id, factor, code)
    if step is None:
        return None
    codes = recovery_codes.make()
    confirmed, *_ = work.write(
        _CONFIRM(user=user_id, step=step, cipher=factor["secret_cipher"]), *_new_codes(user_id, codes)
    )
    return codes if confirmed else None


def is_recovery(code: str) -> bool:
    """Whether this would be a recovery code: those of an authenticator are shorter."""
    return len("".join(code.split())) > _DIGITS


def proof(work: Work, user_id: UUID, factor: Mapping[str, Any], code: str) -> Bound | None:
    """The statement that uses a code up, and returns a row if nobody has before; None for a code that is wrong."""
    plain = "".join(code.split())
    if is_recovery(code):
        return _RECOVER(user=user_id, hash=recovery_codes.digest(plain))
    step = _step(work, user_id, factor, plain)
    if step is None:
        return None
    sealed, place = factor["secret_cipher"], _place(work, user_id)
    return _STEP(user=user_id, step=step, cipher=sealed, renewed=work.platform.part(Sealing).renewed(sealed, place))


def renew_codes(work: Work, user_id: UUID) -> list[str]:
    """Ten new recovery codes in the place of those there are."""
    codes = recovery_codes.make()
    work.write(*_new_codes(user_id, codes))
    return codes


def give_up(work: Work, user_id: UUID) -> bool:
    """Forget the factor and its recovery codes; False where none counted."""
    _, gone = work.write(_NO_CODES(user=user_id), _GIVE_UP(user=user_id))
    return bool(gone) and gone[0]["confirmed_at"] is not None


def _step(work: Work, user_id: UUID, factor: Mapping[str, Any], code: str) -> int | None:
    secret = work.platform.part(Sealing).open(factor["secret_cipher"], _place(work, user_id))
    return None if secret is None else totp.step_of(secret, "".join(code.split()))


def _place(work: Work, user_id: UUID) -> str:
    return f"two-factor {work.tenant_id} {user_id}"


def _new_codes(user_id: UUID, codes: list[str]) -> list[Bound]:
    added = [_ADD_CODE(id=uuid7(), user=user_id, hash=recovery_codes.digest(code)) for code in codes]
    return [_NO_CODES(user=user_id), *added]
