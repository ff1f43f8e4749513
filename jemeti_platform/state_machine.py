"""Declared state machines: the states of a record, what leads from one to another, and what must hold before.

Frozen data, checked the moment it is made; ``jemeti_platform.lifecycle`` runs it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from .manifest import ManifestError

if TYPE_CHECKING:
    from .db.statement import Statement
    from .work import Work

__all__ = ["Guard", "Lifecycle", "State", "Transition"]

Record = Mapping[str, Any]
Inputs = Mapping[str, Any]

_WORD = re.compile(r"[a-z][a-z0-9_]{0,39}")
_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")


@dataclass(frozen=True, slots=True)
class State:
    """One state: ``name`` is what is stored and sent, ``title`` what people read."""

    name: str
    title: str

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.name):
            raise ManifestError(f"state {self.name!r}: a name is one lower-case word, underscores allowed")


@dataclass(frozen=True, slots=True)
class Guard:
    """What must hold before a transition: ``Guard("has_vehicle", "The job needs a vehicle", check)``.

    ``check(work, record, inputs)`` returns whether it holds, or a text that says more exactly than ``sentence`` why it
    does not. ``record`` has every column of the row and what the lifecycle ``reads``. A guard that ``needs_inputs`` is
    asked only when the transition is made, never beforehand.
    """

    name: str
    sentence: str
    check: Callable[[Work, Record, Inputs], bool | str] = field(repr=False)
    needs_inputs: bool = False

    def unmet(self, work: Work, record: Record, inputs: Inputs) -> str | None:
        """Why the guard does not let pass; None where it does. Raises TypeError for a check that says nothing."""
        found = self.check(work, record, inputs)
        if isinstance(found, str):
            return found
        if not isinstance(found, bool):
            raise TypeError(f"the guard {self.name!r} must return True, False or a text, not {found!r}")
        return None if found else self.sentence


@dataclass(frozen=True, slots=True)
class Transition:
    """A way from one state (or several) to another, by an ``action``.

    ``permission`` is what it takes. ``guards`` must all hold. ``inputs`` is the schema of what the client must send
    besides; ``needs_note`` makes the note one of that. ``changes(record, inputs)`` returns columns that change with the
    state. ``effect(work, record, inputs)`` runs after the change, in the same transaction: what it raises undoes all.
    ``event(record, inputs)`` makes the event that is emitted; without it that is ``<lifecycle>.<state>``, with record,
    action, states and note.
    """

    action: str
    from_: tuple[str, ...] | str
    to: str
    title: str
    permission: str
    guards: tuple[Guard, ...] = ()
    inputs: type[Any] | None = None
    needs_note: bool = False
    changes: Callable[[Record, Inputs], Mapping[str, Any]] | None = field(default=None, repr=False)
    effect: Callable[[Work, Record, Inputs], None] | None = field(default=None, repr=False)
    event: Callable[[Record, Inputs], object] | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        if not _WORD.fullmatch(self.action):
            raise ManifestError(f"transition {self.action!r}: an action is one lower-case word, underscores allowed")
        if isinstance(self.from_, str):
            object.__setattr__(self, "from_", (self.from_,))


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """The states of a record and every transition between them. ``name`` is plugin and record, like ``jobs.job``.

    ``column`` holds the state; its CHECK comes from ``state_check``. ``sub_state`` is the column of the workspace's own
    sub-state, where the record has one (``SubState``). ``reads`` are SELECTs by ``id`` that guards need: their rows
    stand in the record under their names, read after the row is locked and in the same message.

    An action that leads to different places from different states is declared as several transitions, which agree in
    permission, inputs and note. Raises ManifestError for unknown, doubled and unreachable states and for two ways by
    one action from one state.
    """

    name: str
    title: str
    states: tuple[State, ...]
    initial: str
    transitions: tuple[Transition, ...]
    column: str = "status"
    sub_state: str | None = None
    reads: Mapping[str, Statement] = field(default_factory=dict)

    def __post_init__(self) -> None:
        where = f"lifecycle {self.name!r}"
        if not _NAME.fullmatch(self.name):
            raise ManifestError(f"{where}: write '<plugin>.<record>', like 'jobs.job'")
        names = [state.name for state in self.states]
        if doubled := {name for name in names if names.count(name) > 1}:
            raise ManifestError(f"{where}: the state {min(doubled)!r} is declared twice")
        for problem in (*self._strangers(names), *self._clashes()):
            raise ManifestError(f"{where}: {problem}")
        if unreachable := [name for name in names if name not in self._reachable()]:
            raise ManifestError(f"{where}: nothing leads to {', '.join(map(repr, unreachable))}")

    def _strangers(self, names: Iterable[str]) -> Iterator[str]:
        if self.initial not in names:
            yield f"the initial state {self.initial!r} is not declared; add State({self.initial!r}, …)"
        for transition in self.transitions:
            for state in (*transition.from_, transition.to):
                if state not in names:
                    yield f"{transition.action!r} names the state {state!r}, which is not declared"

    def _clashes(self) -> Iterator[str]:
        seen: set[tuple[str, str]] = set()
        for transition in self.transitions:
            for state in transition.from_:
                if (state, transition.action) in seen:
                    yield f"two transitions lead from {state!r} by {transition.action!r}"
                seen.add((state, transition.action))
            first = self.actions[transition.action]
            if (first.permission, first.inputs, first.needs_note) != (
                transition.permission,
                transition.inputs,
                transition.needs_note,
            ):
                yield f"the transitions by {transition.action!r} must agree in permission, inputs and note"

    def _reachable(self) -> set[str]:
        found, fresh = set[str](), {self.initial}
        while fresh:
            found |= fresh
            fresh = {t.to for t in self.transitions if found.intersection(t.from_)} - found
        return found

    @property
    def actions(self) -> dict[str, Transition]:
        """Every action with the first transition by it."""
        found: dict[str, Transition] = {}
        for transition in self.transitions:
            found.setdefault(transition.action, transition)
        return found

    def state(self, name: str) -> State:
        """The state of that name. Raises KeyError."""
        return next(state for state in self.states if state.name == name)

    def transitions_from(self, state: str) -> list[Transition]:
        """What leads out of a state, in the order of declaration."""
        return [transition for transition in self.transitions if state in transition.from_]

    def find(self, state: str, action: str) -> Transition | None:
        """The way out of a state by an action, if there is one."""
        return next((t for t in self.transitions_from(state) if t.action == action), None)
