"""The database brought in line with the files of ``tenants/``: what differs, and what that does to workspaces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..db.statement import Statement
from ..errors import BadRequest, Invalid
from ..features.values import not_installed
from ..tenancy.provisioning import Owner, create
from .alignment import Switched, align
from .plan_files import WorkspaceFile, read_plans, read_workspaces
from .plans import Plan, save
from .subscriptions import change
from .work import PlatformWork
from .workspaces import rename

__all__ = ["Change", "Outcome", "apply"]

_EXISTING = Statement("SELECT slug, name, plan, status FROM tenants WHERE slug = ANY(%(slugs)s)")


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is made or changed: ``what`` is its kind and slug, ``details`` old → new, line by line."""

    what: str
    details: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What applying the files did, and what it could not know: ``waiting`` are slugs of plugins not installed here."""

    changes: tuple[Change, ...]
    switched: tuple[Switched, ...]
    waiting: dict[str, list[str]]

    @property
    def is_empty(self) -> bool:
        return not self.changes and not self.switched


def apply(work: PlatformWork, folder: Path) -> Outcome:
    """Make the plans and workspaces that ``folder`` describes, in this transaction; roll it back for a dry run.

    Raises BadRequest naming the file where one cannot be read, or its features contradict the installed plugins.
    """
    changes: list[Change] = []
    waiting: dict[str, list[str]] = {}
    known = {**work.platform.features, **work.platform.limits}
    for plan in read_plans(folder):
        path = folder / "plans" / f"{plan.slug}.ini"
        try:
            old, new, _ = save(work, plan, align_now=False)
        except Invalid as invalid:
            told = "; ".join(f"{p['field']}: {p['message']}" for p in invalid.problems)
            raise BadRequest(f"{path}: {told}") from None
        details = _differences(old, new)
        if details:
            changes.append(Change(f"plan {new.slug}", details))
        later = not_installed(known, [*new.features, *new.limits])
        if later:
            waiting[new.slug] = later
    changes += _workspaces(work, read_workspaces(folder))
    return Outcome(tuple(changes), tuple(align(work)), waiting)


def _workspaces(work: PlatformWork, wanted: Sequence[WorkspaceFile]) -> list[Change]:
    if not wanted:
        return []
    (rows,) = work.write(_EXISTING(slugs=[one.slug for one in wanted]))
    existing = {row["slug"]: row for row in rows}
    changes = []
    for one in wanted:
        details = _bring(work, one, existing.get(one.slug))
        if details:
            changes.append(Change(f"workspace {one.slug}", details))
    return changes


def _bring(work: PlatformWork, wanted: WorkspaceFile, row: dict[str, Any] | None) -> tuple[str, ...]:
    if row is None:
        owner = Owner(wanted.owner_name, wanted.owner_email)
        create(work, slug=wanted.slug, name=wanted.name, plan=wanted.plan, country=wanted.country, owner=owner)
        return (f"new, on {wanted.plan}, in {wanted.country}", f"invites {wanted.owner_email}")
    if row["status"] == "closed":
        raise BadRequest(
            f"workspaces/{wanted.slug}.ini: the workspace {wanted.slug!r} has been closed; delete the file"
        )
    details = []
    if row["name"] != wanted.name:
        rename(work, wanted.slug, wanted.name)
        details.append(f"name: {row['name']} → {wanted.name}")
    if row["plan"] != wanted.plan:
        change(work, wanted.slug, plan=wanted.plan)
        details.append(f"plan: {row['plan']} → {wanted.plan}")
    return tuple(details)


def _differences(old: Plan | None, new: Plan) -> tuple[str, ...]:
    found = []
    before: dict[str, Any] = (
        old.as_dict() if old else {"title": "", "description": "", "position": "", "features": {}, "limits": {}}
    )
    for name, value in new.as_dict().items():
        if not isinstance(value, dict):
            if value != before[name]:
                found.append(f"{name}: {_said(before[name])} → {_said(value)}")
            continue
        for slug in sorted({*before[name], *value}):
            absent = "–"
            then, now = before[name].get(slug, absent), value.get(slug, absent)
            if then != now:
                found.append(f"{slug}: {_said(then)} → {_said(now)}")
    return tuple(found)


def _said(value: Any) -> str:
    return "unlimited" if value is None else str(value) or "–"
