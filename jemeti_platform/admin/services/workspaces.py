"""``/platform/tenants``: every workspace; making one, looking at one, renaming it."""

from __future__ import annotations

from typing import Any

from ...db.statement import Bound, Statement
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from ...tenancy.models import Tenant
from .. import workspaces
from ..answers import WORKSPACE, WORKSPACE_IN_FULL
from ..lists import PlatformList
from ..making import make_checked
from ..schemas import RenameSchema, WorkspaceSchema
from ..states import look
from ..work import PlatformWork
from .paths import path_workspace
from .tagging import refuse_stale, tagged

__all__ = ["includeme"]

_HIDDEN = ("stamp", "add_ons", "limits")
WORKSPACES = PlatformList(
    Tenant.__table__,
    name="tenants",
    hidden=_HIDDEN,
    filters=("status", "plan", "slug", "created_at"),
    sort=("slug", "name", "status", "plan", "created_at"),
    default_sort="slug",
    searched=("slug", "name"),
)
_OWNERS: Bound = Statement(
    "SELECT u.id, u.name, u.email, u.status FROM users u JOIN roles r ON r.tenant_id = u.tenant_id AND r.id = u.role_id"
    " WHERE r.slug = 'owner' ORDER BY u.created_at, u.id LIMIT 20"
)()

many = Service(
    "platform.tenants", "/platform/tenants", ALWAYS, "Workspaces", prefix="", realm="platform", tag="platform.tenants"
)
one = Service(
    "platform.tenants.record",
    "/platform/tenants/{workspace}",
    ALWAYS,
    "One workspace, by slug or id",
    prefix="",
    realm="platform",
    tag="platform.tenants",
)


@many.get(permission=AUTHENTICATED, query=WORKSPACES.schema, answer=WORKSPACE, many=True)
def list_workspaces(request: Any) -> Any:
    """Every workspace, by status, plan, or as a person would search."""
    return WORKSPACES.answer(request, _in_list)


@many.post(permission=AUTHENTICATED, body=WorkspaceSchema, answer=WORKSPACE_IN_FULL, status=201, errors=(409,))
def create_workspace(request: Any) -> Any:
    """Make a workspace with its roles, its owner and the first rows of its plugins, all or nothing."""
    row = make_checked(request.work, request.validated)
    return tagged(_shown(request.work, row["slug"]), status=201, location=f"/platform/tenants/{row['slug']}")


@one.get(permission=AUTHENTICATED, answer=WORKSPACE_IN_FULL, errors=(404,))
def get_workspace(request: Any) -> Any:
    """One workspace, with its country and owners."""
    return tagged(_shown(request.work, path_workspace(request)))


@one.patch(permission=AUTHENTICATED, body=RenameSchema, answer=WORKSPACE_IN_FULL, errors=(404, 410, 412))
def rename_workspace(request: Any) -> Any:
    """Change the name by which the platform knows it."""
    work, reference = request.work, path_workspace(request)
    workspaces.locked(work, reference)
    refuse_stale(request, _shown(work, reference))
    if "name" in request.validated:
        workspaces.rename(work, reference, request.validated["name"])
    return tagged(_shown(work, reference))


def _in_list(row: dict[str, Any]) -> dict[str, Any]:
    return {**row, "plugins": sorted(row["plugins"])} if "plugins" in row else row


def _shown(work: PlatformWork, reference: str) -> dict[str, Any]:
    row, state, (owners,) = look(work, reference, _OWNERS)
    if state is None:
        return workspaces.shown(row)
    profile = {name: state.profile[name] for name in ("country", "currency", "timezone", "locale")}
    return {**workspaces.shown(row), **profile, "owners": owners}


def includeme(config: Any) -> None:
    for service in (many, one):
        config.add_service(service)
