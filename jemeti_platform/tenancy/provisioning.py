"""Making a workspace: its row, profile, roles, owner and the first rows of its plugins, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from babel.numbers import get_territory_currencies
from sqlalchemy import insert
from sqlalchemy.dialects.postgresql import insert as upsert

from ..admin.work import GO_INSIDE, PlatformWork
from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Invalid
from ..manifest import SYSTEM_ROLES
from ..work import Work
from .host import RESERVED
from .models import EnabledPlugin, Tenant, Workspace
from .timezones import timezone_of

__all__ = ["create", "switch_plugins"]

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
_FORGET = Statement("DELETE FROM enabled_plugins WHERE plugin = %(plugin)s")
_SYSTEM_ROLE = Statement("INSERT INTO roles (id, slug, name, system) VALUES (%(id)s, %(slug)s, %(name)s, true)")
_PLUGINS = Statement("SELECT plugin FROM enabled_plugins")


def create(
    platform_work: PlatformWork,
    *,
    slug: str,
    name: str,
    plan: str,
    country: str,
    profile: Mapping[str, Any] | None = None,
) -> UUID:
    """Make a workspace with its profile and the six system roles, and prepare the plugins of its plan; return its id.

    Currency and time zone follow the country unless ``profile`` says otherwise. Raises Conflict where the
    slug is taken, Invalid for a reserved slug or an unknown plan.
    """
    if slug in RESERVED:
        raise Invalid([{"field": "slug", "message": f"{slug!r} is reserved"}])
    plans, taken = platform_work.write(_PLAN(plan=plan), _FIND(slug=slug))
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
    platform_work.write(
        GO_INSIDE(tenant=tenant_id),
        Statement(insert(Workspace).values(id=tenant_id, **values))(),
        *(_SYSTEM_ROLE(id=uuid7(), slug=role, name=_TITLES[role]) for role in SYSTEM_ROLES),
    )
    with platform_work.inside(tenant_id) as work:
        switch_plugins(work)
    return tenant_id


def switch_plugins(work: Work) -> tuple[list[str], list[str]]:
    """Bring the plugins' own state in line with the features: prepare what is newly on, still what is newly off.

    Returns the plugins switched on and off. What a hook raises undoes the change that asked for it.
    """
    (rows,) = work.write(_PLUGINS())
    before, now = {row["plugin"] for row in rows}, work.enabled_plugins
    manifests = work.platform.manifests
    on = [name for name in manifests if name in now and name not in before]
    off = [name for name in manifests if name in before and name not in now]
    for name in on:
        work.platform.hook("jemeti_tenant_enabled", frozenset((name,)))(work=work)
        row = {"id": uuid7(), "plugin": name, "version": manifests[name].version}
        work.write(Statement(upsert(EnabledPlugin).values(**row).on_conflict_do_nothing())())
    for name in reversed(off):
        work.platform.hook("jemeti_tenant_disabled", frozenset((name,)))(work=work)
        work.write(_FORGET(plugin=name))
    return on, off
