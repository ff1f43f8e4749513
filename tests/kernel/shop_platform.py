"""Two applications on one database, with the plugins of ``tests/shop``: what two server processes are to each other."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform import main
from jemeti_platform.admin import plans
from jemeti_platform.platform import Platform
from jemeti_platform.rest.conformance import Conformance
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import Login, TestWorkspace, admin_login, make_workspace, platform_work

FOLDER = str(Path(__file__).parent.parent / "shop")
BASIC = {"shop.core": "on", "stock": "on"}
FULL = {"shop": "on", "stock": "on"}


class CheckedApi(Api):
    """A client that holds every answer against the application's own OpenAPI document."""

    def request(self, method: str, path: str, body: Any = None, **more: Any) -> Reply:
        reply = super().request(method, path, body, **more)
        _conformance(self.app).check(method, path, reply.status, reply.headers, reply.body)
        return reply


@cache
def _conformance(app: Any) -> Conformance:
    return Conformance(app.registry.published.whole.document)


@dataclass(frozen=True)
class Shop:
    """One application. ``api`` asks it in a workspace's name, ``admin`` as a platform administrator."""

    app: Any

    @cached_property
    def administrator(self) -> Login:
        return admin_login(self.platform, self.tokens)

    @property
    def platform(self) -> Platform:
        found: Platform = self.app.registry.platform
        return found

    @property
    def tokens(self) -> Any:
        return self.app.registry.security_policy.tokens

    @property
    def admin(self) -> Api:
        return CheckedApi(self.app, "localhost", login=self.administrator)

    def api(self, workspace: TestWorkspace) -> Api:
        return CheckedApi(self.app, f"{workspace.slug}.localhost", workspace, workspace.login())

    def workspace(self, plan: str = "shop-full", country: str = "DE") -> TestWorkspace:
        return make_workspace(self.platform, self.tokens, plan=plan, country=country)


@pytest.fixture(name="shop", scope="session")
def first_shop(database: Database, settings: dict[str, str]) -> Iterator[Shop]:
    """An application with the plans ``shop-none``, ``shop-basic`` and ``shop-full``."""
    for shop in _boot(database, settings):
        with platform_work(shop.platform) as work:
            for n, (slug, features) in enumerate((("shop-none", {}), ("shop-basic", BASIC), ("shop-full", FULL))):
                plans.save(work, plans.Plan(slug, slug, position=100 + n, features=features))
        yield shop


@pytest.fixture(name="twin", scope="session")
def second_shop(shop: Shop, database: Database, settings: dict[str, str]) -> Iterator[Shop]:
    """Another application on the same database, which hears of the first one's changes from the database alone."""
    yield from _boot(database, settings)


def _boot(database: Database, settings: dict[str, str]) -> Iterator[Shop]:
    # on the path only while plugins are looked for: no other application of this run shall find these
    sys.path.insert(0, FOLDER)
    try:
        app = main({}, **{**settings, **database.settings, "jemeti.plugins": "shop stock"})
    finally:
        sys.path.remove(FOLDER)
    yield Shop(app)
    for engine in app.registry.platform.engines.values():
        engine.dispose()
