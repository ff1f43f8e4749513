"""An application with the plugin of ``tests/garage``, in a database of its own."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform.kernel import KERNEL
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database, DatabaseServer
from jemeti_platform.testing.plugin import worker
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace

FOLDER = str(Path(__file__).parent.parent / "garage")


class Garage:
    """The application and its database; ``workspace`` makes one, ``api`` asks in its owner's name."""

    def __init__(self, app: Any, database: Database) -> None:
        self.app, self.database = app, database
        self.platform: Platform = app.registry.platform

    def workspace(self, timezone: str | None = None) -> TestWorkspace:
        return make_workspace(self.platform, self.app.registry.security_policy.tokens, timezone=timezone)

    def api(self, workspace: TestWorkspace) -> Api:
        return Api(self.app, f"{workspace.slug}.localhost", workspace, workspace.login())


@pytest.fixture(name="garage", scope="session")
def bicycle_garage(database_server: DatabaseServer, settings: dict[str, str]) -> Iterator[Garage]:
    own = {**settings, "jemeti.plugins": "garage", "jemeti.pool_size": "24"}
    # on the path only while plugins are looked for: no other application of this run shall find it
    sys.path.insert(0, FOLDER)
    try:
        template = database_server.template(Platform(own, KERNEL).manifests)
        database = database_server.clone(template, f"garage_{worker()}")
        with booted(own, database) as app:
            sys.path.remove(FOLDER)
            yield Garage(app, database)
        database_server.drop(database)
    finally:
        if FOLDER in sys.path:
            sys.path.remove(FOLDER)


@pytest.fixture(name="here")
def workspace_with_garage(garage: Garage) -> TestWorkspace:
    """A fresh workspace with the garage on."""
    return garage.workspace()


@pytest.fixture(name="client")
def client_of_garage(garage: Garage, here: TestWorkspace) -> Api:
    """A client as the owner of ``here``."""
    return garage.api(here)
