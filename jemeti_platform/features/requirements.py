"""What a feature needs beside itself, found before anybody relies on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ..errors import Conflict
from ..manifest import Feature
from .decision import FeatureFacts, chain, own_decision

__all__ = ["Lack", "lacking", "refuse_lacks", "with_requirements"]


@dataclass(frozen=True, slots=True)
class Lack:
    """A feature that is to be on, and what it needs that is off."""

    feature: str
    needs: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return {"feature": self.feature, "requires": list(self.needs)}


def lacking(
    features: Mapping[str, Feature],
    facts: FeatureFacts,
    slugs: Iterable[str] | None = None,
    opinion: Callable[[str], str | None] = lambda slug: None,
) -> list[Lack]:
    """Which of ``slugs`` (every feature that is switched on itself, if not given) need something that is off."""
    now = datetime.now(UTC)
    own = {slug: own_decision(feature, facts, now, opinion) for slug, feature in features.items()}
    if slugs is None:
        # by default on is no wish: an umbrella nobody mentions is on without anything below it
        slugs = [slug for slug, made in own.items() if made.value != "off" and made.decided_by != "default"]
    found = []
    for slug in slugs:
        needs = [link.feature for link in chain(features, slug) if link.feature != slug]
        off = tuple(need for need in needs if own[need].value == "off")
        if off:
            found.append(Lack(slug, off))
    return found


def refuse_lacks(lacks: list[Lack], remedy: str) -> None:
    """Raise Conflict naming everything that is missing; ``also`` lists what would have to be on as well."""
    if not lacks:
        return
    also = list(dict.fromkeys(need for lack in lacks for need in lack.needs))
    named = "; ".join(f"{lack.feature} needs {', '.join(lack.needs)}" for lack in lacks)
    raise Conflict(
        f"Something required is off: {named}. {remedy}",
        reason="requirement_off",
        missing=[lack.as_dict() for lack in lacks],
        also=also,
    )


def with_requirements(features: Mapping[str, Feature], values: Mapping[str, str]) -> dict[str, str]:
    """A plan's features with all that they need on too, and no more.

    An umbrella that was named as off is not named any more: as on, it would sell everything below it.
    """
    completed = dict(values)
    while lacks := lacking(features, FeatureFacts("", completed, {}, {}, {})):
        for need in dict.fromkeys(need for lack in lacks for need in lack.needs):
            if completed.get(need) == "off" and features[need].default != "off":
                del completed[need]
            else:
                completed[need] = "on"
    return completed
