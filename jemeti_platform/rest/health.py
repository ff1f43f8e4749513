"""What plugins say about themselves under ``/readyz``: each is asked by itself, and speaks for itself alone."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..json import to_json
from ..platform import Platform
from ..plugin_faults import JUNK, Junk
from ..soft_hooks import PATIENCE

__all__ = ["Health", "health_of"]

_HOOK = "jemeti_health"


@dataclass(slots=True)
class Health:
    """The ``facts`` that plugins gave, those that ``cannot_work`` since they raised, and the ``incomplete``.

    These gave no facts in time, or junk.
    """

    facts: dict[str, Any] = field(default_factory=dict)
    cannot_work: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)


def health_of(platform: Platform, taken: frozenset[str], patience: float = PATIENCE) -> Health:
    """Ask every plugin. ``taken`` are the kernel's own facts, which no plugin may give another meaning.

    Takes at most about ``patience`` seconds.
    """
    every = frozenset(platform.manifests)
    asked = platform.soft_hooks.ask(_HOOK, every, _facts, patience=patience, platform=platform)
    health = Health(incomplete=list(asked.slow))
    for plugin, error in asked.raised.items():
        (health.incomplete if isinstance(error, Junk) else health.cannot_work).append(plugin)
    for plugin, facts in asked.said.items():
        if doubled := sorted((taken | health.facts.keys()) & facts.keys()):
            health.incomplete.append(plugin)
            fault = f"{', '.join(doubled)} is said by others already"
            platform.faults.tell(plugin, "hook", _HOOK, JUNK, fault=fault)
        else:
            health.facts |= facts
    return health


def _facts(answers: list[Any]) -> dict[str, Any]:
    """A plugin's facts. Raises Junk for what is none."""
    found: dict[str, Any] = {}
    for facts in answers:
        if not isinstance(facts, Mapping) or not all(isinstance(name, str) for name in facts):
            raise Junk(f"it answers a {type(facts).__name__}, not facts by name")
        found |= facts
    try:
        to_json(found)
    except (TypeError, ValueError) as error:
        raise Junk(f"its facts are no JSON: {error}") from error
    return found
