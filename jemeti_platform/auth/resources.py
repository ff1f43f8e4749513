"""``/v1/users`` and ``/v1/roles``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import case, exists, literal
from sqlalchemy.dialects.postgresql import JSONB

from ..manifest import SYSTEM_ROLES
from ..platform import Platform
from ..rest.answer import Answer
from ..rest.request import path_id
from ..rest.resource import Expansion, Resource
from ..rest.service import ALWAYS, Service
from . import invitations, roles, users
from .grants import refuse_stronger, role_named
from .models import Role, TwoFactor, User
from .schemas import InviteSchema, RoleSchema, UserSchema

__all__ = ["USERS", "invitation", "roles_of"]


class _Users(Resource):
    """Users are not created but invited, and never deleted."""

    def services(self) -> tuple[Service, Service]:
        many, one = super().services()
        many.add(
            "POST",
            self.on_invite,
            permission="users:invite",
            body=InviteSchema,
            answer=self.answer_schema,
            status=201,
            errors=(402, 409),
            summary="Invite: user",
        )
        one.views["PATCH"].errors += (402,)  # who is let in again counts towards users.max
        return many, one

    def on_invite(self, request: Any) -> Answer:
        identity = users.add(request.work, **request.validated)
        answer = self.answer(self.locked(request.work, identity))
        answer.status, answer.location = 201, f"/v1{self.path}/{identity}"
        return answer


_FACTORS, _PEOPLE = TwoFactor.__table__, User.__table__
_TWO_FACTOR = case(
    (
        exists()
        .where(_FACTORS.c.tenant_id == _PEOPLE.c.tenant_id, _FACTORS.c.id == _PEOPLE.c.id)
        .where(_FACTORS.c.confirmed_at.is_not(None)),
        "on",
    ),
    else_="off",
)

USERS = _Users(
    name="users",
    path="/users",
    model=User,
    schema=UserSchema,
    feature=ALWAYS,
    title="user",
    filters=("status", "role_id", "email", "created_at", "last_login_at"),
    sort=("created_at", "name", "email", "last_login_at"),
    search=True,
    hidden=("email_key", "password_hash", "password_changed_at"),
    computed={"two_factor": _TWO_FACTOR},
    expand={"role": Expansion("role_id", Role, ("slug", "name"))},
    read="users:read",
    write="users:write",
    creatable=False,
    update=users.change,
    description="People who can log in to this workspace",
)

invitation = Service("users.invitation", "/users/{id}/invitation", ALWAYS, "The invitation of a user", tag="users")


@invitation.post(permission="users:invite", answer=USERS.answer_schema, errors=(402, 404, 409))
def send_invitation_again(request: Any) -> Answer:
    """Mail a new link to somebody who has not accepted yet; the links before are void."""
    work, identity = request.work, path_id(request)
    user = USERS.locked(work, identity)
    refuse_stronger(work, role_named(work, user["role_id"]))
    invitations.invite_again(work, identity)
    return USERS.answer(USERS.locked(work, identity))


@dataclass
class _Roles(Resource):
    """Roles, of which the system's cannot be deleted, and others only while nobody has them."""

    def on_delete(self, request: Any) -> None:
        roles.refuse_untouchable(request.work, self.locked(request.work, path_id(request))["id"])
        super().on_delete(request)


def roles_of(platform: Platform) -> Resource:
    """``/v1/roles`` of a platform: what a system role holds is said by the manifests of its plugins."""
    table = Role.__table__
    held = {slug: literal(_held(platform, slug), JSONB) for slug in SYSTEM_ROLES}
    return _Roles(
        name="roles",
        path="/roles",
        model=Role,
        schema=RoleSchema,
        feature=ALWAYS,
        title="role",
        filters=("slug", "system"),
        sort=("created_at", "name", "slug"),
        default_sort="created_at",
        hidden=("permissions",),
        computed={"permissions": case((table.c.system, case(held, value=table.c.slug)), else_=table.c.permissions)},
        read="roles:read",
        write="roles:write",
        create=roles.create,
        update=roles.change,
        deletable=True,
        description="Sets of grants; every user has exactly one role",
    )


def _held(platform: Platform, role: str) -> list[str]:
    if role in ("owner", "admin"):
        return ["*:*"]
    return sorted(name for name, permission in platform.permissions.items() if role in permission.roles)


def includeme(config: Any) -> None:
    config.add_resource(USERS)
    config.add_service(invitation)
    config.add_resource(roles_of(config.registry.platform))
