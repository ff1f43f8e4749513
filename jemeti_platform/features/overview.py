"""Features as people look at them: where each stands in the tree, its value, and who decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..manifest import Feature

if TYPE_CHECKING:
    from ..platform import Platform
    from ..tenancy.state import WorkspaceState

__all__ = ["EXPLAINED_FEATURE", "FEATURE_ANSWER", "STEPS", "about", "decided", "in_tree_order"]

_TEXT = {"type": "string"}
_VALUE = {"type": "string", "enum": ["on", "read_only", "off"]}
_MAYBE = {"type": ["string", "null"]}

FEATURE_ANSWER: dict[str, Any] = {
    "type": "object",
    "title": "Feature",
    "properties": {
        "feature": {**_TEXT, "description": "The slug"},
        "title": _TEXT,
        "description": _TEXT,
        "parent": {**_MAYBE, "description": "The umbrella it stands under"},
        "requires": {"type": "array", "items": _TEXT, "description": "Features it cannot work without"},
        "plugin": {**_TEXT, "description": "The plugin that brings it"},
        "value": _VALUE,
        "decided_by": {**_TEXT, "enum": ["kill_switch", "override", "add_on", "plan", "default"]},
        "decided_at": {**_TEXT, "description": "The feature the rule spoke of: itself, an ancestor or a requirement"},
        "reason": _MAYBE,
        "expires_at": {"type": ["string", "null"], "format": "date-time"},
        "available_in": {"type": "array", "items": _TEXT, "description": "Plans under which it is on"},
    },
}


_RULE: dict[str, Any] = {"type": "string", "enum": ["kill_switch", "override", "add_on", "plan", "default"]}
STEPS: dict[str, Any] = {
    "explanation": {**_TEXT, "description": "The decision in a sentence"},
    "steps": {
        "type": "array",
        "description": "Every feature that was looked at, nearest first, and what each rule said about it",
        "items": {
            "type": "object",
            "title": "Step",
            "properties": {
                "feature": _TEXT,
                "relation": {"type": "string", "enum": ["self", "parent", "required"]},
                "of": {**_MAYBE, "description": "The feature whose parent or requirement it is"},
                "value": _VALUE,
                "decided_by": _RULE,
                "rules": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "title": "Rule",
                        "properties": {
                            "rule": _RULE,
                            "value": {"type": ["string", "null"], "description": "null where the rule was silent"},
                            "note": _TEXT,
                        },
                    },
                },
            },
        },
    },
}
EXPLAINED_FEATURE: dict[str, Any] = {
    "type": "object",
    "title": "Feature, explained",
    "properties": {**FEATURE_ANSWER["properties"], **STEPS},
}


def in_tree_order(platform: Platform) -> list[str]:
    """Every installed feature, each followed by its children, plugins in their order."""
    known = platform.features
    children: dict[str | None, list[str]] = {}
    for slug, feature in known.items():
        children.setdefault(feature.parent, []).append(slug)
    ordered: list[str] = []
    waiting = list(children.get(None, ()))
    while waiting:
        slug = waiting.pop(0)
        ordered.append(slug)
        waiting[:0] = children.get(slug, ())
    return ordered


def about(platform: Platform, feature: Feature) -> dict[str, Any]:
    """What is true of a feature everywhere."""
    return {
        "feature": feature.slug,
        "title": feature.title,
        "description": feature.description,
        "parent": feature.parent,
        "requires": list(feature.requires),
        "plugin": platform.plugin_of(feature.slug),
    }


def decided(platform: Platform, state: WorkspaceState, slug: str) -> dict[str, Any]:
    """What is true of a feature in one workspace now. Raises KeyError for one that is not installed."""
    return {
        **about(platform, platform.features[slug]),
        **state.decision(slug).as_dict(),
        "available_in": state.plans_with(slug),
    }
