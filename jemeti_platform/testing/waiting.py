"""Waiting for what others do: never for a fixed time, which a busy machine may need twice."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any, TypeVar

from .databases import Database

__all__ = ["LONG", "wait_until", "wait_until_blocked"]

T = TypeVar("T")

LONG = 120.0
"""Seconds that nothing a test waits for takes, however busy the machine is."""

_BLOCKED = "SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"


def wait_until(ask: Callable[[], T], seconds: float = LONG) -> T:
    """Ask again and again; returns the first answer that is true.

    Raises AssertionError when ``seconds`` were not enough.
    """
    deadline = time.monotonic() + seconds
    while not (answer := ask()):
        assert time.monotonic() < deadline, f"in vain for {seconds:.0f} s"
        time.sleep(0.01)
    return answer


def wait_until_blocked(database: Database, unless: Callable[[], Any] = bool) -> None:
    """Returns when a session of this database waits for a lock that another one holds.

    ``unless`` says that nobody will, as in the negative control of a race: then it returns as well.
    """
    with database.connect() as superuser:
        wait_until(lambda: unless() or superuser.execute(_BLOCKED).fetchone())
