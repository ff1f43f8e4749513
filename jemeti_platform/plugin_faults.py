"""Whose fault it was: what a plugin's code does wrong is told by log and metric in its name.

A refusal is no fault, nor is what the database does to anybody: a deadlock, a lost connection. Of code that calls other
code, a listener that emits an event, only the innermost is blamed.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError

from .db.refusals import refusal_of
from .errors import InternalError, PlatformError

__all__ = ["JUNK", "SLOW", "Junk", "PluginFaults", "blamed_on", "name_of", "reason_of"]

log = structlog.get_logger("jemeti.plugins")

JUNK, SLOW = "junk", "slow"
_BLAMED = "_jemeti_blamed"


class Junk(Exception):
    """A plugin has answered what its hook does not promise."""


class PluginFaults:
    """What plugins did wrong since the process started, counted as ``jemeti_plugin_faults_total``.

    Its labels are ``plugin``; ``kind``: ``hook``, ``listener``, ``task``, ``periodic``, ``message``, ``view`` or
    ``port``; ``name``: which one; ``reason``: the exception's class, ``slow`` or ``junk``.
    """

    def __init__(self, metrics: CollectorRegistry) -> None:
        self._count = Counter(
            "jemeti_plugin_faults",
            "What plugins did wrong: raised, took too long, answered junk",
            ("plugin", "kind", "name", "reason"),
            registry=metrics,
        )

    @contextmanager
    def of(self, plugin: str, kind: str, name: str, **facts: Any) -> Iterator[None]:
        """Whatever is raised inside is the fault of this plugin, and goes on."""
        try:
            yield
        except Exception as error:
            self.blame(plugin, kind, name, error, **facts)
            raise

    def blame(self, plugin: str, kind: str, name: str, error: Exception, **facts: Any) -> None:
        """Tell of an error by log and metric, unless it is no fault or has been told of."""
        reason = reason_of(error)
        if reason is None or blamed_on(error) is not None:
            return
        vars(error)[_BLAMED] = plugin
        self.tell(plugin, kind, name, reason, log_level="error", exc_info=error, **facts)

    def tell(self, plugin: str, kind: str, name: str, reason: str, *, log_level: str = "warning", **facts: Any) -> None:
        """Tell of what has gone wrong by log and metric."""
        self._count.labels(plugin, kind, name, reason).inc()
        said = {key: value for key, value in facts.items() if value is not None}
        getattr(log, log_level)(
            f"a plugin's {kind} is slow" if reason == SLOW else f"a plugin's {kind} failed",
            **{"plugin": plugin, kind: name, "reason": reason, **said},
        )


def reason_of(error: BaseException) -> str | None:
    """The word by which a fault is counted; None for what is none."""
    if isinstance(error, PlatformError):
        return type(error).__name__ if isinstance(error, InternalError) else None
    if isinstance(error, Junk):
        return JUNK
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, pg.QueryCanceled | pg.LockNotAvailable | pg.IdleInTransactionSessionTimeout):
        return SLOW
    return type(cause).__name__ if refusal_of(error) is None else None


def blamed_on(error: BaseException | None) -> str | None:
    """The plugin that an error, or what it was made of, has been blamed on."""
    while error is not None:
        if (plugin := vars(error).get(_BLAMED)) is not None:
            return str(plugin)
        error = error.__cause__
    return None


def name_of(function: Any) -> str:
    """A function as one finds it: ``tyre_hotel.services:book``."""
    function = getattr(function, "func", function)  # of a partial
    name = getattr(function, "__qualname__", type(function).__qualname__)
    return f"{getattr(function, '__module__', '')}:{name}"
