"""A platform as in production, in a database of its own, with twin workspaces in it."""

from collections.abc import Iterator
from typing import Any

import pytest

from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform
from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database, DatabaseServer
from jemeti_platform.testing.plugin import worker
from jemeti_platform.testing.sweep import Prepared


@pytest.fixture(scope="session")
def own_database(database_server: DatabaseServer, settings: dict[str, str]) -> Iterator[Database]:
    template = database_server.template(Platform(settings, KERNEL).manifests)
    database = database_server.clone(template, f"isolation_{worker()}")
    yield database
    database_server.drop(database)


@pytest.fixture(scope="session")
def production(own_database: Database, settings: dict[str, str]) -> Iterator[Any]:
    """Without what only development has: a page of all mails, for one."""
    with booted({**settings, "jemeti.environment": "production"}, own_database) as app:
        yield app


@pytest.fixture(scope="session")
def prepared(production: Any, own_database: Database) -> Prepared:
    return Prepared(production, own_database)
