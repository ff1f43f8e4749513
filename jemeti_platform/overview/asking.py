"""Every enabled plugin asked at once, softly: what one of them does wrong is its own affair.

A hook that raises, answers junk or takes too long, or whose statement fails or takes too long, is named in the log, in
the metric ``jemeti_plugin_faults`` and in ``meta.incomplete`` of the answer; the other plugins' answers stand.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from ..db.pipeline import Rows, not_run
from ..db.statement import Bound
from ..plugin_faults import Junk, reason_of
from ..soft_hooks import PATIENCE
from ..work import Work
from .parts import Figures, Source

__all__ = ["Asked", "ask", "may_see"]

P = TypeVar("P", Source, Figures)
T = TypeVar("T")

_LIMITED = Bound(f"SELECT set_config('statement_timeout', '{PATIENCE * 1000:.0f}ms', true)", ())
"""A statement of a plugin may take as long as its hook may."""


@dataclass(frozen=True, slots=True)
class Asked(Generic[P, T]):
    """The parts with what was made of their rows, and the plugins that could not say theirs."""

    found: tuple[tuple[P, T], ...]
    incomplete: tuple[str, ...]


def ask(request: Any, hook: str, kind: type[P], make: Callable[[Work, P, Rows], T], **arguments: Any) -> Asked[P, T]:
    """Ask every enabled plugin by ``hook`` and run what it returns, in one round trip if nothing goes wrong.

    ``make`` makes of a part's rows what is shown, and raises Junk for what is not what the part promises.
    """
    work: Work = request.work
    round_ = _Round(work, hook, kind, arguments)
    asked = work.enabled_plugins
    parts = round_.collect(asked)
    rows = round_.run(parts)
    # What was remembered of the workspace may have been old: the database has just said what holds now.
    if work.enabled_plugins != asked:
        parts = round_.collect(work.enabled_plugins)
        rows = round_.run(parts)
    found: list[tuple[P, T]] = []
    for plugin, several in parts.items():
        try:
            found += [(part, make(work, part, rows[id(part)])) for part in several if id(part) in rows]
        except Exception as error:  # noqa: BLE001 (what a plugin has given may be anything, and take nobody along)
            round_.blame(plugin, error)
    return Asked(tuple(found), tuple(sorted(round_.failed & work.enabled_plugins)))


def may_see(work: Work, permission: str) -> bool:
    """Whether the actor may see what needs ``permission``, and the workspace has the feature it names, if it is one."""
    subject = permission.partition(":")[0]
    return work.may(permission) and (subject not in work.platform.features or work.has(subject))


class _Round(Generic[P]):
    """One question to all plugins, and what went wrong in it."""

    def __init__(self, work: Work, hook: str, kind: type[P], arguments: Mapping[str, Any]) -> None:
        self.work, self.hook, self.arguments = work, hook, arguments
        self.kind: type[P] = kind
        self.failed: set[str] = set()
        self._about: dict[str, Any] = {"workspace": str(work.tenant_id), "request_id": work.request_id}

    def collect(self, enabled: frozenset[str]) -> dict[str, list[P]]:
        """The parts of each plugin that has any, in the order of the plugins."""
        asked = self.work.platform.soft_hooks.ask(
            self.hook, enabled, self._parts, about=self._about, work=self.work, **self.arguments
        )
        self.failed.update(asked.raised, asked.slow)
        return {plugin: parts for plugin, parts in asked.said.items() if parts}

    def run(self, parts: Mapping[str, list[P]]) -> dict[int, Rows]:
        """The rows of every part that could be run, by the part's identity: all at once, and again without who fails.

        Raises what is no plugin's affair: a lost connection, a session that has ended.
        """
        left = dict(parts)
        while True:
            every = [(plugin, part) for plugin, several in left.items() for part in several]
            try:
                _, *rows = self.work.read(_LIMITED, *(part.statement for _, part in every))
            except Exception as error:
                behind = not_run(error)
                if behind is None or behind > len(every):
                    raise
                plugin, _ = every[-behind]
                self.blame(plugin, error)
                del left[plugin]
            else:
                return {id(part): found for (_, part), found in zip(every, rows, strict=True)}

    def blame(self, plugin: str, error: Exception) -> None:
        """Name a plugin for what it gave."""
        self.failed.add(plugin)
        reason = reason_of(error) or type(error).__name__
        self.work.platform.faults.tell(plugin, "hook", self.hook, reason, exc_info=error, **self._about)

    def _parts(self, answers: list[Any]) -> list[P]:
        parts = [part for given in answers for part in given]
        for part in parts:
            if not isinstance(part, self.kind) or not isinstance(part.statement, Bound):
                raise Junk(f"{self.hook} returns {self.kind.__name__} values, not {type(part).__name__}")
        return parts
