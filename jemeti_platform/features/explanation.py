"""The whole way to a decision: every feature that was looked at, and what each rule said about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..manifest import Feature
from .decision import RULES, Decision, FeatureFacts, Link, chain, covering, decide, own_decision

__all__ = ["Explanation", "Finding", "Step", "explain"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule had to say about one feature; ``value`` is None where it was silent."""

    rule: str
    value: str | None
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One feature on the way: why it counts, what each rule said, and which value came of it."""

    link: Link
    findings: tuple[Finding, ...]
    decision: Decision

    def as_dict(self) -> dict[str, Any]:
        return {
            "feature": self.link.feature,
            "relation": self.link.relation,
            "of": self.link.of,
            "value": self.decision.value,
            "decided_by": self.decision.decided_by,
            "rules": [{"rule": f.rule, "value": f.value, "note": f.note} for f in self.findings],
        }


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and the steps that led to it, nearest first."""

    decision: Decision
    steps: tuple[Step, ...]

    @property
    def sentence(self) -> str:
        """The decision in words."""
        made = self.decision
        value = {"on": "on", "read_only": "read-only", "off": "off"}[made.value]
        told = f"{made.feature} is {value}: {_SAID[made.decided_by]}"
        if made.decided_at != made.feature:
            told += f" for {made.decided_at}, on which it depends"
        if made.reason:
            told += f" ({made.reason})"
        return told + "."


_SAID = {
    "kill_switch": "a kill switch for every workspace says so",
    "override": "an override for this workspace says so",
    "add_on": "the subscription's add-ons say so",
    "plan": "the plan says so",
    "default": "nothing else decided, so its default holds",
}


def explain(
    features: Mapping[str, Feature],
    facts: FeatureFacts,
    slug: str,
    now: datetime,
    opinion: Callable[[str], str | None] = lambda slug: None,
) -> Explanation:
    """The decision about ``slug`` with every step. Raises KeyError for a feature that is not installed."""
    steps = tuple(
        Step(
            link,
            tuple(_findings(features[link.feature], facts, now, opinion)),
            own_decision(features[link.feature], facts, now, opinion),
        )
        for link in chain(features, slug)
    )
    return Explanation(decide(features, facts, slug, now, opinion), steps)


def _findings(
    feature: Feature, facts: FeatureFacts, now: datetime, opinion: Callable[[str], str | None]
) -> list[Finding]:
    slug = feature.slug
    said: dict[str, Finding] = {}
    for rule, people in (("kill_switch", facts.kill_switches), ("override", facts.overrides)):
        one = people.get(slug)
        if one is not None:
            until = f", until {one.expires_at:%Y-%m-%d %H:%M} UTC" if one.expires_at else ""
            note = f"{one.author}: {one.reason}{until}"
            said[rule] = Finding(rule, one.value, note) if one.holds(now) else Finding(rule, None, f"expired; {note}")
    said["add_on"] = _listed("add_on", facts.add_ons, slug, "the add-on")
    said["plan"] = _listed("plan", facts.plan_features, slug, f"the plan {facts.plan}")
    answer = opinion(slug)
    said["default"] = Finding("default", answer or feature.default, "the plugin's own opinion" if answer else "")
    return [said.get(rule, Finding(rule, None)) for rule in RULES]


def _listed(rule: str, values: Mapping[str, str], slug: str, what: str) -> Finding:
    value = covering(values, slug)
    if value is None:
        return Finding(rule, None)
    umbrella = next(one for one in _upwards(slug) if one in values)
    return Finding(rule, value, what if umbrella == slug else f"{what}, by {umbrella}")


def _upwards(slug: str) -> list[str]:
    words = slug.split(".")
    return [".".join(words[:n]) for n in range(len(words), 0, -1)]
