"""``/platform/features``: what is installed, and the kill switch of each feature."""

from __future__ import annotations

from typing import Any

from ...features.overview import about, in_tree_order
from ...rest.paged import PageQuery, sliced
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from .. import kill_switches, plans
from ..answers import CHANGED_SWITCH, SWITCH
from ..overrides import known_feature
from ..schemas import KillSwitchSchema, ReasonQuery
from ..work import PlatformWork
from .paths import path_feature
from .tagging import tagged

__all__ = ["includeme"]

many = Service(
    "platform.features",
    "/platform/features",
    ALWAYS,
    "Installed features",
    prefix="",
    realm="platform",
    tag="platform.features",
)
one = Service(
    "platform.features.record",
    "/platform/features/{feature}",
    ALWAYS,
    "One installed feature, and its kill switch",
    prefix="",
    realm="platform",
    tag="platform.features",
)


@many.get(permission=AUTHENTICATED, query=PageQuery, answer=SWITCH, many=True)
def list_features(request: Any) -> Any:
    """Every installed feature, parents before children, with its kill switch where one is pulled."""
    return sliced(request.query, _all(request.work))


@one.get(permission=AUTHENTICATED, answer=SWITCH, errors=(404,))
def get_feature(request: Any) -> Any:
    """One installed feature."""
    feature = path_feature(request)
    known_feature(request.work, feature)
    return tagged(_one(request.work, feature))


@one.put(permission=AUTHENTICATED, body=KillSwitchSchema, answer=CHANGED_SWITCH, errors=(404,))
def pull(request: Any) -> dict[str, Any]:
    """Decide for every workspace at once, whatever plans and overrides say."""
    feature, given = path_feature(request), request.validated
    _, switched = kill_switches.pull(request.work, feature, given["value"], reason=given["reason"])
    return {**_one(request.work, feature), "switched": [one.as_dict() for one in switched]}


@one.delete(permission=AUTHENTICATED, query=ReasonQuery, status=204, errors=(404,))
def lift(request: Any) -> None:
    """Let every workspace's own facts decide again."""
    kill_switches.lift(request.work, path_feature(request), reason=request.query["reason"])


def _one(work: PlatformWork, feature: str) -> dict[str, Any]:
    return next(row for row in _all(work) if row["feature"] == feature)


def _all(work: PlatformWork) -> list[dict[str, Any]]:
    switches, every_plan = work.read(kill_switches.ALL, plans.ALL)
    pulled = {row["feature"]: row for row in switches}
    rows = []
    for slug in in_tree_order(work.platform):
        feature = work.platform.features[slug]
        switch = pulled.get(slug)
        told = {name: value for name, value in switch.items() if name != "feature"} if switch else None
        within = plans.including(work.platform, every_plan, slug)
        rows.append({**about(work.platform, feature), "default": feature.default, "plans": within, "kill_switch": told})
    return rows


def includeme(config: Any) -> None:
    for service in (many, one):
        config.add_service(service)
