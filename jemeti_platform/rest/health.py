"""What plugins say about themselves under ``/readyz``: each is asked by itself, and speaks for itself alone.

They are asked at the same time, each in a thread, so that one that hangs takes nobody's answer with it: who has not
answered in time is named, and is not asked again before it has.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..json import to_json
from ..platform import Platform
from ..plugin_faults import JUNK, SLOW

__all__ = ["PATIENCE", "Health", "health_of"]

_HOOK = "jemeti_health"
PATIENCE = 3.0
"""Seconds that a plugin may take before it is named and its answer left out."""


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

    Takes at most ``patience`` seconds.
    """
    health, begun = Health(), time.monotonic()
    asked = platform.parts.setdefault(_Questions, _Questions(platform)).ask()
    for plugin, question in asked.items():
        question.thread.join(max(0.0, begun + patience - time.monotonic()))
        if question.thread.is_alive():
            health.incomplete.append(plugin)
            seconds = round(time.monotonic() - question.begun, 1)
            platform.faults.tell(plugin, "hook", _HOOK, SLOW, seconds=seconds)
        elif question.error is not None:
            health.cannot_work.append(plugin)
            reason = type(question.error).__name__
            platform.faults.tell(plugin, "hook", _HOOK, reason, exc_info=question.error)
        else:
            for facts in question.answers:
                if (fault := _fault(facts, taken | health.facts.keys())) is None:
                    health.facts |= facts
                else:
                    health.incomplete.append(plugin)
                    platform.faults.tell(plugin, "hook", _HOOK, JUNK, fault=fault)
    return health


class _Question:
    """One plugin being asked."""

    def __init__(self, platform: Platform, plugin: str) -> None:
        self.answers: list[Any] = []
        self.error: BaseException | None = None
        self.begun = time.monotonic()
        self._platform, self._plugin = platform, plugin
        self.thread = threading.Thread(target=self._ask, name=f"health of {plugin}", daemon=True)
        self.thread.start()

    def _ask(self) -> None:
        try:
            self.answers = self._platform.hook(_HOOK, frozenset((self._plugin,)))(platform=self._platform)
        except BaseException as error:  # noqa: BLE001 (a plugin may raise anything; who asks tells of it)
            self.error = error


class _Questions:
    """The plugins that are being asked, by whomever."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._open: dict[str, _Question] = {}

    def ask(self) -> dict[str, _Question]:
        """A question to each plugin that has an answer: the one it still ponders, or a new one."""
        platform = self._platform
        with self._lock:
            waiting = {plugin: question for plugin, question in self._open.items() if question.thread.is_alive()}
            self._open = {
                plugin: waiting.get(plugin) or _Question(platform, plugin)
                for plugin in platform.manifests
                if platform.hook(_HOOK, frozenset((plugin,))).get_hookimpls()
            }
            return dict(self._open)


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
