"""Applications with settings of their own, for tests of what the settings say; and the bicycle garage."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jemeti_platform import main
from jemeti_platform.testing.databases import Database

from .catalogue_database import end_server
from .garage_platform import bicycle_garage  # noqa: F401 (a fixture that modules share)


@pytest.fixture
def new_app(settings: dict[str, str], database: Database, app: Any) -> Iterator[Callable[..., Any]]:
    """Makes another application on the same database, with some settings of its own (underscores stand for dots)."""
    made = []

    def make(**own: str) -> Any:
        given = {"jemeti." + name.replace("__", "."): value for name, value in own.items()}
        made.append(main({}, **{**settings, **database.settings, **given}))
        return made[-1]

    yield make
    for one in made:
        for engine in one.registry.platform.engines.values():
            engine.dispose()


def pytest_sessionfinish() -> None:
    end_server()
