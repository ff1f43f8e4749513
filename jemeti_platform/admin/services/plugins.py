"""``/platform/plugins``: what is installed here, and how many workspaces use it."""

from __future__ import annotations

from typing import Any

from ...db.statement import Bound
from ...manifest import Manifest
from ...platform import Platform, kernel_version
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
    """Every installed plugin, those that others require first; at the end those that could not start."""
    work = request.work
    (counted,) = work.read(_COUNT)
    workspaces = {row["name"]: row["workspaces"] for row in counted}
    platform: Platform = work.platform
    rows = [
        *(
            {"name": name, "status": "running", "reason": None, "distribution": platform.distribution(name)}
            | _stated(manifest)
            for name, manifest in platform.manifests.items()
        ),
        *(
            {"name": name, "status": "failed", "reason": failed.reason, "distribution": failed.distribution}
            | _stated(failed.manifest)
            for name, failed in sorted(platform.failed_plugins.items())
        ),
    ]
    return sliced(request.query, [row | {"workspaces": workspaces.get(row["name"], 0)} for row in rows])


def _stated(manifest: Manifest | None) -> dict[str, Any]:
    """What a plugin's manifest says, as far as it could be read."""
    return {
        "title": manifest and manifest.title,
        "version": manifest and manifest.version,
        "platform": manifest and manifest.platform,
        "platform_version": kernel_version(),
        "requires": list(manifest.requires) if manifest else [],
        "features": [feature.slug for feature in manifest.features] if manifest else [],
        "permissions": [permission.name for permission in manifest.permissions] if manifest else [],
        "limits": [limit.slug for limit in manifest.limits] if manifest else [],
        "paths": list(manifest.paths) if manifest else [],
    }


def includeme(config: Any) -> None:
    config.add_service(service)
