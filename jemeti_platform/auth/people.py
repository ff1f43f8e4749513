"""A user as log-in, log-out and passwords see one: found by e-mail or id, with their role, hash included."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.statement import Bound, Statement
from ..types import email_key
from ..work import Work

__all__ = ["PERSON", "ROLE_REFERENCE", "by_email", "by_id", "hard_words", "of_key", "shown"]

_SELECT = (
    "SELECT u.id, u.email, u.name, u.status, u.password_hash, u.password_changed_at, u.last_login_at,"
    " u.role_id, r.slug AS role_slug, r.name AS role_name, EXISTS (SELECT FROM two_factors f"
    " WHERE f.tenant_id = u.tenant_id AND f.id = u.id AND f.confirmed_at IS NOT NULL) AS two_factor"
    " FROM users u JOIN roles r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
)
_BY_EMAIL = Statement(f"{_SELECT} WHERE u.email_key = %(key)s")
_BY_ID = Statement(f"{_SELECT} WHERE u.id = %(id)s")
_OF_KEY = Statement(
    f"{_SELECT} JOIN api_keys k ON k.tenant_id = u.tenant_id AND k.id = %(key)s"
    " WHERE u.id = CASE WHEN k.key_hash = %(fingerprint)s THEN k.created_by ELSE k.former_by END"
)

_TEXT, _ID = {"type": "string"}, {"type": "string", "format": "uuid"}
ROLE_REFERENCE = {"type": "object", "properties": {"id": _ID, "slug": _TEXT, "name": _TEXT}}
PERSON = {
    "type": "object",
    "title": "Person",
    "properties": {
        "id": _ID,
        "email": {"type": "string", "format": "email"},
        "name": _TEXT,
        "role_id": _ID,
        "role": ROLE_REFERENCE,
    },
}


def by_email(email: str) -> Bound:
    """The statement that finds the user of an address, in whatever case it is typed."""
    return _BY_EMAIL(key=email_key(email))


def by_id(user_id: UUID | None) -> Bound:
    """The statement that finds a user by id."""
    return _BY_ID(id=user_id)


def of_key(key_id: UUID, fingerprint: str) -> Bound:
    """The statement that finds who answers for the secret of an API key."""
    return _OF_KEY(key=key_id, fingerprint=fingerprint)


def shown(user: dict[str, Any]) -> dict[str, Any]:
    """The user as ``/api/auth`` shows one."""
    role = {"id": user["role_id"], "slug": user["role_slug"], "name": user["role_name"]}
    return {**{name: user[name] for name in ("id", "email", "name", "role_id")}, "role": role}


def hard_words(work: Work, *own: str) -> tuple[str, ...]:
    """What everybody would try first as a password here: names and addresses of the person and of the workspace."""
    return (*own, work.state.slug, str(work.workspace["name"]))
