"""Soft hooks: each plugin is asked by itself, and nobody waits for one longer than it may take.

Python cannot be interrupted, so hooks run in threads of their own. Where all are quick one thread asks them in turn,
and a question costs no more than handing it over. Who ponders for longer than a moment is left to it while another
thread asks the rest. Who has not answered in time is named ``slow`` and left out, of this answer and of every other
until that call returns: however often a plugin is asked, what hangs in it are no more than the calls that were open
when the first was given up, at most one for each thread of the server.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from .plugin_faults import SLOW, Junk, reason_of

if TYPE_CHECKING:
    from .platform import Platform

__all__ = ["PATIENCE", "Replies", "SoftHooks"]

T = TypeVar("T")

PATIENCE = 3.0
"""Seconds that a plugin may take before it is named and its answer left out."""
_MOMENT = 0.05
"""Seconds after which the rest is asked beside a plugin that ponders."""
_IDLE = 30.0
"""Seconds after which a thread that nobody needs ends."""


@dataclass(frozen=True, slots=True)
class Replies(Generic[T]):
    """What plugins said, what others raised instead, and which have not answered in time; in the plugins' order."""

    said: dict[str, T]
    raised: dict[str, BaseException]
    slow: tuple[str, ...]


class SoftHooks:
    """The hooks that are being asked on a platform, by whomever, and the threads that ask them."""

    def __init__(self, platform: Platform) -> None:
        self._platform = platform
        self._lock = threading.Lock()
        self._idle: list[_Asker] = []
        self._hanging: dict[tuple[str, str], list[float]] = {}

    def ask(
        self,
        hook: str,
        enabled: frozenset[str],
        read: Callable[[list[Any]], T],
        *,
        patience: float = PATIENCE,
        about: Mapping[str, Any] | None = None,
        **arguments: Any,
    ) -> Replies[T]:
        """Call ``hook`` of every plugin in ``enabled`` that has it; ``read`` makes sense of what one plugin answers.

        ``read`` runs in the plugin's time too, since answers may be generators, and raises Junk for what the hook does
        not promise. Whatever goes wrong is told as the plugin's fault, with ``about`` in the log, and raises nothing
        here. Takes ``patience`` seconds, and a moment for each plugin that needs longer than one.
        """

        platform = self._platform

        def ask_one(plugin: str) -> T:
            return read(platform.hook(hook, frozenset((plugin,)))(**arguments))

        def tell(plugin: str, reason: str, **facts: Any) -> None:
            platform.faults.tell(plugin, "hook", hook, reason, **facts, **(about or {}))

        asked = [
            plugin
            for plugin in platform.manifests
            if plugin in enabled and platform.hook(hook, frozenset((plugin,))).get_hookimpls()
        ]
        with self._lock:
            pondering = {plugin: since[0] for plugin in asked if (since := self._hanging.get((hook, plugin)))}
        round_ = _Round(self, hook, [plugin for plugin in asked if plugin not in pondering], ask_one)
        pondering |= self._run(round_, patience)
        replies: Replies[T] = Replies({}, {}, tuple(plugin for plugin in asked if plugin in pondering))
        for plugin in asked:
            if plugin in pondering:
                tell(plugin, SLOW, seconds=round(time.monotonic() - pondering[plugin], 1))
            elif (error := round_.raised.get(plugin)) is None:
                replies.said[plugin] = round_.said[plugin]
            else:
                replies.raised[plugin] = error
                fault = str(error) if isinstance(error, Junk) else None
                tell(plugin, reason_of(error) or type(error).__name__, fault=fault, exc_info=error)
        return replies

    def _run(self, round_: _Round[T], patience: float) -> dict[str, float]:
        """Since when the plugins ponder that have not answered in time."""
        if not round_.todo:
            return {}
        while round_.todo:
            self._take_asker().rounds.put(round_)
            if round_.is_done.wait(min(_MOMENT, patience)):
                return {}
        round_.is_done.wait(patience)
        with self._lock:
            late = round_.give_up()
            for plugin, since in late.items():
                self._hanging.setdefault((round_.hook, plugin), []).append(since)
        return late

    def answered(self, round_: _Round[Any], plugin: str, kept: dict[str, Any], what: Any) -> None:
        """A call has returned: ``what`` it came to is ``kept``, unless nobody waits for it any more."""
        with self._lock:
            if not round_.is_given_up:
                round_.keep(plugin, kept, what)
            elif (hanging := self._hanging.get((round_.hook, plugin))) is not None:
                hanging.remove(round_.begun[plugin])
                if not hanging:
                    del self._hanging[round_.hook, plugin]

    def _take_asker(self) -> _Asker:
        with self._lock:
            return self._idle.pop() if self._idle else _Asker(self)

    def rest(self, asker: _Asker) -> None:
        """A thread has nothing to do."""
        with self._lock:
            self._idle.append(asker)

    def retire(self, asker: _Asker) -> bool:
        """Whether a thread that has had nothing to do may end: nobody has just taken it."""
        with self._lock:
            if is_idle := asker in self._idle:
                self._idle.remove(asker)
            return is_idle


class _Round(Generic[T]):
    """One question to several plugins, worked off by as many threads as are needed."""

    def __init__(self, hooks: SoftHooks, hook: str, plugins: list[str], ask: Callable[[str], T]) -> None:
        self.hook, self.todo = hook, deque(plugins)
        self.begun: dict[str, float] = {}
        self.said: dict[str, T] = {}
        self.raised: dict[str, BaseException] = {}
        self.is_done, self.is_given_up = threading.Event(), False
        self._hooks, self._ask, self._context = hooks, ask, copy_context()
        self._open = set(plugins)

    def work_off(self) -> None:
        """Ask who has not been asked yet, one after another."""
        while True:
            try:
                plugin = self.todo.popleft()
            except IndexError:
                return
            self.begun.setdefault(plugin, time.monotonic())
            try:
                said = self._context.copy().run(self._ask, plugin)
            except BaseException as error:  # noqa: BLE001 (a plugin may raise anything; who asks tells of it)
                self._hooks.answered(self, plugin, self.raised, error)
            else:
                self._hooks.answered(self, plugin, self.said, said)

    def give_up(self) -> dict[str, float]:
        """Wait no longer: who has not answered, and since when they ponder."""
        self.is_given_up = True
        now = time.monotonic()
        return {plugin: self.begun.setdefault(plugin, now) for plugin in self._open}

    def keep(self, plugin: str, kept: dict[str, Any], what: Any) -> None:
        """Keep what a call came to; the last one wakes who asked."""
        kept[plugin] = what
        self._open.discard(plugin)
        if not self._open:
            self.is_done.set()


class _Asker(threading.Thread):
    """A thread that works off rounds; kept for a while, since starting one costs more than most questions."""

    def __init__(self, hooks: SoftHooks) -> None:
        super().__init__(name="asking plugins", daemon=True)
        self.rounds: SimpleQueue[_Round[Any]] = SimpleQueue()
        self._hooks = hooks
        self.start()

    def run(self) -> None:
        while True:
            try:
                round_ = self.rounds.get(timeout=_IDLE)
            except Empty:
                if self._hooks.retire(self):
                    return
                continue
            round_.work_off()
            del round_  # it holds a request
            self._hooks.rest(self)
