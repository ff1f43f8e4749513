"""Every enabled plugin asked at once, softly: what one of them does wrong is its own affair.

A hook that raises, answers junk, or whose statement fails or takes too long is named in the log, in the metric
``jemeti_plugin_faults`` and in ``meta.incomplete`` of the answer; the other plugins' answers stand.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import psycopg

from ..db.pipeline import Row, Rows
from ..db.statement import Bound
from ..plugin_faults import SLOW, Junk, reason_of
from ..work import Work
from .parts import Figures, Source

__all__ = ["Asked", "ask", "may_see", "require"]

P = TypeVar("P", Source, Figures)

_PATIENCE = 3.0
"""Seconds that a plugin may take: in the database before it is interrupted, in Python before it is named."""
_LIMITED = Bound(f"SELECT set_config('statement_timeout', '{_PATIENCE * 1000:.0f}ms', true)", ())


@dataclass(frozen=True, slots=True)
class Asked(Generic[P]):
    """The parts with the rows that they found, and the plugins that could not say theirs."""

    found: tuple[tuple[P, Rows], ...]
    incomplete: tuple[str, ...]


def ask(request: Any, hook: str, kind: type[P], check: Callable[[P, Rows], None], **arguments: Any) -> Asked[P]:
    """Ask every enabled plugin by ``hook`` and run what it returns, in one round trip if nothing goes wrong.

    ``check`` raises for rows that are not what the part promises.
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
    found: list[tuple[P, Rows]] = []
    for plugin, several in parts.items():
        mine = [(part, rows[id(part)]) for part in several if id(part) in rows]
        if round_.accepts(plugin, partial(_check_all, check, mine)):
            found += mine
    return Asked(tuple(found), tuple(sorted(round_.failed & work.enabled_plugins)))


def _check_all(check: Callable[[P, Rows], None], found: list[tuple[P, Rows]]) -> None:
    for part, rows in found:
        check(part, rows)


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

    def collect(self, enabled: frozenset[str]) -> dict[str, list[P]]:
        """The parts of each plugin that has any, in the order of the plugins."""
        found = {}
        for plugin in self.work.platform.manifests:
            if plugin in enabled and (parts := self._parts(plugin)):
                found[plugin] = parts
        return found

    def run(self, parts: Mapping[str, list[P]]) -> dict[int, Rows]:
        """The rows of every part that could be run, by the part's identity."""
        every = [part for several in parts.values() for part in several]
        try:
            _, *rows = self.work.read(_LIMITED, *(part.statement for part in every))
        except psycopg.Error:
            return dict(self._one_by_one(parts))
        return {id(part): found for part, found in zip(every, rows, strict=True)}

    def accepts(self, plugin: str, attempt: Callable[[], object]) -> bool:
        """Whether ``attempt`` goes well; if not, the plugin is named."""
        begun = time.monotonic()
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 (a plugin may raise anything, and none may take the others along)
            self._blame(plugin, error)
            return False
        if (taken := time.monotonic() - begun) > _PATIENCE:
            self._tell(plugin, SLOW, seconds=round(taken, 1))
        return True

    def _parts(self, plugin: str) -> list[P]:
        found: list[P] = []

        def collect() -> None:
            for given in self.work.platform.hook(self.hook, frozenset((plugin,)))(work=self.work, **self.arguments):
                for part in given:
                    if not isinstance(part, self.kind) or not isinstance(part.statement, Bound):
                        raise Junk(f"{self.hook} returns {self.kind.__name__} values, not {type(part).__name__}")
                    found.append(part)

        return found if self.accepts(plugin, collect) else []

    def _one_by_one(self, parts: Mapping[str, list[P]]) -> Iterator[tuple[int, Rows]]:
        self.work.confirm()
        for plugin, several in parts.items():
            try:
                _, *rows = self.work.read(_LIMITED, *(part.statement for part in several))
            except psycopg.Error as error:
                self._blame(plugin, error)
            else:
                yield from zip(map(id, several), rows, strict=True)

    def _blame(self, plugin: str, error: BaseException) -> None:
        self.failed.add(plugin)
        self._tell(plugin, reason_of(error) or type(error).__name__, exc_info=error)

    def _tell(self, plugin: str, reason: str, **facts: Any) -> None:
        facts |= {"workspace": str(self.work.tenant_id), "request_id": self.work.request_id}
        self.work.platform.faults.tell(plugin, "hook", self.hook, reason, **facts)


def require(row: Row, *names: str) -> None:
    """Raise Junk unless the row has these columns."""
    for name in names:
        if row.get(name) is None:
            raise Junk(f"the statement must return {name!r}")
