"""``/platform/plans``: sets of features and limits."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from ...errors import NotFound
from ...rest.paged import PageQuery, sliced
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from .. import plans
from ..answers import CHANGED_PLAN, PLAN
from ..plans import Plan
from ..schemas import PlanPatchSchema, PlanQuery, PlanSchema
from ..work import PlatformWork
from .tagging import refuse_stale, tagged

__all__ = ["includeme"]

many = Service("platform.plans", "/platform/plans", ALWAYS, "Plans", prefix="", realm="platform", tag="platform.plans")
one = Service(
    "platform.plans.record",
    "/platform/plans/{slug}",
    ALWAYS,
    "One plan",
    prefix="",
    realm="platform",
    tag="platform.plans",
)


@many.get(permission=AUTHENTICATED, query=PageQuery, answer=PLAN, many=True)
def list_plans(request: Any) -> Any:
    """Every plan, in the order people see them."""
    work = request.work
    return sliced(request.query, [plans.shown(work.platform, row) for row in plans.read_all(work)])


@one.get(permission=AUTHENTICATED, answer=PLAN, errors=(404,))
def get_plan(request: Any) -> Any:
    """One plan."""
    return tagged(_shown(request.work, request.matchdict["slug"]))


@one.put(
    permission=AUTHENTICATED,
    query=PlanQuery,
    body=PlanSchema,
    answer=CHANGED_PLAN,
    creates=True,
    errors=(404, 409, 412),
)
def put_plan(request: Any) -> Any:
    """Make a plan or change all of it; 409 names what its features need, ``?with_requirements=true`` adds it."""
    slug = request.matchdict["slug"]
    plans.check_slug(slug)
    with suppress(NotFound):
        refuse_stale(request, _shown(request.work, slug))
    return _save(request, Plan(slug, **request.validated))


@one.patch(permission=AUTHENTICATED, query=PlanQuery, body=PlanPatchSchema, answer=CHANGED_PLAN, errors=(404, 409, 412))
def patch_plan(request: Any) -> Any:
    """Change what is given; within features and limits, null takes an entry out."""
    slug, changes = request.matchdict["slug"], request.validated
    current = _shown(request.work, slug)
    refuse_stale(request, current)
    values = {name: current[name] for name in ("title", "description", "position", "features", "limits")}
    for name, change in changes.items():
        values[name] = plans.patched(values[name], change) if isinstance(change, dict) else change
    return _save(request, Plan(slug, **values))


def _save(request: Any, plan: Plan) -> Any:
    complete = request.query["with_requirements"]
    old, _, switched = plans.save(request.work, plan, complete=complete)
    data = {**_shown(request.work, plan.slug), "switched": [one.as_dict() for one in switched]}
    if old is None:
        return tagged(data, status=201, location=f"/platform/plans/{plan.slug}")
    return tagged(data)


def _shown(work: PlatformWork, slug: str) -> dict[str, Any]:
    return plans.shown(work.platform, plans.find(work, slug))


def includeme(config: Any) -> None:
    for service in (many, one):
        config.add_service(service)
