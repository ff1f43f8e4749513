"""The fixtures of the test kit. pytest finds them by itself wherever ``jemeti`` is installed.

A test gets a real PostgreSQL, the application as ``jemeti serve`` would run it, and workspaces of its
own. Which plugins are loaded is the ini option ``jemeti_plugins`` (``*`` without one), everything else the
fixture ``settings``, which a ``conftest.py`` may override.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest

from .defaults import DEFAULTS
from .deprecations import DeprecationReport

if TYPE_CHECKING:
    from ..platform import Platform
    from ..work import Work
    from .api import Api
    from .databases import Database, DatabaseServer
    from .jobs import RunJobs
    from .outside import Outside
    from .workspaces import Login, TestWorkspace

# Everything else is imported by the fixtures: pytest loads this module in every project that has `jemeti` installed.

# The contract's asserts are then explained as those of a test's own module are.
pytest.register_assert_rewrite("jemeti_platform.testing.contract", "jemeti_platform.testing.sweep")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addini("jemeti_plugins", "the plugins that the platform under test loads, by name; * for all", default="*")


def pytest_configure(config: pytest.Config) -> None:
    # before the project's own filters, which may make an error of it
    config.getini("filterwarnings").insert(0, "always::jemeti_platform.deprecation.PlatformDeprecation")
    config.pluginmanager.register(DeprecationReport(), "jemeti deprecations")


STARTED = pytest.StashKey[datetime]()
"""When a test began, its fixtures included."""


def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[STARTED] = datetime.now(UTC)


def worker() -> str:
    """The name of this process among those of pytest-xdist."""
    return os.environ.get("PYTEST_XDIST_WORKER", "main")


@pytest.fixture(scope="session")
def settings(request: pytest.FixtureRequest) -> dict[str, str]:
    """The ini settings of the platform under test; the database is added to them."""
    return {**DEFAULTS, "jemeti.plugins": request.config.getini("jemeti_plugins")}


@pytest.fixture(scope="session")
def database_server() -> Iterator[DatabaseServer]:
    """The embedded PostgreSQL of this run, shared by all its processes."""
    from .databases import DatabaseServer

    server = DatabaseServer(os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid()))
    yield server
    server.stop()


@pytest.fixture(scope="session")
def database(database_server: DatabaseServer, settings: dict[str, str]) -> Iterator[Database]:
    """This process's database, with the migrations of the kernel and the loaded plugins."""
    from ..kernel import KERNEL
    from ..platform import Platform

    template = database_server.template(Platform(settings, KERNEL).manifests)
    database = database_server.clone(template, f"jemeti_{worker()}")
    yield database
    database_server.drop(database)


@pytest.fixture(scope="session")
def app(database: Database, settings: dict[str, str]) -> Iterator[Any]:
    """The WSGI application."""
    from .apps import booted

    with booted(settings, database) as app:
        yield app


@pytest.fixture(scope="session")
def platform(app: Any) -> Platform:
    """The platform of the application: its plugins, features and engines."""
    found: Platform = app.registry.platform
    return found


@pytest.fixture(scope="session")
def new_tenant(app: Any) -> Callable[..., TestWorkspace]:
    """Makes one more workspace: ``new_tenant(plan="starter", country="BD", timezone="Asia/Dhaka")``.

    Where no time zone is named it is noon there, whenever the tests run.
    """
    from .workspaces import make_workspace

    def make(**wishes: Any) -> TestWorkspace:
        return make_workspace(app.registry.platform, app.registry.security_policy.tokens, **wishes)

    return make


@pytest.fixture
def tenant(new_tenant: Callable[..., TestWorkspace]) -> TestWorkspace:
    """A fresh workspace on the plan ``enterprise``, which has every feature."""
    return new_tenant()


@pytest.fixture
def other_tenant(new_tenant: Callable[..., TestWorkspace]) -> TestWorkspace:
    """Another fresh workspace."""
    return new_tenant()


@pytest.fixture
def work(tenant: TestWorkspace) -> Iterator[Work]:
    """The system at work in ``tenant``, in a transaction that is undone when the test ends.

    Its deferred constraints are checked before. To keep what is written, so that ``api`` sees it, use
    ``with tenant.work() as work``.
    """
    from psycopg.pq import TransactionStatus
    from transaction import TransactionManager

    manager = TransactionManager(explicit=True)
    manager.begin()
    work = tenant.working(manager)
    try:
        work.open()
        yield work
        if work.transaction.connection.pgconn.transaction_status == TransactionStatus.INTRANS:
            work.check_constraints()
    finally:
        manager.abort()


@pytest.fixture(scope="session")
def admin(app: Any) -> Callable[[], Login]:
    """Logs in a platform administrator, the same one every time."""
    from functools import cache

    from .workspaces import admin_login

    return cache(lambda: admin_login(app.registry.platform, app.registry.security_policy.tokens))


@pytest.fixture(scope="session")
def api_of(app: Any, admin: Callable[[], Login]) -> Callable[[TestWorkspace], Api]:
    """A client as the owner of any workspace: ``api_of(other_tenant)``."""
    from .api import Api

    def of(workspace: TestWorkspace) -> Api:
        return Api(app, f"{workspace.slug}.{app.registry.domain}", workspace, workspace.login(), admin)

    return of


@pytest.fixture
def api(tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]) -> Api:
    """A client as the owner of ``tenant``; ``api.as_role("viewer")`` or ``api.anonymous`` are others."""
    return api_of(tenant)


@pytest.fixture
def run_jobs(request: pytest.FixtureRequest, platform: Platform) -> RunJobs:
    """Runs the jobs that are due, in this process: ``ran = run_jobs()``; what a task raises is raised by it."""
    from .jobs import RunJobs

    return RunJobs(platform, request.node.stash[STARTED])


@pytest.fixture
def outside(platform: Platform) -> Iterator[Outside]:
    """The servers of others: what plugins ask of them is kept in ``outside.sent``, and answered as the test says."""
    from ..egress import Egress
    from .outside import Outside

    usual = platform.part(Egress)
    outside = Outside(usual.guard)
    platform.parts[Egress] = outside.egress
    yield outside
    platform.parts[Egress] = usual
