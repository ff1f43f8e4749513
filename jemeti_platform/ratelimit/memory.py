"""Counting inside one process, exactly, within bounds, and without a thread of its own.

`limits.storage.MemoryStorage` (5.8) is none of these: under parallel requests its fixed window let 10 through at a
limit of 5 and its clean-up timer raised "threads can only be started once"; the timer is a new thread per burst (0.4 ms
of CPU per hit at 80 requests a second, 8 ms with 100,000 keys).
"""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Sequence

from .counters import Count, Want

__all__ = ["MemoryCounters"]

# More than a hit adds, so a shelf shrinks whenever it has anything to drop; few enough that no single hit is slow.
_SWEEP = 8

_EMPTY: OrderedDict[str, list[float]] = OrderedDict()


class MemoryCounters:
    """Counters in a dictionary per policy, so that a flood under one policy cannot push out the counters of another.

    All keys of a shelf live equally long; their order of insertion is therefore the order in which they end, and both
    expiry and the bound of `most` keys take from the front (those pushed out early are those that would end first).
    """

    def __init__(self, *, most: int = 100_000, clock: Callable[[], float] = time.monotonic) -> None:
        self._most = most
        self._clock = clock
        self._lock = threading.Lock()
        self._shelves: dict[str, OrderedDict[str, list[float]]] = {}

    def __len__(self) -> int:
        return sum(len(shelf) for shelf in self._shelves.values())

    def take(self, wants: Sequence[Want]) -> list[Count]:
        with self._lock:
            now = self._clock()
            counts = [self._look(want, now) for want in wants]
            if all(count.fits for count in counts):
                counts = [self._add(want, now) for want in wants]
        return counts

    def _look(self, want: Want, now: float) -> Count:
        shelf = self._shelves.get(want.shelf)
        counter = shelf.get(want.key) if shelf else None
        if counter is None or counter[1] <= now:
            return Count(want.cost <= want.amount, 0, 0.0)
        used = int(counter[0])
        return Count(used + want.cost <= want.amount, used, counter[1] - now)

    def _add(self, want: Want, now: float) -> Count:
        shelf = self._shelves.get(want.shelf)
        if shelf is None:
            shelf = self._shelves[want.shelf] = OrderedDict()
        counter = shelf.get(want.key)
        if counter is not None and counter[1] > now:
            counter[0] += want.cost
            return Count(True, int(counter[0]), counter[1] - now)
        shelf.pop(want.key, None)
        self._make_room(shelf, now)
        shelf[want.key] = [want.cost, now + want.seconds]
        return Count(True, want.cost, want.seconds)

    def _make_room(self, shelf: OrderedDict[str, list[float]], now: float) -> None:
        for _ in range(_SWEEP):
            if not shelf or (len(shelf) < self._most and next(iter(shelf.values()))[1] > now):
                return
            shelf.popitem(last=False)

    def give_back(self, shelf: str, key: str, cost: int) -> None:
        with self._lock:
            if counter := self._shelves.get(shelf, _EMPTY).get(key):
                counter[0] = max(0, counter[0] - cost)

    def clear(self, shelf: str, key: str) -> None:
        with self._lock:
            self._shelves.get(shelf, _EMPTY).pop(key, None)
