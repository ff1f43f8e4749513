"""Second factors in the database: set up, confirmed, asked for, given up; of users and, apart, of administrators.

Whether a code is right is seen before the transaction; that it is good once is decided inside it, by one statement.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from ..db.base import uuid7
from ..db.pipeline import Rows
from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..platform import Platform
from ..ratelimit import Ask
from ..sealing import Sealing
from . import recovery_codes, totp
from .opaque import Opaque

__all__ = ["USERS", "SecondFactors", "Writer", "challenged", "factor_asks", "is_recovery"]

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
_OF = """
SELECT f.secret_cipher, f.confirmed_at,
       (SELECT count(*) FROM {codes} c WHERE c.{owner} = f.id AND c.used_at IS NULL) AS codes_left
  FROM {factors} f WHERE f.id = %(user)s
"""
_SET_UP = """
INSERT INTO {factors} (id, secret_cipher) VALUES (%(user)s, %(cipher)s) ON CONFLICT ({key}) DO UPDATE
   SET secret_cipher = excluded.secret_cipher, created_at = now() WHERE {factors}.confirmed_at IS NULL
RETURNING id
"""
_CONFIRM = """
UPDATE {factors} SET confirmed_at = now(), last_step = %(step)s
 WHERE id = %(user)s AND confirmed_at IS NULL AND secret_cipher = %(cipher)s RETURNING id
"""
# of all who come with one code, or with one of the same thirty seconds, the first is let in
_STEP = """
UPDATE {factors} SET last_step = %(step)s, secret_cipher = coalesce(%(renewed)s::text, secret_cipher)
 WHERE id = %(user)s AND confirmed_at IS NOT NULL AND secret_cipher = %(cipher)s
   AND coalesce(last_step, 0) < %(step)s RETURNING id
"""
_RECOVER = """
UPDATE {codes} SET used_at = now() WHERE {owner} = %(user)s AND code_hash = %(hash)s AND used_at IS NULL RETURNING id
"""
_ADD_CODE = "INSERT INTO {codes} (id, {owner}, code_hash) VALUES (%(id)s, %(user)s, %(hash)s)"
_NO_CODES = "DELETE FROM {codes} WHERE {owner} = %(user)s"
_GIVE_UP = "DELETE FROM {factors} WHERE id = %(user)s RETURNING confirmed_at"

_DIGITS = 6


class Writer(Protocol):
    """What a second factor asks of the work it is written in: ``Work`` and ``PlatformWork`` have it."""

    platform: Platform

    def write(self, *statements: Bound) -> list[Rows]: ...


def challenged(token: Opaque) -> Bound:
    """The statement that finds the user whose log-in waits for a second factor, with that factor."""
    return _CHALLENGED(hash=token.fingerprint)


def is_recovery(code: str) -> bool:
    """Whether this would be a recovery code: those of an authenticator are shorter."""
    return len("".join(code.split())) > _DIGITS


@dataclass(frozen=True)
class SecondFactors:
    """The second factors of one kind of people: ``factors`` has a row by the id of each, ``codes`` recovery codes.

    A factor is read as a row with ``secret_cipher``, ``confirmed_at`` and ``codes_left``.
    """

    factors: str
    codes: str
    owner: str
    key: str

    def factor_of(self, user_id: UUID | None) -> Bound:
        """The statement that finds the second factor of somebody, confirmed or not: no row or one."""
        return self.statement(_OF)(user=user_id)

    def set_up(self, work: Writer, user: Mapping[str, Any], issuer: str) -> totp.Enrolment:
        """Give somebody a new secret, which counts once it is confirmed. Raises Conflict where one counts already."""
        enrolment = totp.enrol(user["email"], issuer)
        sealed = work.platform.part(Sealing).seal(enrolment.secret, _place(work, user["id"]))
        (made,) = work.write(self.statement(_SET_UP)(user=user["id"], cipher=sealed))
        if not made:
            raise Conflict("Two-factor log-in is on already; switch it off before setting it up anew.", reason="on")
        return enrolment

    def confirm(self, work: Writer, user_id: UUID, factor: Mapping[str, Any], code: str) -> list[str] | None:
        """Make a factor count whose secret has been shown, and return ten recovery codes; None for a wrong code."""
        step = _step(work, user_id, factor, code)
        if step is None:
            return None
        confirming = self.statement(_CONFIRM)(user=user_id, step=step, cipher=factor["secret_cipher"])
        codes = recovery_codes.make()
        confirmed, *_ = work.write(confirming, *self._new_codes(user_id, codes))
        return codes if confirmed else None

    def proof(self, work: Writer, user_id: UUID, factor: Mapping[str, Any], code: str) -> Bound | None:
        """The statement that uses a code up, and returns a row if nobody has before; None for a code that is wrong."""
        if is_recovery(code):
            return self.statement(_RECOVER)(user=user_id, hash=recovery_codes.digest(code))
        step = _step(work, user_id, factor, code)
        if step is None:
            return None
        sealed = factor["secret_cipher"]
        renewed = work.platform.part(Sealing).renewed(sealed, _place(work, user_id))
        return self.statement(_STEP)(user=user_id, step=step, cipher=sealed, renewed=renewed)

    def renew_codes(self, work: Writer, user_id: UUID) -> list[str]:
        """Ten new recovery codes in the place of those there are."""
        codes = recovery_codes.make()
        work.write(*self._new_codes(user_id, codes))
        return codes

    def give_up(self, work: Writer, user_id: UUID) -> bool:
        """Forget the factor and its recovery codes; False where none counted."""
        _, gone = work.write(self.statement(_NO_CODES)(user=user_id), self.statement(_GIVE_UP)(user=user_id))
        return bool(gone) and gone[0]["confirmed_at"] is not None

    def statement(self, text: str) -> Statement:
        """A statement over these tables."""
        return Statement(text.format(factors=self.factors, codes=self.codes, owner=self.owner, key=self.key))

    def _new_codes(self, user_id: UUID, codes: Sequence[str]) -> list[Bound]:
        add = self.statement(_ADD_CODE)
        added = [add(id=uuid7(), user=user_id, hash=recovery_codes.digest(code)) for code in codes]
        return [self.statement(_NO_CODES)(user=user_id), *added]


USERS = SecondFactors("two_factors", "recovery_codes", "user_id", "tenant_id, id")


def factor_asks(work: Writer, user_id: UUID) -> tuple[Ask]:
    """What a guess at a second factor counts against."""
    return (Ask("two_factor_account", f"{_realm(work)}:{user_id}"),)


def _step(work: Writer, user_id: UUID, factor: Mapping[str, Any], code: str) -> int | None:
    secret = work.platform.part(Sealing).open(factor["secret_cipher"], _place(work, user_id))
    return None if secret is None else totp.step_of(secret, "".join(code.split()))


def _place(work: Writer, user_id: UUID) -> str:
    return f"two-factor {_realm(work)} {user_id}"


def _realm(work: Writer) -> object:
    return getattr(work, "tenant_id", "platform")
