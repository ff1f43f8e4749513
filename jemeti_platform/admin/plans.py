"""Plans: sets of features and limits that workspaces subscribe to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import bindparam
from sqlalchemy.dialects.postgresql import insert

from ..db.statement import Bound, Statement
from ..errors import Invalid, NotFound
from ..features.decision import FeatureFacts, decide_by_plan
from ..features.requirements import lacking, refuse_lacks, with_requirements
from ..features.values import is_slug, misspelt, not_installed
from ..platform import Platform
from ..tenancy.models import Plan as PlanTable
from ..types import Refused, Slug
from .alignment import Switched, align
from .work import PlatformWork

__all__ = [
    "ALL",
    "Plan",
    "check_features",
    "check_limits",
    "check_slug",
    "find",
    "including",
    "patched",
    "read_all",
    "save",
    "shown",
]

ALL: Bound = Statement(
    "SELECT p.*, (SELECT count(*) FROM tenants t WHERE t.plan = p.slug AND t.status <> 'closed') AS workspaces"
    " FROM plans p ORDER BY p.position, p.slug"
)()
"""Every plan in the order people see them, each with the number of workspaces that have it."""
_LOCK = Statement("SELECT * FROM plans WHERE slug = %(slug)s FOR NO KEY UPDATE")
_FIELDS = ("title", "description", "position", "features", "limits")
_UPSERT = Statement(
    insert(PlanTable)
    .values({name: bindparam(name, type_=PlanTable.__table__.c[name].type) for name in ("slug", *_FIELDS)})
    .on_conflict_do_update(
        index_elements=["slug"],
        set_={name: bindparam(name, type_=PlanTable.__table__.c[name].type) for name in _FIELDS},
    )
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What a plan is made of. ``features`` maps slugs to values, ``limits`` slugs to numbers (None is unlimited)."""

    slug: str
    title: str
    description: str = ""
    position: int = 0
    features: Mapping[str, str] = field(default_factory=dict)
    limits: Mapping[str, int | None] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The fields that are stored, without the slug."""
        return {name: getattr(self, name) for name in _FIELDS}


def read_all(work: PlatformWork) -> list[dict[str, Any]]:
    """The rows of ``ALL``."""
    (rows,) = work.read(ALL)
    return rows


def find(work: PlatformWork, slug: str) -> dict[str, Any]:
    """One plan. Raises NotFound."""
    for row in read_all(work):
        if row["slug"] == slug:
            return row
    raise NotFound(f"There is no plan {slug[:80]!r}")


def shown(platform: Platform, row: Mapping[str, Any]) -> dict[str, Any]:
    """The plan as the API shows it; ``not_installed`` are slugs that wait for their plugin."""
    return {
        **row,
        "not_installed": not_installed({**platform.features, **platform.limits}, [*row["features"], *row["limits"]]),
    }


def save(
    work: PlatformWork, plan: Plan, *, complete: bool = False, align_now: bool = True
) -> tuple[Plan | None, Plan, list[Switched]]:
    """Make or change a plan; returns it as it was (None if new) and is, and the workspaces whose plugins changed.

    ``complete`` adds what its features need. Raises Conflict naming requirements that are off, Invalid for
    slugs that are all but an installed feature's.
    """
    features = with_requirements(work.platform.features, plan.features) if complete else dict(plan.features)
    check_features(work.platform, features, "features")
    check_limits(work.platform, plan.limits, "limits")
    lacks = lacking(work.platform.features, FeatureFacts(plan.slug, features, {}, {}, {}))
    refuse_lacks(lacks, "Add them to the plan, or send ?with_requirements=true to have them added.")
    new = Plan(plan.slug, plan.title, plan.description, plan.position, features, dict(plan.limits))
    (rows,) = work.write(_LOCK(slug=plan.slug))
    old = Plan(**rows[0]) if rows else None
    if old is not None and old.as_dict() == new.as_dict():
        return old, new, []
    work.write(_UPSERT(slug=new.slug, **new.as_dict()))
    switched = align(work, new.slug) if align_now and old is not None else []
    work.log(
        "plan.changed" if old else "plan.created",
        new.slug,
        before=old.as_dict() if old else None,
        after={**new.as_dict(), "workspaces": len(switched)},
    )
    return old, new, switched


def check_features(platform: Platform, values: Mapping[str, str], at: str) -> None:
    """Raise Invalid for slugs that look like slips of installed ones."""
    problems = misspelt(platform.features, values, at)
    if problems:
        raise Invalid(problems)


def check_limits(platform: Platform, values: Mapping[str, Any], at: str) -> None:
    """The same for limits."""
    problems = misspelt(platform.limits, values, at, like=0.75)
    problems += [{"field": f"{at}.{slug}", "message": "Must be a slug"} for slug in values if not is_slug(slug)]
    if problems:
        raise Invalid(problems)


def check_slug(slug: str) -> None:
    """Raise NotFound where no plan could have this slug."""
    try:
        Slug().read(slug, {})
    except Refused as refused:
        raise NotFound(f"There is no plan {slug[:80]!r}: {refused}") from None


def including(platform: Platform, plans: Iterable[Mapping[str, Any]], feature: str) -> list[str]:
    """The plans under which a feature is on."""
    known = platform.features
    return [plan["slug"] for plan in plans if decide_by_plan(known, plan["features"], feature).value == "on"]


def patched(values: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The values after a merge patch: null takes an entry out."""
    merged = {**values, **changes}
    return {name: value for name, value in merged.items() if name not in changes or value is not None}
