"""Users: invited, changed, disabled, never deleted; and a workspace always keeps an active owner."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

from psycopg.errors import CheckViolation, UniqueViolation
from sqlalchemy import insert

from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Conflict
from ..features import limits
from ..types import email_key
from ..work import Work
from . import one_time, sessions
from .grants import refuse_stronger, role_named
from .invitations import invite
from .models import User

__all__ = ["LAST_OWNER", "add", "change"]

_INSERT = Statement(insert(User).values(dict.fromkeys(("id", "email", "email_key", "name", "role_id", "status"))))
_NOW = Statement("SELECT status, role_id, password_hash IS NOT NULL AS joined FROM users WHERE id = %(id)s")
_CHANGE = Statement(
    "UPDATE users SET name = coalesce(%(name)s::text, name), role_id = coalesce(%(role_id)s::uuid, role_id),"
    " status = coalesce(%(status)s::text, status), version = version + 1, updated_at = now() WHERE id = %(id)s"
)
LAST_OWNER = "users_last_owner"
"""The constraint that the trigger ``jemeti.keep_an_owner`` reports."""


def add(work: Work, *, email: str, role_id: UUID, name: str | None = None) -> UUID:
    """Invite somebody: a user who can log in once they have followed the link that is mailed to them.

    Raises Conflict where the address is taken, Forbidden for a role stronger than one's own, PaymentRequired
    beyond the limit ``users.max``.
    """
    refuse_stronger(work, role_named(work, role_id))
    limits.reserve(work, "users.max")
    user_id = uuid7()
    row = _INSERT(
        id=user_id,
        email=email,
        email_key=email_key(email),
        name=name or email.partition("@")[0],
        role_id=role_id,
        status="invited",
    )
    with _in_our_words():
        work.write(row)
    invite(work, user_id)
    return user_id


def change(work: Work, user_id: UUID, changes: dict[str, Any]) -> None:
    """Change name, role or status of a user whose row is locked. Disabling ends every session.

    Raises Conflict for the last owner, Forbidden where the user's present or new role is stronger than one's own.
    """
    ((now,),) = work.write(_NOW(id=user_id))
    refuse_stronger(work, role_named(work, now["role_id"]))
    if "role_id" in changes and changes["role_id"] != now["role_id"]:
        refuse_stronger(work, role_named(work, changes["role_id"]))
    following: list[Bound] = []
    if changes.get("status", now["status"]) != now["status"]:
        following = _on_status(work, user_id, now, changes["status"])
    values = {name: changes.get(name) for name in ("name", "role_id", "status")}
    with _in_our_words():
        work.write(_CHANGE(id=user_id, **values), *following)


def _on_status(work: Work, user_id: UUID, now: dict[str, Any], status: str) -> list[Bound]:
    if status == "disabled":
        return [sessions.end_all(user_id, "disabled"), one_time.void(user_id)]
    if not now["joined"]:
        raise Conflict("This person has not accepted the invitation yet; send it again.", status=now["status"])
    limits.reserve(work, "users.max")
    return []


@contextmanager
def _in_our_words() -> Iterator[None]:
    try:
        yield
    except CheckViolation as error:
        if error.diag.constraint_name == LAST_OWNER:
            raise Conflict(
                "This is the last active owner; make somebody else an owner first.", reason="last_owner"
            ) from None
        raise
    except UniqueViolation:
        raise Conflict(
            "There is already a user with this e-mail address.", reason="duplicate", fields=["email"]
        ) from None
