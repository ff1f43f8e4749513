"""Decisions about one feature of one workspace, made by a person for a reason. A trial is one with an expiry."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from ..db.base import uuid7
from ..db.statement import Bound, Statement
from ..errors import Conflict, Invalid, NotFound
from ..features.decision import Decision
from ..features.models import FeatureOverride
from ..features.overview import decided
from ..features.requirements import lacking, refuse_lacks
from ..tenancy.provisioning import switch_plugins
from .states import read_state
from .work import PlatformWork
from .workspaces import Row, locked, refuse_erased

__all__ = ["Outcome", "known_feature", "lift", "set_override"]

_FIND = Statement("SELECT value, reason, author, expires_at FROM feature_overrides WHERE feature = %(feature)s")
_LIFT = Statement("DELETE FROM feature_overrides WHERE feature = %(feature)s")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a change came to: the decision now, and the plugins it switched on and off."""

    decision: Decision
    about: dict[str, Any]
    on: list[str]
    off: list[str]

    def as_dict(self) -> dict[str, Any]:
        return {**self.about, "plugins": {"enabled": self.on, "disabled": self.off}}


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
    row = _open(work, reference, feature)
    if expires_at is not None and expires_at <= datetime.now(UTC):
        raise Invalid([{"field": "expires_at", "message": "Must lie in the future"}])
    _, state, (before,) = read_state(work, row["slug"], _FIND(feature=feature))
    if value != "off":
        lacks = lacking(state.features, state.facts, (feature,), state.opinion)
        refuse_lacks(lacks, f"Switch that on for {row['slug']!r} first.")
    values = {"value": value, "reason": reason, "author": work.email, "expires_at": expires_at}
    upsert = insert(FeatureOverride).values(id=uuid7(), feature=feature, **values)
    changed = {**values, "version": FeatureOverride.version + 1, "updated_at": datetime.now(UTC)}
    upsert = upsert.on_conflict_do_update(index_elements=["tenant_id", "feature"], set_=changed)
    after = {**values, "expires_at": _text(expires_at), "feature": feature}
    return _settle(work, row, feature, Statement(upsert)(), ("override.set", before, after))


def lift(work: PlatformWork, reference: str, feature: str, *, reason: str | None = None) -> Outcome:
    """Take an override back, so that add-ons, plan and default decide again. Raises NotFound where there is none."""
    row = _open(work, reference, feature)
    _, _, (before,) = read_state(work, row["slug"], _FIND(feature=feature))
    if not before:
        raise NotFound(f"The workspace {row['slug']!r} has no override of {feature!r}")
    entry = ("override.lifted", before, {"feature": feature, "reason": reason})
    return _settle(work, row, feature, _LIFT(feature=feature), entry)


def known_feature(work: PlatformWork, feature: str) -> None:
    """Raise NotFound for a feature that no installed plugin declares."""
    if feature not in work.platform.features:
        like = get_close_matches(feature, work.platform.features, n=1)
        meant = f"; did you mean {like[0]!r}?" if like else "."
        raise NotFound(f"There is no feature {feature[:80]!r}{meant}")


def _open(work: PlatformWork, reference: str, feature: str) -> Row:
    row = locked(work, reference)
    refuse_erased(row)
    known_feature(work, feature)
    if row["status"] == "closed":
        raise Conflict(f"The workspace {row['slug']!r} is closed.", reason="state", status="closed")
    return row


def _settle(
    work: PlatformWork, row: Row, feature: str, change: Bound, entry: tuple[str, list[Row], dict[str, Any]]
) -> Outcome:
    with work.inside(row["id"]) as inside:
        inside.write(change)
        inside.refresh()
        on, off = switch_plugins(inside)
        decision, about = inside.state.decision(feature), decided(work.platform, inside.state, feature)
    action, before, after = entry
    old = {**before[0], "expires_at": _text(before[0]["expires_at"]), "feature": feature} if before else None
    work.log(action, f"{row['slug']} {feature}", tenant_id=row["id"], before=old, after=after)
    return Outcome(decision, about, on, off)


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None
