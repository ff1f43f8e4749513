"""Is a feature on for a workspace, and which rule decided? A pure function of facts and the moment.

Order, first hit wins (``product.md``, "Features"): platform kill switch → workspace override →
subscription add-on → plan → the feature's own default. A child works only if it and every ancestor
is on, and a feature only if what it requires is on: the value is the weakest among them, and the
decision names the one that was weakest.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..manifest import FEATURE_VALUES, Feature

__all__ = ["RULES", "Decision", "FeatureFacts", "Link", "Override", "chain", "decide", "decide_by_plan", "own_decision"]

RULES = ("kill_switch", "override", "add_on", "plan", "default")
"""What may decide, strongest first."""

_RANK = {value: rank for rank, value in enumerate(FEATURE_VALUES)}

Opinion = Callable[[str], str | None]


@dataclass(frozen=True, slots=True)
class Override:
    """A decision made by a person, for a reason, perhaps until a moment; a kill switch is one for every workspace."""

    value: str
    reason: str
    author: str
    expires_at: datetime | None = None

    def holds(self, now: datetime) -> bool:
        return self.expires_at is None or self.expires_at > now


@dataclass(frozen=True, slots=True)
class FeatureFacts:
    """What is known about one workspace's features; ``add_ons`` and ``plan_features`` map slugs to values."""

    plan: str
    plan_features: Mapping[str, str]
    add_ons: Mapping[str, str]
    overrides: Mapping[str, Override]
    kill_switches: Mapping[str, Override]


@dataclass(frozen=True, slots=True)
class Decision:
    """The answer for ``feature`` and its explanation.

    ``decided_by`` is one of ``RULES``, applied at ``decided_at``: the feature itself, one of its
    ancestors, or something it requires.
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


@dataclass(frozen=True, slots=True)
class Link:
    """One feature that a decision looks at, and why: it is ``self``, or ``parent`` or ``required`` of another."""

    feature: str
    relation: str
    of: str | None


def decide(
    features: Mapping[str, Feature],
    facts: FeatureFacts,
    slug: str,
    now: datetime,
    opinion: Opinion = lambda slug: None,
) -> Decision:
    """Decide about ``slug`` at ``now``. ``opinion`` is the plugins' say where only the default is left.

    Raises KeyError for a feature that no installed plugin declares.
    """
    weakest: Decision | None = None
    for link in chain(features, slug):
        found = own_decision(features[link.feature], facts, now, opinion)
        if weakest is None or _RANK[found.value] < _RANK[weakest.value]:
            weakest = found
    assert weakest is not None
    return Decision(slug, weakest.value, weakest.decided_by, weakest.decided_at, weakest.reason, weakest.expires_at)


def decide_by_plan(features: Mapping[str, Feature], plan_features: Mapping[str, str], slug: str) -> Decision:
    """What a plan alone, without overrides, add-ons and kill switches, makes of a feature."""
    return decide(features, FeatureFacts("", plan_features, {}, {}, {}), slug, datetime.now(UTC))


def chain(features: Mapping[str, Feature], slug: str) -> Iterator[Link]:
    """``slug``, its ancestors, and all that they require, each once; nearest first."""
    seen = {slug}
    waiting = [Link(slug, "self", None)]
    while waiting:
        link = waiting.pop(0)
        yield link
        feature = features[link.feature]
        further = [(required, "required") for required in feature.requires]
        if feature.parent is not None:
            further.insert(0, (feature.parent, "parent"))
        for other, relation in further:
            if other not in seen:
                seen.add(other)
                waiting.append(Link(other, relation, link.feature))


def own_decision(
    feature: Feature, facts: FeatureFacts, now: datetime, opinion: Opinion = lambda slug: None
) -> Decision:
    """What the rules say of the feature itself, whatever its ancestors and requirements are."""
    slug = feature.slug
    for rule, people in (("kill_switch", facts.kill_switches), ("override", facts.overrides)):
        said = people.get(slug)
        if said is not None and said.holds(now):
            return Decision(slug, said.value, rule, slug, said.reason, said.expires_at)
    for rule, values in (("add_on", facts.add_ons), ("plan", facts.plan_features)):
        value = covering(values, slug)
        if value is not None:
            return Decision(slug, value, rule, slug)
    value = opinion(slug)
    return Decision(slug, value if value in _RANK else str(feature.default), "default", slug)


def covering(values: Mapping[str, str], slug: str) -> str | None:
    """The value for ``slug`` or, where a list names only an umbrella, the nearest ancestor's."""
    one: str | None = slug
    while one:
        if one in values:
            return values[one]
        one = one.rpartition(".")[0]
    return None
