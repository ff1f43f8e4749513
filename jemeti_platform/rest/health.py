"""What plugins say about themselves under ``/readyz``: each is asked by itself, and speaks for itself alone."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import structlog
from prometheus_client import Counter

from ..platform import Platform
from .answer import to_json

__all__ = ["Health", "health_of"]

log = structlog.get_logger("jemeti.hooks")

_HOOK = "jemeti_health"
_PATIENCE = 3.0
"""Seconds that a plugin may take before it is named."""


@dataclass(slots=True)
class Health:
    """The ``facts`` that plugins gave, those that ``cannot_work`` since they raised, and those whose facts are junk."""

    facts: dict[str, Any] = field(default_factory=dict)
    cannot_work: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)


def health_of(platform: Platform, failures: Counter, taken: frozenset[str]) -> Health:
    """Ask every plugin. ``taken`` are the kernel's own facts, which no plugin may give another meaning."""
    health = Health()
    for plugin in platform.manifests:
        begun = time.monotonic()
        try:
            given = platform.hook(_HOOK, frozenset((plugin,)))(platform=platform)
        except Exception as error:
            health.cannot_work.append(plugin)
            failures.labels(plugin, _HOOK, type(error).__name__).inc()
            log.warning("a plugin cannot work", plugin=plugin, hook=_HOOK, exc_info=error)
            continue
        if (seconds := time.monotonic() - begun) > _PATIENCE:
            failures.labels(plugin, _HOOK, "slow").inc()
            log.warning("a plugin's hook is slow", plugin=plugin, hook=_HOOK, seconds=round(seconds, 1))
        for facts in given:
            if (fault := _fault(facts, taken | health.facts.keys())) is None:
                health.facts |= facts
            else:
                health.incomplete.append(plugin)
                failures.labels(plugin, _HOOK, "junk").inc()
                log.warning("a plugin's hook failed", plugin=plugin, hook=_HOOK, fault=fault)
    return health


def _fault(facts: Any, taken: frozenset[str]) -> str | None:
    """What is wrong with a plugin's facts, if anything is."""
    if not isinstance(facts, Mapping) or not all(isinstance(name, str) for name in facts):
        return f"it answers a {type(facts).__name__}, not facts by name"
    if doubled := sorted(taken & facts.keys()):
        return f"{', '.join(doubled)} is said by others already"
    try:
        to_json(facts)
    except (TypeError, ValueError) as error:
        return f"its facts are no JSON: {error}"
    return None
