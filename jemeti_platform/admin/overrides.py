"""Decisions about one feature of one workspace, made by a person for a reason. A trial is one with an expiry."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import bindparam, func
from sqlalchemy.dialects.postgresql import insert

from ..db.base import uuid7
from ..db.statement import Statement
from ..errors import Conflict, Invalid, NotFound
from ..events.replay import Watch
from ..features.decision import Override
from ..features.models import FeatureOverride
from ..features.overview import decided
from ..features.requirements import lacking, refuse_lacks
from ..tenancy.provisioning import switch_plugins
from ..tenancy.state import WorkspaceState
from .meant import meant
from .states import read_state
from .work import PlatformWork
from .workspaces import Row, locked_alone, refuse_erased

__all__ = ["Outcome", "decide_otherwise", "known_feature", "lift", "open_workspace", "refuse_past", "set_override"]

_COLUMNS = FeatureOverride.__table__.c
_GIVEN = ("value", "reason", "author", "expires_at")
_UPSERT = insert(FeatureOverride).values(
    {name: bindparam(name, type_=_COLUMNS[name].type) for name in ("id", "feature", *_GIVEN)}
)
_SET = Statement(
    _UPSERT.on_conflict_do_update(
        index_elements=["tenant_id", "feature"],
        set_={
            **{name: _UPSERT.excluded[name] for name in _GIVEN},
            "version": FeatureOverride.version + 1,
            "updated_at": func.now(),
        },
    )
)
_LIFT = Statement("DELETE FROM feature_overrides WHERE feature = %(feature)s")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What changes came to: what is decided now, by feature, and the plugins that were switched on and off."""

    decided: dict[str, dict[str, Any]]
    on: list[str]
    off: list[str]

    def as_dict(self, feature: str) -> dict[str, Any]:
        return {**self.decided[feature], "plugins": {"enabled": self.on, "disabled": self.off}}


def set_override(
    work: PlatformWork,
    reference: str,
    feature: str,
    value: str,
    *,
    reason: str,
    expires_at: datetime | None = None,
) -> Outcome:
    """Decide that a feature is ``on``, ``read_only`` or ``off`` in one workspace, in force for its next request.

    Raises NotFound; Conflict where something that the feature needs is off; Invalid for an expiry in the past.
    """
    known_feature(work, feature)
    row = open_workspace(work, reference)
    refuse_past(expires_at)
    _, state, _ = read_state(work, row["slug"])
    if value != "off":
        lacks = lacking(state.features, state.facts, (feature,), state.opinion)
        refuse_lacks(lacks, f"Switch that on for {row['slug']!r} first.")
    override = Override(value, reason, work.email, expires_at)
    return decide_otherwise(work, row, state, {feature: override}, reason)


def lift(work: PlatformWork, reference: str, feature: str, *, reason: str | None = None) -> Outcome:
    """Take an override back, so that add-ons, plan and default decide again. Raises NotFound where there is none."""
    known_feature(work, feature)
    row = open_workspace(work, reference)
    _, state, _ = read_state(work, row["slug"])
    if feature not in state.facts.overrides:
        raise NotFound(f"The workspace {row['slug']!r} has no override of {feature!r}")
    return decide_otherwise(work, row, state, {feature: None}, reason)


def decide_otherwise(
    work: PlatformWork,
    row: Row,
    state: WorkspaceState,
    changes: Mapping[str, Override | None],
    reason: str | None,
    watch: Watch | None = None,
) -> Outcome:
    """Set overrides, or lift them (None), and switch plugins as they want it, in this transaction.

    ``row`` is the workspace's, locked, and ``state`` what was decided so far. ``watch`` is told how far a plugin is
    that hears of the past.
    """
    with work.inside(row["id"]) as inside:
        inside.write(
            *(
                _LIFT(feature=feature)
                if override is None
                else _SET(id=uuid7(), feature=feature, **{name: getattr(override, name) for name in _GIVEN})
                for feature, override in changes.items()
            )
        )
        inside.refresh()
        on, off = switch_plugins(inside, watch)
        outcome = Outcome({slug: decided(work.platform, inside.state, slug) for slug in changes}, on, off)
    for feature, override in changes.items():
        before = state.facts.overrides.get(feature)
        work.log(
            "override.lifted" if override is None else "override.set",
            f"{row['slug']} {feature}",
            tenant_id=row["id"],
            before=_logged(feature, before) if before else None,
            after={"feature": feature, "reason": reason} if override is None else _logged(feature, override),
        )
    return outcome


def known_feature(work: PlatformWork, feature: str) -> None:
    """Raise NotFound for a feature that no installed plugin declares."""
    if feature not in work.platform.features:
        said = meant(feature, work.platform.features)
        raise NotFound(f"There is no feature {feature[:80]!r}{f'; {said}' if said else '.'}")


def open_workspace(work: PlatformWork, reference: str) -> Row:
    """A workspace about which something may still be decided, locked. Raises NotFound, Gone, Conflict."""
    row = locked_alone(work, reference)
    refuse_erased(row)
    if row["status"] == "closed":
        raise Conflict(f"The workspace {row['slug']!r} is closed.", reason="state", status="closed")
    return row


def refuse_past(expires_at: datetime | None) -> None:
    """Raise Invalid for an expiry that does not lie in the future."""
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid([{"field": "expires_at", "message": "Must lie in the future"}])


def _logged(feature: str, override: Override) -> dict[str, Any]:
    told = {name: getattr(override, name) for name in ("value", "reason", "author")}
    until = override.expires_at
    return {**told, "expires_at": until.isoformat() if until else None, "feature": feature}
