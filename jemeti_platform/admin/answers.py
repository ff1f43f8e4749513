"""What the platform answers with: the JSON Schemas that the API's document shows and its tests hold answers against."""

from __future__ import annotations

from typing import Any

from ..features.overview import FEATURE_ANSWER, STEPS
from ..rest.record_schema import column_schema
from ..tenancy.models import Tenant
from .models import PlatformAuditEntry

__all__ = [
    "CHANGED_FEATURE",
    "CHANGED_PLAN",
    "CHANGED_SUBSCRIPTION",
    "CHANGED_SWITCH",
    "ENTRY",
    "ERASED",
    "EXPLAINED_OVERRIDE",
    "OVERRIDE",
    "PLAN",
    "PLUGIN",
    "SUBSCRIPTION",
    "SWITCH",
    "WORKSPACE",
    "WORKSPACE_IN_FULL",
]

Schema = dict[str, Any]

_TEXT: Schema = {"type": "string"}
_MAYBE: Schema = {"type": ["string", "null"]}
_TEXTS: Schema = {"type": "array", "items": _TEXT}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_MOMENT: Schema = {"type": "string", "format": "date-time"}
_MAYBE_MOMENT: Schema = {"type": ["string", "null"], "format": "date-time"}
_VALUE: Schema = {"type": "string", "enum": ["on", "read_only", "off"]}
_VALUES: Schema = {"type": "object", "additionalProperties": _VALUE, "examples": [{"crm.customers": "on"}]}
_NUMBERS: Schema = {
    "type": "object",
    "additionalProperties": {"type": ["integer", "null"]},
    "examples": [{"users.max": 10}],
}


def _object(title: str, properties: Schema) -> Schema:
    return {"type": "object", "title": title, "properties": properties}


def _more(base: Schema, title: str, **properties: Schema) -> Schema:
    return _object(title, {**base["properties"], **properties})


# -- workspaces -------------------------------------------------------------------------------------

_HIDDEN = ("stamp", "add_ons", "limits", "plugins")
WORKSPACE = _object(
    "Workspace",
    {
        **{c.name: column_schema(c) for c in Tenant.__table__.columns if c.name not in _HIDDEN},
        "plugins": {**_TEXTS, "description": "Plugins prepared for it", "examples": [["crm"]]},
    },
)
_OWNER = _object("Owner", {"id": {"type": "string", "format": "uuid"}, "name": _TEXT, "email": _TEXT, "status": _TEXT})
WORKSPACE_IN_FULL = _more(
    WORKSPACE,
    "Workspace in full",
    country={**_TEXT, "examples": ["BD"]},
    currency={**_TEXT, "examples": ["BDT"]},
    timezone={**_TEXT, "examples": ["Asia/Dhaka"]},
    locale={**_TEXT, "examples": ["en"]},
    owners={"type": "array", "items": _OWNER, "description": "At most twenty"},
)
ERASED = _object(
    "Erased workspace",
    {
        "id": {"type": "string", "format": "uuid"},
        "slug": _TEXT,
        "deleted": {"type": "object", "additionalProperties": _COUNT, "description": "Rows by table"},
    },
)

# -- features ---------------------------------------------------------------------------------------

_PLUGINS_CHANGED = {
    **_object("Plugins changed", {"enabled": _TEXTS, "disabled": _TEXTS}),
    "description": "Plugins that this change has switched on and off",
}
_SWITCHED = {
    "type": "array",
    "items": _object("Switched", {"workspace": _TEXT, "enabled": _TEXTS, "disabled": _TEXTS}),
    "description": "Workspaces whose plugins this change has switched on and off",
}
_OVERRIDE = {
    "type": ["object", "null"],
    "title": "Override",
    "properties": {"value": _VALUE, "reason": _TEXT, "author": _TEXT, "expires_at": _MAYBE_MOMENT},
}
OVERRIDE = _more(FEATURE_ANSWER, "Feature of a workspace", override=_OVERRIDE)
EXPLAINED_OVERRIDE = _more(OVERRIDE, "Feature of a workspace, explained", **STEPS)
CHANGED_FEATURE = _more(FEATURE_ANSWER, "Changed feature", plugins=_PLUGINS_CHANGED)

_ABOUT = ("feature", "title", "description", "parent", "requires", "plugin")
SWITCH = _object(
    "Installed feature",
    {
        **{name: FEATURE_ANSWER["properties"][name] for name in _ABOUT},
        "default": _VALUE,
        "plans": {**_TEXTS, "description": "Plans under which it is on"},
        "kill_switch": {
            "type": ["object", "null"],
            "title": "Kill switch",
            "properties": {"value": _VALUE, "reason": _TEXT, "author": _TEXT, "created_at": _MOMENT},
        },
    },
)
CHANGED_SWITCH = _more(SWITCH, "Changed kill switch", switched=_SWITCHED)

# -- plans and subscriptions ------------------------------------------------------------------------

PLAN = _object(
    "Plan",
    {
        "slug": _TEXT,
        "title": _TEXT,
        "description": _TEXT,
        "position": _COUNT,
        "features": _VALUES,
        "limits": {**_NUMBERS, "description": "null is no limit"},
        "workspaces": {**_COUNT, "description": "How many have it, closed ones not counted"},
        "not_installed": {**_TEXTS, "description": "Slugs that wait for their plugin"},
    },
)
CHANGED_PLAN = _more(PLAN, "Changed plan", switched=_SWITCHED)
SUBSCRIPTION = _object(
    "Subscription",
    {
        "workspace": _TEXT,
        "plan": _TEXT,
        "add_ons": {**_VALUES, "description": "Features beside the plan's"},
        "limits": {**_NUMBERS, "description": "Instead of the plan's; null is no limit"},
        "effective_limits": {**_NUMBERS, "description": "What holds"},
    },
)
CHANGED_SUBSCRIPTION = _more(SUBSCRIPTION, "Changed subscription", plugins=_PLUGINS_CHANGED)

# -- what is installed, and what was done -----------------------------------------------------------

PLUGIN = _object(
    "Plugin",
    {
        "name": _TEXT,
        "status": {"type": "string", "enum": ["running", "failed"]},
        "reason": {**_MAYBE, "description": "Why it could not start, and what to do; in development only"},
        "distribution": {**_TEXT, "description": "Name and version of the package that offers it"},
        "title": _MAYBE,
        "version": _MAYBE,
        "platform": {**_MAYBE, "description": "The range of platform versions it works with"},
        "platform_version": {**_TEXT, "description": "The platform it runs on"},
        "requires": _TEXTS,
        "features": _TEXTS,
        "permissions": _TEXTS,
        "limits": _TEXTS,
        "paths": _TEXTS,
        "workspaces": {**_COUNT, "description": "How many have it prepared, closed ones not counted"},
    },
)
_LOG = PlatformAuditEntry.__table__
ENTRY = _object(
    "Platform audit entry",
    {
        **{c.name: column_schema(c) for c in _LOG.columns},
        "before": {"type": ["object", "null"]},
        "after": {"type": ["object", "null"]},
        "tenant": {**_MAYBE, "description": "The slug of the workspace it is about"},
    },
)
