"""A worker: fetches jobs and runs them in threads until it is told to stop, and then ends what has begun."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING

import structlog
from procrastinate.worker import Worker

from .application import make_app
from .upkeep import keep_in_order

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["WorkerProcess", "in_background"]

log = structlog.get_logger("jemeti.worker")

GRACE_SECONDS = 25.0
"""How long jobs that have begun may take to end."""
_AGAIN_SECONDS = 3.0


class WorkerProcess:
    """Works off the queue in the thread that calls ``run``, with at most ``concurrency`` jobs at a time.

    ``queues`` are the names of those it takes jobs from, all without any. ``heartbeat`` are the seconds between two
    signs of life; a worker that gives none for three times as long is dead to the others.
    """

    def __init__(
        self, platform: Platform, *, concurrency: int = 4, queues: Sequence[str] = (), heartbeat: float = 10.0
    ) -> None:
        self._platform = platform
        self._concurrency = concurrency
        self._queues = list(queues) or None
        self._heartbeat = heartbeat
        self._stopping = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._worker: Worker | None = None

    def run(self) -> None:
        """Work until ``stop`` is called, whatever becomes of the database meanwhile."""
        asyncio.run(self._run())

    def stop(self) -> None:
        """Take no more jobs and end when those that have begun are done. From any thread, or a signal handler."""
        self._stopping.set()
        if self._loop is not None:
            with suppress(RuntimeError):  # the loop has just ended
                self._loop.call_soon_threadsafe(self._stop)

    def _stop(self) -> None:
        if self._worker is not None:
            self._worker.stop()  # type: ignore[no-untyped-call]  # procrastinate's

    async def _run(self) -> None:
        self._loop = asyncio.get_running_loop()
        with ThreadPoolExecutor(self._concurrency, "job") as threads:
            self._loop.set_default_executor(threads)
            while not self._stopping.is_set():
                try:
                    await self._work()
                except Exception as error:  # whatever ended it: jobs wait for a worker
                    cause = error.__cause__ or error
                    log.warning("the queue cannot be worked off", error=type(cause).__name__, exc_info=cause)
                if not self._stopping.is_set():
                    log.warning("the worker begins anew", seconds=_AGAIN_SECONDS)
                    await asyncio.sleep(_AGAIN_SECONDS)

    async def _work(self) -> None:
        app = make_app(self._platform)
        async with app.open_async():
            self._worker = worker = Worker(
                app,
                queues=self._queues,
                concurrency=self._concurrency,
                install_signal_handlers=False,
                shutdown_graceful_timeout=GRACE_SECONDS,
                update_heartbeat_interval=self._heartbeat,
                stalled_worker_timeout=3 * self._heartbeat,
            )
            order = asyncio.create_task(keep_in_order(app, silent=3 * self._heartbeat))
            try:
                if not self._stopping.is_set():
                    await worker.run()  # type: ignore[no-untyped-call]  # procrastinate's
            finally:
                self._worker = None
                order.cancel()
                with suppress(asyncio.CancelledError):
                    await order


@contextmanager
def in_background(platform: Platform) -> Iterator[None]:
    """A worker in a thread of this process, one job at a time, for development; stopped at the end."""
    worker = WorkerProcess(platform, concurrency=1)
    thread = threading.Thread(target=worker.run, name="worker", daemon=True)
    thread.start()
    try:
        yield
    finally:
        worker.stop()
        thread.join(GRACE_SECONDS)
