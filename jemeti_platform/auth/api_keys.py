"""API keys: made, changed, rotated and revoked. A key never has rights that its maker lacks, now or later.

What a key may do is what it is granted of what the maker of its secret may do at that moment. Whoever rotates it is the
maker from then on. A person who may not log in any more cannot work by a key they have seen either.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Invalid
from ..work import Work
from .grants import refuse_more_than_own
from .key_tokens import KeyToken
from .roles import in_order, refuse_unknown

__all__ = ["change", "create", "revoke", "rotate"]

_INSERT = Statement(
    "INSERT INTO api_keys (id, name, prefix, permissions, expires_at, created_by, key_hash) VALUES"
    " (%(id)s, %(name)s, %(prefix)s, %(permissions)s, %(expires_at)s, %(by)s, %(hash)s)"
)
_UNUSED = Statement("INSERT INTO api_key_uses (id) VALUES (%(id)s)")
_CHANGE = Statement(
    "UPDATE api_keys SET name = coalesce(%(name)s::text, name),"
    " permissions = coalesce(%(permissions)s::jsonb, permissions),"
    " expires_at = CASE WHEN %(sets_expiry)s THEN %(expires_at)s::timestamptz ELSE expires_at END,"
    " version = version + 1, updated_at = now() WHERE id = %(id)s"
)
_REVOKE = Statement(
    "UPDATE api_keys SET revoked_at = now(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND revoked_at IS NULL"
)
# the secret before stays good only as long as its own maker's word does
_ROTATE = Statement(
    "UPDATE api_keys SET former_key_hash = CASE WHEN %(overlap)s > interval '0' THEN key_hash END,"
    " former_until = CASE WHEN %(overlap)s > interval '0' THEN now() + %(overlap)s END,"
    " former_by = CASE WHEN %(overlap)s > interval '0' THEN created_by END,"
    " key_hash = %(hash)s, created_by = %(by)s, version = version + 1, updated_at = now() WHERE id = %(id)s"
)


def create(work: Work, values: dict[str, Any]) -> KeyToken:
    """Make a key and return it with its secret, which is nowhere else to be had.

    Raises Invalid for unknown grants and an end that is past, Forbidden for more than one may oneself.
    """
    refuse_unknown(work.platform, values["permissions"])
    refuse_more_than_own(work, work.platform.key_permissions(values["permissions"]))
    _refuse_past(work, values)
    token = KeyToken.make(work.tenant_id, uuid7())
    work.write(
        _INSERT(
            id=token.key_id,
            name=values["name"],
            prefix=token.prefix,
            permissions=Jsonb(in_order(values["permissions"])),
            expires_at=values["expires_at"],
            by=_person(work),
            hash=token.fingerprint,
        ),
        _UNUSED(id=token.key_id),
    )
    return token


def change(work: Work, key_id: UUID, current: dict[str, Any], changes: dict[str, Any]) -> None:
    """Change a key whose row is locked; in force from its next request on.

    Raises as ``create`` does, Forbidden for a key that may more than oneself, Conflict for a revoked one.
    """
    _refuse_untouchable(work, current)
    permissions = changes.get("permissions")
    if permissions is not None:
        refuse_unknown(work.platform, permissions)
        refuse_more_than_own(work, work.platform.key_permissions(permissions))
    _refuse_past(work, changes)
    work.write(
        _CHANGE(
            id=key_id,
            name=changes.get("name"),
            permissions=None if permissions is None else Jsonb(in_order(permissions)),
            sets_expiry="expires_at" in changes,
            expires_at=changes.get("expires_at"),
        )
    )


def revoke(work: Work, key_id: UUID) -> None:
    """End a key for its very next request, and for good; one that is revoked stays as it is.

    Whoever may write keys may end any of them, stronger ones too: that gives nobody a right.
    """
    work.write(_REVOKE(id=key_id))


def rotate(work: Work, key_id: UUID, current: dict[str, Any], overlap: timedelta) -> KeyToken:
    """Give a key whose row is locked a new secret; the one before is good for ``overlap``, one still older no more.

    Raises Forbidden for a key that may more than oneself, Conflict for one that is revoked or has expired.
    """
    _refuse_untouchable(work, current)
    if current["expires_at"] is not None and current["expires_at"] <= work.now():
        raise Conflict("This key has expired; give it another end first.", reason="expired")
    token = KeyToken.make(work.tenant_id, key_id)
    work.write(_ROTATE(id=key_id, hash=token.fingerprint, by=_person(work), overlap=overlap))
    return token


def _person(work: Work) -> UUID:
    """Who answers for a secret: the actor, or whoever answers for the key that acts."""
    person = work.entry.user_id
    if person is None:
        raise RuntimeError("an API key is made by a user, or by a key of theirs")
    return person


def _refuse_untouchable(work: Work, current: dict[str, Any]) -> None:
    if current["revoked_at"] is not None:
        raise Conflict("This key has been revoked; make another one.", reason="revoked")
    refuse_more_than_own(work, work.platform.key_permissions(current["permissions"]))


def _refuse_past(work: Work, values: dict[str, Any]) -> None:
    end = values.get("expires_at")
    if end is not None and end <= work.now():
        raise Invalid([{"field": "expires_at", "message": "This moment is past"}])
