"""A database made by the bootstrap, the kernel's functions and a few tenant tables, for the tests of those.

On the embedded server, or on the one whose superuser JEMETI_TEST_SERVER names (postgresql://…).
"""

import os
import shutil
import tempfile
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest
from alembic.migration import MigrationContext
from alembic.operations import Operations
from sqlalchemy import (
    URL,
    CheckConstraint,
    Column,
    Connection,
    DateTime,
    MetaData,
    Numeric,
    Text,
    Uuid,
    create_engine,
    make_url,
    text,
)
from sqlalchemy.pool import NullPool

from jemeti_platform import embedded
from jemeti_platform.db.audit import create_audit_log
from jemeti_platform.db.base import NAMING, uuid7
from jemeti_platform.db.bootstrap import bootstrap
from jemeti_platform.db.functions import INSTALL
from jemeti_platform.db.rls import create_tenant_table
from jemeti_platform.db.roles import create_database, create_roles
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique

GLOBAL_TABLES = frozenset({"tenants"})


@dataclass(frozen=True)
class Database:
    """A database and how to reach it as any role; ``a`` and ``b`` are two workspaces."""

    admin_url: URL
    a: UUID
    b: UUID

    def url(self, role: str) -> URL:
        return self.admin_url.set(username=role)

    def connect(self, role: str, **options: Any) -> AbstractContextManager[psycopg.Connection[Any]]:
        return connect(self.url(role), **options)


_started: list[tuple[embedded.EmbeddedServer, Path]] = []


@pytest.fixture(name="database", scope="session")
def made_database() -> Database:
    """A database with the tables of `create_tables` and two workspaces; one for all modules that import this."""
    return _make()


@cache
def server_url() -> URL:
    """The superuser's URL of a server; one that is started here ends with the tests, by ``end_server``."""
    if named := os.environ.get("JEMETI_TEST_SERVER"):
        return make_url(named).set(drivername="postgresql+psycopg")
    folder = Path(tempfile.mkdtemp(prefix="jemeti-test-"))
    server = embedded.start(folder / "data", durable=False)
    _started.append((server, folder))
    return make_url(server.url(server.superuser, "postgres"))


def end_server() -> None:
    """End what ``server_url`` has started. Processes of parallel tests run no exit handlers."""
    while _started:
        server, folder = _started.pop()
        server.remove()
        shutil.rmtree(folder, ignore_errors=True)


def fresh_name(purpose: str) -> str:
    """A database name that no other worker uses."""
    return f"{purpose}_{os.environ.get('PYTEST_XDIST_WORKER', 'one')}"


@cache
def _make() -> Database:
    name = fresh_name("catalogue")
    with connect(server_url()) as admin:
        create_roles(admin)
        admin.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        create_database(admin, name)
    url = server_url().set(database=name)
    with connect(url) as admin:
        bootstrap(admin)
    migrate(url, create_tables)
    a, b = uuid7(), uuid7()
    with connect(url) as admin:
        admin.execute("INSERT INTO tenants (id) VALUES (%s), (%s)", (a, b))
    return Database(url, a, b)


def connect(url: URL, **options: Any) -> AbstractContextManager[psycopg.Connection[Any]]:
    """A psycopg connection, in autocommit unless told otherwise."""
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    return psycopg.connect(plain, **{"autocommit": True, **options})


def migrate(url: URL, *steps: Any) -> None:
    """Run functions that use ``alembic.op``, as migrations are run."""
    engine = create_engine(url.set(username="jemeti_migrate"), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(text("SET ROLE jemeti_owner"))
        with operations(connection):
            for step in steps:
                step()
    engine.dispose()


def operations(connection: Connection, metadata: MetaData | None = None) -> AbstractContextManager[Any]:
    """The context in which ``alembic.op`` works."""
    return Operations.context(migration_context(connection, metadata))


def migration_context(connection: Connection, metadata: MetaData | None = None) -> MigrationContext:
    return MigrationContext.configure(
        connection, opts={"target_metadata": metadata or MetaData(naming_convention=NAMING)}
    )


def create_tables() -> None:
    """What a kernel's and a plugin's first migration do."""
    from alembic import op

    for statement in INSTALL:
        op.execute(text(statement.replace(":", "\\:")))
    op.create_table("tenants", Column("id", Uuid, primary_key=True))
    op.execute(text("GRANT SELECT, INSERT, UPDATE, DELETE ON tenants TO jemeti_platform"))
    create_audit_log()
    create_tenant_table(
        "customers",
        Column("name", Text, nullable=False),
        Column("email", Text),
        Column("phone", Text),
        Column("balance", Numeric(18, 4), nullable=False, server_default=text("0")),
        Column("archived_at", DateTime(timezone=True)),
        Unique("email", where="archived_at IS NULL"),
        Indexed("name"),
        Search("name", "phone"),
        CheckConstraint("balance <> 'NaN'", name="balance_is_a_number"),
    )
    create_tenant_table(
        "vehicles",
        Column("customer_id", Uuid, nullable=False),
        Column("plate_key", Text, nullable=False),
        Unique("plate_key"),
        Reference("customer_id", "customers", ondelete="CASCADE"),
    )
    create_tenant_table(
        "readings",
        Column("vehicle_id", Uuid, nullable=False),
        Column("kilometres", Numeric(12, 1), nullable=False),
        Reference("vehicle_id", "vehicles", ondelete="CASCADE"),
        stamps=False,
        grants="select insert",
    )
