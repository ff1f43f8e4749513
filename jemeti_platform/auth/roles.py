"""Roles of a workspace's own. The six system roles hold what the manifests say, and nobody changes them."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb

from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Invalid
from ..manifest import SYSTEM_ROLES, is_grant
from ..platform import Platform
from ..work import Work
from .grants import granted_by, refuse_more_than_own

__all__ = ["change", "create", "in_order", "refuse_unknown", "refuse_untouchable"]

_INSERT = Statement(
    "INSERT INTO roles (id, slug, name, permissions) VALUES (%(id)s, %(slug)s, %(name)s, %(permissions)s)"
)
_CHANGE = Statement(
    "UPDATE roles SET slug = coalesce(%(slug)s::text, slug), name = coalesce(%(name)s::text, name),"
    " permissions = coalesce(%(permissions)s::jsonb, permissions), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s"
)


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Make a role. Raises Invalid for unknown grants, Forbidden for more than one holds oneself, Conflict for a slug
    that is taken."""
    refuse_unknown(work.platform, values["permissions"])
    refuse_more_than_own(work, granted_by(work.platform, values["permissions"]))
    role_id = uuid7()
    values = {**values, "permissions": Jsonb(in_order(values["permissions"]))}
    work.write(_INSERT(id=role_id, **values))
    return role_id


def change(work: Work, role_id: UUID, changes: dict[str, Any]) -> None:
    """Change a role whose row is locked; its users have the new rights from their next request on.

    Raises as ``create`` does, and Conflict for a system role.
    """
    refuse_untouchable(work, role_id)
    permissions = changes.get("permissions")
    if permissions is not None:
        refuse_unknown(work.platform, permissions)
        refuse_more_than_own(work, granted_by(work.platform, permissions))
    values = {name: changes.get(name) for name in ("slug", "name")}
    given = None if permissions is None else Jsonb(in_order(permissions))
    work.write(_CHANGE(id=role_id, **values, permissions=given))


def refuse_untouchable(work: Work, role_id: UUID) -> None:
    """Raise Conflict for one of the system's six roles, Forbidden for one that may more than the actor."""
    role = work.state.roles[role_id]
    if role.slug in SYSTEM_ROLES:
        raise Conflict(f"The role {role.slug!r} belongs to the system and cannot be changed.", reason="system_role")
    refuse_more_than_own(work, role.permissions)


def refuse_unknown(platform: Platform, grants: list[str]) -> None:
    """Raise Invalid, naming each place, for words that are no grants or that nothing installed answers to."""
    problems = []
    for position, grant in enumerate(grants):
        if not is_grant(grant):
            message = f"{grant!r} is no grant; write '<feature>:<action>', like 'crm.customers:read' or 'crm.*:read'"
        elif not granted_by(platform, (grant,)):
            message = f"No permission is called {grant!r}; /v1/permissions lists them"
        else:
            continue
        problems.append({"field": f"permissions.{position}", "message": message})
    if problems:
        raise Invalid(problems)  # type: ignore[arg-type]  # a TypedDict by its keys


def in_order(grants: list[str]) -> list[str]:
    """Grants as they are stored: each once, by name."""
    return sorted(set(grants))
