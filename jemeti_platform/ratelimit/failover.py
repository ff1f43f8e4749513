"""Redis while it answers, this process's own memory while it does not."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import TypeVar

from prometheus_client import Counter

from .counters import Count, Counters, Want

__all__ = ["FailoverCounters"]

logger = logging.getLogger(__name__)

FALLBACKS = Counter(
    "jemeti_ratelimit_fallback",
    "Rate limit decisions counted in the process's own memory because Redis was away.",
    registry=None,
)

T = TypeVar("T")


class FailoverCounters:
    """Counts in `shared`; once that fails, in `own` for `pause` seconds, after which one caller asks `shared` again.

    Nobody but that one caller waits for a Redis that is away. Limits stay exact per process meanwhile; what was counted
    in Redis is still there when it is back.
    """

    def __init__(
        self,
        shared: Counters,
        own: Counters,
        *,
        faults: type[Exception] | tuple[type[Exception], ...],
        pause: float = 2.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._shared = shared
        self._own = own
        self._faults = faults
        self._pause = pause
        self._clock = clock
        self._lock = threading.Lock()
        self._away = False
        self._asking = False
        self._ask_at = 0.0

    @property
    def away(self) -> bool:
        """Whether the shared counters did not answer when last asked."""
        return self._away

    def take(self, wants: Sequence[Want]) -> list[Count]:
        return self._ask(lambda counters: counters.take(wants))

    def give_back(self, shelf: str, key: str, cost: int) -> None:
        self._ask(lambda counters: counters.give_back(shelf, key, cost))

    def clear(self, shelf: str, key: str) -> None:
        self._ask(lambda counters: counters.clear(shelf, key))

    def _ask(self, question: Callable[[Counters], T]) -> T:
        asking_again = self._away
        if asking_again and not self._is_my_turn():
            return self._alone(question)
        try:
            answer = question(self._shared)
        except self._faults as error:
            self._note_fault(error)
            return self._alone(question)
        finally:
            if asking_again:
                self._asking = False
        # Not by an answer that was under way already: Redis is back when it answers the one who asked again.
        if asking_again:
            self._note_return()
        return answer

    def _alone(self, question: Callable[[Counters], T]) -> T:
        FALLBACKS.inc()
        return question(self._own)

    def _is_my_turn(self) -> bool:
        with self._lock:
            if self._asking or self._clock() < self._ask_at:
                return False
            self._asking = True
            return True

    def _note_fault(self, error: Exception) -> None:
        with self._lock:
            news, self._away = not self._away, True
            self._ask_at = self._clock() + self._pause
        if news:
            logger.warning(
                "Rate limits: Redis does not answer (%s). This process counts for itself, and asks again every %g s.",
                error,
                self._pause,
            )

    def _note_return(self) -> None:
        with self._lock:
            self._away = False
        logger.warning("Rate limits: Redis answers again. All processes count together.")
