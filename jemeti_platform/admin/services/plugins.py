"""``/platform/plugins``: what is installed here, and how many workspaces use it."""

from __future__ import annotations

from typing import Any

from ...db.statement import Bound
from ...platform import kernel_version
from ...rest.paged import PageQuery, sliced
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from ..answers import PLUGIN

__all__ = ["includeme"]

_COUNT = Bound(
    "SELECT p.name, count(*) AS workspaces FROM tenants t, jsonb_object_keys(t.plugins) AS p (name)"
    " WHERE t.status <> 'closed' GROUP BY p.name",
    (),
)
service = Service(
    "platform.plugins",
    "/platform/plugins",
    ALWAYS,
    "Installed plugins",
    prefix="",
    realm="platform",
    tag="platform.plugins",
)


@service.get(permission=AUTHENTICATED, query=PageQuery, answer=PLUGIN, many=True)
def list_plugins(request: Any) -> Any:
    """Every installed plugin, those that others require first."""
    work = request.work
    (counted,) = work.read(_COUNT)
    workspaces = {row["name"]: row["workspaces"] for row in counted}
    rows = [
        {
            "name": manifest.name,
            "title": manifest.title,
            "version": manifest.version,
            "platform": manifest.platform,
            "platform_version": kernel_version(),
            "requires": list(manifest.requires),
            "features": [feature.slug for feature in manifest.features],
            "permissions": [permission.name for permission in manifest.permissions],
            "limits": [limit.slug for limit in manifest.limits],
            "paths": list(manifest.paths),
            "workspaces": workspaces.get(manifest.name, 0),
        }
        for manifest in work.platform.manifests.values()
    ]
    return sliced(request.query, rows)


def includeme(config: Any) -> None:
    config.add_service(service)
