"""Where a plugin is tried: a scratch database and a platform with the plugin, what it requires, and nothing else.

Everything is made when a check first asks for it, so that a check of imports needs no database.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import cached_property
from typing import Any, Self

from ...db import migrate
from ...deprecation import Use, collected
from ...kernel import KERNEL
from ...manifest import Manifest
from ...platform import BootError, Platform, installed_plugins
from ...rest.service import View
from ..api import Api
from ..apps import booted
from ..databases import Database, DatabaseServer
from ..defaults import DEFAULTS
from ..logs import silent
from ..sweep import Prepared
from ..sweep.questions import Route, routes
from ..workspaces import TestWorkspace, make_workspace
from .schema import Schema, read_schema
from .subject import Subject

__all__ = ["NotPossible", "Stage"]

_ASKED_BY_THE_KERNEL = ("/v1/search", "/v1/dashboard")
"""Routes of the kernel that show what plugins say."""


class NotPossible(Exception):
    """A check cannot look, for a reason that another check reports."""


class Stage:
    """As a context manager: in the end the server, its databases and its applications are gone."""

    def __init__(self, subject: Subject) -> None:
        self.subject = subject
        self._ends = ExitStack()
        self._broken: dict[str, str] = {}
        self.uses: list[Use] = []

    def __enter__(self) -> Self:
        self.uses = self._ends.enter_context(collected())
        return self

    def __exit__(self, *exc: object) -> None:
        self._ends.close()

    # -- the plugin loaded ------------------------------------------------------------------------

    def load(self) -> Platform:
        """The platform with the plugin and what it requires. Raises BootError for what is wrong with it."""
        return Platform(self._settings(self._closure()), KERNEL)

    @cached_property
    def platform(self) -> Platform:
        found: Platform = self._once("loads", self.load)
        return found

    @property
    def manifest(self) -> Manifest:
        return self.platform.manifests[self.subject.name]

    @property
    def required(self) -> dict[str, Manifest]:
        return {name: m for name, m in self.platform.manifests.items() if name != self.subject.name}

    # -- in a database ----------------------------------------------------------------------------

    @cached_property
    def server(self) -> DatabaseServer:
        server = DatabaseServer(f"check-{os.getpid()}")
        self._ends.callback(server.stop)
        return server

    def clone(self, name: str) -> Database:
        """A new database with the migrations of the kernel and of what is required, not yet the plugin's."""
        return self.server.clone(self.server.template(self.required), name)

    @cached_property
    def schema_before(self) -> Schema:
        """What is in the database before the plugin's migrations."""
        database = self.clone("before")
        return read_schema(database)

    @cached_property
    def database(self) -> Database:
        """With the plugin's migrations."""

        def make() -> Database:
            database = self.clone("checked")
            migrate.upgrade(self.platform.manifests, database.migrate_url)
            return database

        found: Database = self._once("migrations", make)
        return found

    @cached_property
    def schema(self) -> Schema:
        return read_schema(self.database)

    @property
    def tables(self) -> list[str]:
        """The tables that the plugin's migrations have made, by name."""
        return sorted(self.schema.tables - self.schema_before.tables)

    # -- running ----------------------------------------------------------------------------------

    def boot(self) -> Any:
        """The application; everything but the plugin is as in production. Raises BootError."""
        return self._ends.enter_context(booted(self._settings(list(self.platform.manifests)), self.database, silent))

    @cached_property
    def app(self) -> Any:
        return self._once("boots", self.boot)

    @cached_property
    def app_without(self) -> Any:
        """The same without the plugin, on a database of its own."""
        return self._ends.enter_context(booted(self._settings(list(self.required)), self.clone("without"), silent))

    @contextmanager
    def booted_once(self, *, plugin: bool) -> Iterator[Any]:
        """An application that is booted and closed again."""
        names = list(self.platform.manifests) if plugin else list(self.required)
        with booted(self._settings(names), self.database, silent) as app:
            yield app

    @property
    def routes(self) -> list[Route]:
        """The plugin's own routes."""
        mine = self.paths
        return [route for route in routes(self.app) if route.service.full_path in mine]

    @property
    def paths(self) -> frozenset[str]:
        services = self.app.registry.services.items()
        return frozenset(path for path, (owner, _) in services if owner == self.subject.name)

    def where(self, view: View) -> str:
        """Where a view is written."""
        return self.subject.place(view.where)

    def workspace(self) -> TestWorkspace:
        """A new workspace that has every feature."""
        return make_workspace(self.app.registry.platform, self.app.registry.security_policy.tokens)

    def api(self, workspace: TestWorkspace) -> Api:
        """A client as the workspace's owner."""
        return Api(self.app, f"{workspace.slug}.{self.app.registry.domain}", workspace, workspace.login())

    @cached_property
    def prepared(self) -> Prepared:
        """Twin workspaces with records in them, and what is asked about the plugin's routes."""
        return Prepared(self.app, self.database, {*self.paths, *_ASKED_BY_THE_KERNEL})

    # ---------------------------------------------------------------------------------------------

    def _once(self, check: str, make: Callable[[], Any]) -> Any:
        """Make it; if that fails, say to all who ask that this is what ``check`` reports."""
        if check in self._broken:
            raise NotPossible(self._broken[check])
        try:
            return make()
        except Exception:
            self._broken[check] = f"The check {check!r} must pass first."
            raise

    def _closure(self) -> list[str]:
        """The plugin and whatever it requires, as far as one can know before all is loaded."""
        points, names, waiting = installed_plugins(), [], [self.subject.name]
        while waiting:
            name = waiting.pop()
            if name in names:
                continue
            names.append(name)
            if name not in points:
                raise BootError(f"{self.subject.name!r} requires {name!r}, which is not installed here; install it")
            with suppress(Exception):  # a plugin may raise anything; the platform says what, and where
                make = getattr(points[name].load(), "jemeti_manifest", None)
                waiting += make().requires if make is not None else ()
        return names

    def _settings(self, plugins: list[str]) -> dict[str, str]:
        # the kernel alone where there is nothing else: an empty list of plugins loads none
        return {**DEFAULTS, "jemeti.environment": "production", "jemeti.plugins": " ".join(plugins)}
