"""The embedded database kept alive: nobody else would start it again."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from ..embedded import EmbeddedError, EmbeddedServer

__all__ = ["watched"]

log = structlog.get_logger("jemeti.database")

INTERVAL_SECONDS = 2.0


@contextmanager
def watched(server: EmbeddedServer) -> Iterator[None]:
    """Start the server again whenever it is found dead twice in a row; meanwhile requests are answered by 503."""
    over = threading.Event()
    thread = threading.Thread(target=_watch, args=(server, over), name="database-watch", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _watch(server: EmbeddedServer, over: threading.Event) -> None:
    was_alive = True
    while not over.wait(INTERVAL_SECONDS):
        alive = server.is_running()
        if not alive and not was_alive:
            log.warning("PostgreSQL has ended; starting it again")
            try:
                server.revive()
            except EmbeddedError as error:
                log.warning("PostgreSQL does not start", reason=str(error))
            else:
                alive = True
        was_alive = alive
