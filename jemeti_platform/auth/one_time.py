"""Tokens that are good once: password resets for 30 minutes, invitations for 7 days, log-ins half done for 5 minutes.

Whoever uses one locks the user first, then the token: the same order everywhere, so that none waits in a circle.
Sources: product.md, safety B10, C5.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Gone, NotFound
from ..work import Work
from .opaque import Opaque

__all__ = ["LIFETIMES", "give", "giving", "look_at", "use", "using", "void"]

LIFETIMES = {
    "reset": timedelta(minutes=30),
    "invitation": timedelta(days=7),
    "two_factor": timedelta(minutes=5),
}

_VOID = Statement("UPDATE one_time_tokens SET used_at = now() WHERE user_id = %(user)s AND used_at IS NULL")
_GIVE = Statement(
    "INSERT INTO one_time_tokens (id, user_id, purpose, token_hash, expires_at)"
    " VALUES (%(id)s, %(user)s, %(purpose)s, %(hash)s, now() + %(lifetime)s)"
)
_LOOK_AT = Statement(
    "SELECT u.id, u.email, u.name, u.status, t.used_at IS NULL AND t.expires_at > now() AS good"
    " FROM one_time_tokens t JOIN users u ON u.tenant_id = t.tenant_id AND u.id = t.user_id"
    " WHERE t.token_hash = %(hash)s AND t.purpose = %(purpose)s"
)
_LOCK_USER = Statement("SELECT id FROM users WHERE id = %(user)s FOR NO KEY UPDATE")
_USE = Statement(
    "UPDATE one_time_tokens SET used_at = now() WHERE token_hash = %(hash)s AND purpose = %(purpose)s"
    " AND user_id = %(user)s AND used_at IS NULL AND expires_at > now() RETURNING id"
)


def give(work: Work, user_id: UUID, purpose: str) -> Opaque:
    """Make a token for a user; those given before are void from now on."""
    token = Opaque.make(work.state.slug)
    work.write(_VOID(user=user_id), giving(token, user_id, purpose))
    return token


def giving(token: Opaque, user_id: UUID, purpose: str) -> Bound:
    """The statement that makes ``token`` good for a user, beside whatever is good already."""
    return _GIVE(id=uuid7(), user=user_id, purpose=purpose, hash=token.fingerprint, lifetime=LIFETIMES[purpose])


def void(user_id: UUID) -> Bound:
    """The statement after which no token of a user is good any more."""
    return _VOID(user=user_id)


def look_at(work: Work, token: Opaque, purpose: str, status: str) -> dict[str, Any]:
    """The user a token belongs to, who must have this status. Raises NotFound, and Gone for a used or expired one."""
    (rows,) = work.read(_LOOK_AT(hash=token.fingerprint, purpose=purpose))
    if not rows:
        raise unknown()
    if not rows[0]["good"] or rows[0]["status"] != status:
        raise _gone()
    return rows[0]


def use(work: Work, token: Opaque, purpose: str, user_id: UUID) -> None:
    """Use a token up; of many callers at once exactly one gets through. Raises Gone."""
    _, used = work.write(*using(token, purpose, user_id))
    if not used:
        raise _gone()


def using(token: Opaque, purpose: str, user_id: UUID) -> tuple[Bound, Bound]:
    """The statements that use a token up; the second returns a row to the one caller who gets through."""
    return _LOCK_USER(user=user_id), _USE(hash=token.fingerprint, purpose=purpose, user=user_id)


def unknown() -> NotFound:
    """The refusal for a token that never was, or is another workspace's."""
    return NotFound("This link is not known here.")


def _gone() -> Gone:
    return Gone("This link has been used or has expired; ask for a new one.")
