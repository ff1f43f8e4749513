"""How many password hashes run at once: each costs 19 MiB and a core, and anybody may ask for one."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from prometheus_client import Counter

from jemeti_platform.errors import Unavailable

__all__ = ["HashGate"]

REFUSED = Counter(
    "jemeti_password_hashes_refused", "Password hashes refused because too many were waiting.", registry=None
)

P = ParamSpec("P")
T = TypeVar("T")


class HashGate:
    """Runs work on at most `in_flight` threads of its own; `waiting` callers may wait for up to `patience` seconds.

    Threads of its own rather than a semaphore: malloc keeps one arena per thread that ever hashed, and 64 callers
    behind a semaphore of 4 left the process 400 MiB larger, behind 4 threads 150 MiB, at the same speed.
    Source: safety B9.
    """

    def __init__(self, in_flight: int = 4, waiting: int = 256, patience: float = 5.0) -> None:
        self._in_flight = in_flight
        self._room = in_flight + waiting
        self._patience = patience
        self._lock = threading.Lock()
        self._inside = 0
        self._threads: ThreadPoolExecutor | None = None
        self._process = 0

    def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return what `work` returns. Raises Unavailable if too many wait already, or none of the threads came free."""
        task = self._submit(work, *args, **kwargs)
        try:
            return task.result(self._patience)
        except TimeoutError:
            # Work that has begun keeps its place until it ends; only what still waits can be called off.
            if not task.cancel() and task.done():
                return task.result()
            raise _refusal() from None

    def _submit(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        with self._lock:
            if self._inside >= self._room:
                raise _refusal()
            if self._threads is None or self._process != os.getpid():
                # A fork copies the executor but not its threads.
                self._process = os.getpid()
                self._threads = ThreadPoolExecutor(self._in_flight, thread_name_prefix="password-hash")
                self._inside = 0
            task = self._threads.submit(work, *args, **kwargs)
            self._inside += 1
        task.add_done_callback(self._leave)
        return task

    def _leave(self, task: Future[T]) -> None:
        with self._lock:
            self._inside -= 1


def _refusal() -> Unavailable:
    REFUSED.inc()
    return Unavailable("Too many log-ins at once. Try again in a moment.", retry_after=2)
