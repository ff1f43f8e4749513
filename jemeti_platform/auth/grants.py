"""Who may give which rights: nobody more than they hold themselves, and only owners make, change or unmake owners."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from ..errors import Forbidden, Invalid
from ..manifest import covering_grants
from ..platform import Platform
from ..tenancy.state import Role
from ..work import Work

__all__ = ["OWNER", "granted_by", "refuse_more_than_own", "refuse_stronger", "role_named"]

OWNER = "owner"
_MOST_NAMED = 20


def granted_by(platform: Platform, grants: Iterable[str]) -> frozenset[str]:
    """The permissions that these grants come to, among all that are installed."""
    given = frozenset(grants)
    return frozenset(name for name in platform.permissions if covering_grants(name) & given)


def role_named(work: Work, role_id: UUID) -> Role:
    """A role of the workspace. Raises Invalid, naming the field ``role_id``."""
    role = work.state.roles.get(role_id)
    if role is None:
        raise Invalid([{"field": "role_id", "message": "There is no such role"}])
    return role


def refuse_stronger(work: Work, role: Role) -> None:
    """Raise Forbidden unless the actor may give this role to somebody, or take it away."""
    if role.slug == OWNER and not _is_owner(work):
        raise Forbidden("Only an owner can make, change or unmake an owner.", details={"role": OWNER})
    refuse_more_than_own(work, role.permissions)


def refuse_more_than_own(work: Work, permissions: frozenset[str]) -> None:
    """Raise Forbidden where there are permissions among these that the actor does not hold."""
    missing = sorted(permissions - work.permissions)
    if missing:
        raise Forbidden(
            "You cannot give or take permissions that you do not have yourself.",
            details={"missing": missing[:_MOST_NAMED]},
        )


def _is_owner(work: Work) -> bool:
    if work.actor.kind in ("system", "admin"):
        return True
    if work.actor.kind == "api_key":
        return False  # the key of an owner is no owner
    role_id = work.entry.role_id
    own = work.state.roles.get(role_id) if role_id else None
    return own is not None and own.slug == OWNER
