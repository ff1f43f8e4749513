"""Is a feature on for a workspace, and which rule decided? A pure function of facts and the moment.

Order, first hit wins (``product.md``, "Features"): platform kill switch → workspace override →
subscription add-on → plan → the feature's own default. A child works only if it and every ancestor
is on, and a feature only if what it requires is on: the value is the weakest among them, and the
decision names the one that was weakest.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..manifest import FEATURE_VALUES, Feature

__all__ = ["Decision", "FeatureFacts", "Override", "decide"]

_RANK = {value: rank for rank, value in enumerate(FEATURE_VALUES)}


@dataclass(frozen=True, slots=True)
class Override:
    """A decision for one workspace, made by a person, for a reason, perhaps until a moment."""

    value: str
    reason: str
    author: str
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """What is known about one workspace's features; ``add_ons`` and ``plan_features`` map slugs to values."""

    plan: str
    plan_features: Mapping[str, str]
    add_ons: Mapping[str, str]
    overrides: Mapping[str, Override]
    kill_switches: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for ``feature`` and its explanation.

    ``decided_by`` is ``kill_switch``, ``override``, ``add_on``, ``plan`` or ``default``, applied at
    ``decided_at``: the feature itself, one of its ancestors, or something it requires.
    """

    feature: str
    value: str
    decided_by: str
    decided_at: str
    reason: str | None = None
    expires_at: datetime | None = None

    def allows(self, *, write: bool) -> bool:
        return self.value == "on" or (self.value == "read_only" and not write)

    def as_dict(self) -> dict[str, Any]:
        return {
            "feature": self.feature,
            "value": self.value,
            "decided_by": self.decided_by,
            "decided_at": self.decided_at,
            "reason": self.reason,
            "expires_at": self.expires_at,
        }


def decide(
    features: Mapping[str, Feature],
    facts: FeatureFacts,
    slug: str,
    now: datetime,
    opinion: Callable[[str], str | None] = lambda slug: None,
) -> Decision:
    """Decide about ``slug`` at ``now``. ``opinion`` is the plugins' say where only the default is left.

    Raises KeyError for a feature that no installed plugin declares.
    """
    weakest: Decision | None = None
    for one in _chain(features, slug):
        found = _own(features[one], facts, now, opinion)
        if weakest is None or _RANK[found.value] < _RANK[weakest.value]:
            weakest = found
    assert weakest is not None
    return Decision(slug, weakest.value, weakest.decided_by, weakest.decided_at, weakest.reason, weakest.expires_at)


def _chain(features: Mapping[str, Feature], slug: str) -> list[str]:
    """``slug``, its ancestors, and all that they require, each once; nearest first."""
    chain: dict[str, None] = {}
    waiting = [slug]
    while waiting:
        one = waiting.pop(0)
        if one in chain:
            continue
        chain[one] = None
        feature = features[one]
        if feature.parent is not None:
            waiting.append(feature.parent)
        waiting.extend(feature.requires)
    return list(chain)


def _own(feature: Feature, facts: FeatureFacts, now: datetime, opinion: Callable[[str], str | None]) -> Decision:
    slug = feature.slug
    if slug in facts.kill_switches:
        return Decision(slug, facts.kill_switches[slug], "kill_switch", slug)
    override = facts.overrides.get(slug)
    if override is not None and (override.expires_at is None or override.expires_at > now):
        return Decision(slug, override.value, "override", slug, override.reason, override.expires_at)
    for rule, values in (("add_on", facts.add_ons), ("plan", facts.plan_features)):
        value = _covering(values, slug)
        if value is not None:
            return Decision(slug, value, rule, slug)
    value = opinion(slug)
    return Decision(slug, value if value in _RANK else str(feature.default), "default", slug)


def _covering(values: Mapping[str, str], slug: str) -> str | None:
    """The value for ``slug`` or, where a list names only an umbrella, the nearest ancestor's."""
    one: str | None = slug
    while one:
        if one in values:
            return values[one]
        one = one.rpartition(".")[0]
    return None
