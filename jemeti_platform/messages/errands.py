"""What is done after the answer has been given: nobody waits for it, and how long it takes tells nobody anything.

One thread, a bounded queue, no second try: what must not be lost is an outbox row, not an errand.
"""

from __future__ import annotations

import atexit
import os
import queue
import threading
import time
from collections.abc import Callable

import structlog

__all__ = ["Errands"]

log = structlog.get_logger("jemeti.errands")

Errand = Callable[[], object]

_MOST_WAITING = 1000
_FAREWELL = 10.0
"""Seconds that a process which ends gives to errands that are still waiting."""


class Errands:
    """Runs errands one after the other. An errand that fails is logged, and the next one runs."""

    def __init__(self, most_waiting: int = _MOST_WAITING) -> None:
        self._waiting: queue.Queue[Errand] = queue.Queue(most_waiting)
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._process = 0

    def run(self, errand: Errand) -> None:
        """Have an errand run soon. With too many waiting it is dropped, and the log says so."""
        try:
            self._waiting.put_nowait(errand)
        except queue.Full:
            log.warning("errand dropped: too many are waiting", waiting=self._waiting.qsize())
            return
        with self._lock:
            if self._thread is None or self._process != os.getpid():  # a fork does not copy threads
                self._process = os.getpid()
                self._thread = threading.Thread(target=self._work, name="errands", daemon=True)
                self._thread.start()
                atexit.register(self.wait, _FAREWELL)

    def wait(self, seconds: float = 10.0) -> bool:
        """Wait until nothing is left to do; False when time ran out."""
        until = time.monotonic() + seconds
        while self._waiting.unfinished_tasks:
            if time.monotonic() >= until:
                return False
            time.sleep(0.002)
        return True

    def _work(self) -> None:
        while True:
            errand = self._waiting.get()
            try:
                errand()
            except Exception:
                log.exception("errand failed")  # whatever it was, the next one must run
            finally:
                self._waiting.task_done()
