"""``/v1/permissions``: every right there is here, who declared it, and which system roles hold it."""

from __future__ import annotations

from typing import Any

from colander import SchemaNode, drop

from ..manifest import SYSTEM_ROLES
from ..platform import Platform
from ..rest.answer import Answer
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..types import StrictBool, StrictInt, Text

__all__ = ["includeme"]

_MOST = 100
_TEXT = {"type": "string"}
_PERMISSION = {
    "type": "object",
    "title": "Permission",
    "properties": {
        "name": {**_TEXT, "examples": ["crm.customers:read"]},
        "title": _TEXT,
        "feature": {"type": ["string", "null"], "description": "Null for what every workspace has"},
        "plugin": _TEXT,
        "roles": {"type": "array", "items": {"enum": list(SYSTEM_ROLES)}},
        "enabled": {"type": "boolean", "description": "Whether this workspace has the feature"},
    },
}

permissions = Service("permissions", "/permissions", ALWAYS, "Every permission of the installed plugins")


class PermissionQuery(Mapping):
    page = SchemaNode(StrictInt(1, 1_000_000), missing=1, description="The page, from 1")
    per_page = SchemaNode(StrictInt(1, _MOST), missing=25, description=f"Rows per page, at most {_MOST}")
    plugin = SchemaNode(Text(max=40), missing=drop, description="Only those that this plugin declares")
    feature = SchemaNode(Text(max=80), missing=drop, description="Only those of this feature")
    enabled = SchemaNode(StrictBool(), missing=drop, description="Only those whose feature is on here, or is not")


@permissions.get(permission="roles:read", query=PermissionQuery, answer=_PERMISSION, many=True)
def list_permissions(request: Any) -> Answer:
    """Every permission that a role can grant, in the order of the plugins."""
    work, query = request.work, request.query
    work.confirm()
    wanted = {name: query[name] for name in ("plugin", "feature", "enabled") if name in query}
    declared = [
        {**row, "enabled": row["feature"] is None or work.has(row["feature"])} for row in _declared(work.platform)
    ]
    found = [row for row in declared if all(row[name] == value for name, value in wanted.items())]
    page, per_page = query["page"], query["per_page"]
    total = len(found)
    meta = {"page": page, "per_page": per_page, "total": total, "total_pages": -(-total // per_page)}
    return Answer(found[(page - 1) * per_page : page * per_page], meta=meta)


def _declared(platform: Platform) -> list[dict[str, Any]]:
    return [
        {
            "name": permission.name,
            "title": permission.title,
            "feature": permission.subject if permission.subject in platform.features else None,
            "plugin": manifest.name,
            "roles": [r for r in SYSTEM_ROLES if r in ("owner", "admin") or r in permission.roles],
        }
        for manifest in platform.all_manifests
        for permission in manifest.permissions
    ]


def includeme(config: Any) -> None:
    config.add_service(permissions)
