"""Applications for tests: booted, with plans, and gone in the end without a connection left behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from .. import main
from .databases import Database
from .logs import only_warnings
from .network import seclude
from .workspaces import make_plans

__all__ = ["booted"]


@contextmanager
def booted(settings: Mapping[str, str], database: Database, log: Callable[[], None] = only_warnings) -> Iterator[Any]:
    """The WSGI application under these settings on this database, which must have been migrated for its plugins.

    ``log`` says what is printed of the log.
    """
    log()
    app = main({}, **{**settings, **database.settings})
    seclude(app.registry.platform)
    make_plans(app.registry.platform)
    try:
        yield app
    finally:
        for engine in app.registry.platform.engines.values():
            engine.dispose()
