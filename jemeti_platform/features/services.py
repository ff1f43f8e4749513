"""``/v1/features``: what is switched on in this workspace, and who decided."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..errors import NotFound
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.service import ALWAYS, Service
from .explanation import explain
from .overview import EXPLAINED_FEATURE, FEATURE_ANSWER, decided, in_tree_order

__all__ = ["includeme"]

many = Service("features", "/features", ALWAYS, "What is switched on in this workspace, and which rule decided")
one = Service("features.record", "/features/{slug}", ALWAYS, "One feature, and how its value came about")


_META = {
    "plan": {"type": "string", "description": "The plan's slug", "examples": ["pro"]},
    "limits": {
        "type": "array",
        "items": {
            "type": "object",
            "required": ["limit", "title", "max", "used"],
            "properties": {
                "limit": {"type": "string", "examples": ["users.max"]},
                "title": {"type": "string", "examples": ["Users who are invited or active"]},
                "max": {"type": ["integer", "null"], "description": "Null is unlimited", "examples": [25]},
                "used": {"type": ["integer", "null"], "description": "Null where nobody counts", "examples": [7]},
            },
        },
    },
}


@many.get(permission="features:read", query=PageQuery, answer=FEATURE_ANSWER, many=True, meta=_META)
def list_features(request: Any) -> Answer:
    """Every installed feature, parents before children; ``meta`` has the plan and its limits."""
    work = request.work
    counted = work.platform.usages
    used = {slug: rows[0]["used"] for slug, rows in zip(counted, work.read(*counted.values()), strict=True)}
    limits = [
        {"limit": slug, "title": limit.title, "max": work.limit(slug), "used": used.get(slug)}
        for slug, limit in work.platform.limits.items()
    ]
    rows = [decided(work.platform, work.state, slug) for slug in in_tree_order(work.platform)]
    return sliced(request.query, rows, plan=work.state.facts.plan, limits=limits)


@one.get(permission="features:read", answer=EXPLAINED_FEATURE, errors=(404,))
def get_feature(request: Any) -> dict[str, Any]:
    """One feature, with every feature and rule that was looked at."""
    work, slug = request.work, request.matchdict["slug"]
    work.confirm()
    if slug not in work.platform.features:
        raise NotFound(f"There is no feature {slug[:80]!r}")
    state = work.state
    found = explain(state.features, state.facts, slug, datetime.now(UTC), state.opinion)
    return {
        **decided(work.platform, state, slug),
        "explanation": found.sentence,
        "steps": [step.as_dict() for step in found.steps],
    }


def includeme(config: Any) -> None:
    for service in (many, one):
        config.add_service(service)
