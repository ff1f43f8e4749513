"""``/platform/tenants/{slug or id}/features``: what is decided for one workspace, and deciding otherwise."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ...features.explanation import explain
from ...features.overview import decided, in_tree_order
from ...rest.answer import Answer
from ...rest.paged import PageQuery, sliced
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from ...tenancy.state import WorkspaceState
from .. import overrides
from ..answers import CHANGED_FEATURE, EXPLAINED_OVERRIDE, OVERRIDE
from ..overrides import known_feature
from ..schemas import OverrideSchema, ReasonQuery
from ..states import read_state
from ..work import PlatformWork
from .paths import path_feature, path_workspace
from .tagging import tagged

__all__ = ["includeme"]

many = Service(
    "platform.tenants.features",
    "/platform/tenants/{workspace}/features",
    ALWAYS,
    "What is decided about each feature for one workspace",
    prefix="",
    realm="platform",
    tag="platform.tenants",
)
one = Service(
    "platform.tenants.feature",
    "/platform/tenants/{workspace}/features/{feature}",
    ALWAYS,
    "One feature of one workspace, and its override",
    prefix="",
    realm="platform",
    tag="platform.tenants",
)


@many.get(permission=AUTHENTICATED, query=PageQuery, answer=OVERRIDE, many=True, errors=(404, 410))
def list_decisions(request: Any) -> Answer:
    """Every installed feature with its value in this workspace, and which rule decided."""
    work = request.work
    _, state, _ = read_state(work, path_workspace(request))
    return sliced(request.query, [_shown(work, state, slug) for slug in in_tree_order(work.platform)])


@one.get(permission=AUTHENTICATED, answer=EXPLAINED_OVERRIDE, errors=(404, 410))
def get_decision(request: Any) -> Answer:
    """The decision with its override, and everything that was looked at."""
    work, feature = request.work, path_feature(request)
    _, state, _ = read_state(work, path_workspace(request))
    known_feature(work, feature)
    found = explain(state.features, state.facts, feature, datetime.now(UTC), state.opinion)
    steps = [step.as_dict() for step in found.steps]
    return tagged({**_shown(work, state, feature), "explanation": found.sentence, "steps": steps})


@one.put(permission=AUTHENTICATED, body=OverrideSchema, answer=CHANGED_FEATURE, errors=(404, 409, 410))
def set_override(request: Any) -> dict[str, Any]:
    """Decide for this workspace whatever its plan says; in force for its very next request, everywhere."""
    given, feature = request.validated, path_feature(request)
    outcome = overrides.set_override(
        request.work,
        path_workspace(request),
        feature,
        given["value"],
        reason=given["reason"],
        expires_at=given["expires_at"],
    )
    return outcome.as_dict(feature)


@one.delete(permission=AUTHENTICATED, query=ReasonQuery, answer=CHANGED_FEATURE, status=200, errors=(404, 409, 410))
def lift_override(request: Any) -> dict[str, Any]:
    """Take the override back; the answer is what is decided without it."""
    feature, reason = path_feature(request), request.query["reason"]
    return overrides.lift(request.work, path_workspace(request), feature, reason=reason).as_dict(feature)


def _shown(work: PlatformWork, state: WorkspaceState, slug: str) -> dict[str, Any]:
    override = state.facts.overrides.get(slug)
    told = None
    if override is not None:
        told = {name: getattr(override, name) for name in ("value", "reason", "author", "expires_at")}
    return {**decided(work.platform, state, slug), "override": told}


def includeme(config: Any) -> None:
    for service in (many, one):
        config.add_service(service)
