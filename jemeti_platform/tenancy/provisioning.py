"""Making a workspace: its row, profile, roles, owner and the first rows of its plugins, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import orjson
from babel.numbers import get_territory_currencies
from psycopg.errors import UndefinedColumn, UndefinedTable
from sqlalchemy import insert

from ..admin.work import GO_INSIDE, PlatformWork
from ..admin.workspaces import STILL
from ..auth.invitations import invite
from ..auth.models import User
from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Conflict, Invalid
from ..events.replay import Watch, catch_up, hold
from ..manifest import SYSTEM_ROLES
from ..types import email_key
from ..work import Work
from .host import RESERVED
from .models import Tenant, Workspace
from .state import ACT
from .timezones import timezone_of

__all__ = ["Owner", "create", "not_migrated", "prepare", "switch_plugins"]

_TITLES = {
    "owner": "Owner",
    "admin": "Administrator",
    "manager": "Manager",
    "staff": "Staff",
    "mechanic": "Mechanic",
    "viewer": "Viewer",
}
_FIND = Statement("SELECT id FROM tenants WHERE slug = %(slug)s")
_PLAN = Statement("SELECT slug FROM plans WHERE slug = %(plan)s")
_SYSTEM_ROLE = Statement("INSERT INTO roles (id, slug, name, system) VALUES (%(id)s, %(slug)s, %(name)s, true)")
_PLUGINS = Statement("SELECT plugins FROM tenants WHERE id = %(tenant)s FOR NO KEY UPDATE")
_PREPARED = Statement(
    "UPDATE tenants SET plugins = plugins || jsonb_build_object(%(plugin)s::text, %(version)s::text)"
    " WHERE id = %(tenant)s"
)
# Shared by all who switch it on; who purges it takes the same locks for itself alone (`admin.purging`).
_USED = Statement(
    "SELECT p AS plugin, pg_try_advisory_xact_lock_shared(hashtextextended('jemeti.plugin.' || p, 0)) AS free"
    " FROM unnest(%(plugins)s::text[]) AS p"
)
_FORGET = Statement("UPDATE tenants SET plugins = plugins - %(plugin)s::text WHERE id = %(tenant)s")


@dataclass(frozen=True, slots=True)
class Owner:
    """The first user of a workspace; without ``password_hash`` they are invited by e-mail."""

    name: str
    email: str
    password_hash: str | None = None


def create(
    platform_work: PlatformWork,
    *,
    slug: str,
    name: str,
    plan: str,
    country: str,
    profile: Mapping[str, Any] | None = None,
    owner: Owner | None = None,
) -> UUID:
    """Make a workspace with profile, the six system roles and its owner, and prepare its plan's plugins; return its id.

    Currency and time zone follow the country unless ``profile`` says otherwise. Raises Conflict where the
    slug is taken, Invalid for a reserved slug or an unknown plan.
    """
    if slug in RESERVED or _is_uuid(slug):
        raise Invalid([{"field": "slug", "message": f"{slug!r} is reserved"}])
    _, plans, taken = platform_work.write(STILL, _PLAN(plan=plan), _FIND(slug=slug))
    if not plans:
        raise Invalid([{"field": "plan", "message": f"There is no plan {plan!r}"}])
    if taken:
        raise Conflict(f"A workspace {slug!r} already exists.", reason="duplicate", fields=["slug"])
    tenant_id = uuid7()
    platform_work.write(Statement(insert(Tenant).values(id=tenant_id, slug=slug, name=name, plan=plan))())
    values = {
        "name": name,
        "country": country,
        "currency": (get_territory_currencies(country) or ["USD"])[0],
        "timezone": timezone_of(country),
        **(profile or {}),
    }
    roles = {role: uuid7() for role in SYSTEM_ROLES}
    platform_work.write(
        GO_INSIDE(tenant=tenant_id),
        _acting(platform_work),
        Statement(insert(Workspace).values(id=tenant_id, **values))(),
        *(_SYSTEM_ROLE(id=roles[role], slug=role, name=_TITLES[role]) for role in SYSTEM_ROLES),
    )
    owner_id = None
    with platform_work.inside(tenant_id) as work:
        if owner is not None:
            owner_id = _add_owner(work, roles["owner"], owner)
        on, _ = switch_plugins(work)
    platform_work.log(
        "workspace.created",
        slug,
        tenant_id=tenant_id,
        # people by id, never by name: what is written here outlives them
        after={"slug": slug, "name": name, "plan": plan, "country": country, "owner": owner_id, "plugins": on},
    )
    return tenant_id


def _add_owner(work: Work, role_id: UUID, owner: Owner) -> str:
    user_id = uuid7()
    values = {
        "id": user_id,
        "name": owner.name,
        "email": owner.email,
        "email_key": email_key(owner.email),
        "role_id": role_id,
        "status": "active" if owner.password_hash else "invited",
        "password_hash": owner.password_hash,
    }
    work.write(Statement(insert(User).values(**values))())
    if owner.password_hash is None:
        invite(work, user_id)
    return str(user_id)


def _acting(work: PlatformWork) -> Bound:
    """Who acts, for the audit log of a workspace that cannot be entered yet."""
    actor = {"kind": work.actor.kind, "name": work.email, "id": work.actor.id, "address": work.actor.address}
    return ACT(actor=orjson.dumps({**actor, "request_id": work.request_id}).decode())


def switch_plugins(work: Work, watch: Watch | None = None) -> tuple[list[str], list[str]]:
    """Bring the plugins' own state in line with the features: prepare what is newly on, still what is newly off.

    ``work`` must be a platform's, inside the workspace (``PlatformWork.inside``). A plugin that is on is then told of
    what it wants to hear of the time when it was off; ``watch`` is told how far that is. Returns the plugins switched
    on and off. What a hook or a listener raises undoes the change that asked for it. Raises Conflict for a plugin whose
    tables are missing, and for one that is being purged.
    """
    work.write_events()  # those of whom this transaction has told others so far
    ((row,),) = work.write(_PLUGINS(tenant=work.tenant_id))
    before, now = row["plugins"], work.enabled_plugins
    manifests = work.platform.manifests
    on = [name for name in manifests if name in now and name not in before]
    off = [name for name in manifests if name in before and name not in now]
    listening = {plugin for by_plugin in work.platform.replays.values() for plugin in by_plugin}
    if on:
        _refuse_purged(work, on)
    if any(name in listening and name not in work.behind for name in on):
        hold(work)  # else somebody could leave it behind while it hears already what happens here
    for name in on:
        prepare(work, name)
    for name in manifests:
        if name in now and name in work.behind:
            catch_up(work, name, watch)
    for name in reversed(off):
        _call(work, "jemeti_tenant_disabled", name)
        work.write(_FORGET(tenant=work.tenant_id, plugin=name))
    return on, off


def _call(work: Work, hook: str, plugin: str) -> None:
    with work.platform.faults.of(plugin, "hook", hook, workspace=str(work.tenant_id), request_id=work.request_id):
        work.platform.hook(hook, frozenset((plugin,)))(work=work)


def prepare(work: Work, plugin: str) -> None:
    """Let a plugin write its first rows into the workspace, and remember of which version they are.

    Raises Conflict where the tables for them are missing, and whatever else its hook raises, with a note.
    """
    try:
        _call(work, "jemeti_tenant_enabled", plugin)
    except Exception as error:
        if isinstance(getattr(error, "orig", error), UndefinedTable | UndefinedColumn):
            raise not_migrated(plugin) from error
        error.add_note(f"jemeti_tenant_enabled of {plugin!r} was writing the first rows")
        raise
    version = work.platform.manifests[plugin].version
    work.write(_PREPARED(tenant=work.tenant_id, plugin=plugin, version=version))


def not_migrated(plugin: str) -> Conflict:
    """Why a plugin cannot be switched on yet."""
    return Conflict(
        f"The database lacks migrations of the plugin {plugin!r}; run `jemeti migrate`.",
        reason="not_migrated",
        plugin=plugin,
    )


def _refuse_purged(work: Work, plugins: list[str]) -> None:
    """Raise Conflict for a plugin that is being purged; until this transaction ends none of these can be."""
    (rows,) = work.write(_USED(plugins=plugins))
    for row in rows:
        if not row["free"]:
            raise Conflict(
                f"The plugin {row['plugin']!r} is being purged just now.", reason="purging", plugin=row["plugin"]
            )


def _is_uuid(slug: str) -> bool:
    """A workspace is named by slug or id in the platform's paths, so that neither may look like the other."""
    try:
        UUID(slug)
    except ValueError:
        return False
    return True
