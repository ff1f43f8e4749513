"""The database a command works with: the server that the ini names, or the embedded one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

from .. import embedded
from ..db import bootstrap, roles
from ..db.engine import libpq
from ..platform import BootError
from .watch import watched

__all__ = ["DATABASE", "LOGINS", "Admin", "libpq", "open_database", "prepare_database"]

DATABASE = "jemeti"
LOGINS = {
    "jemeti_app": "sqlalchemy.url",
    "jemeti_platform": "jemeti.platform_url",
    "jemeti_migrate": "jemeti.migrate_url",
    "jemeti_backup": None,
}
"""The roles that log in, and the setting that holds their URL."""

Admin = psycopg.Connection[Any]


@contextmanager
def open_database(settings: Mapping[str, str], data: str | None = None) -> Iterator[dict[str, str]]:
    """The settings, with the three URLs of the embedded server where they name no database.

    The embedded server is claimed meanwhile, started if need be, and has roles and database. ``data`` stands in for
    ``jemeti.data``. Raises BootError, and EmbeddedError where the server cannot be had.
    """
    if settings.get("sqlalchemy.url", "").strip():
        yield dict(settings)
        return
    production = settings.get("jemeti.environment", "production") != "development"
    if production and settings.get("jemeti.allow_embedded", "false").strip() != "true":
        raise BootError(
            "sqlalchemy.url is not set. Production runs on a PostgreSQL server of its own; "
            "to use the embedded one nevertheless, set jemeti.allow_embedded = true"
        )
    with embedded.start(Path(data or settings.get("jemeti.data", "").strip() or "var")) as server:

        def connect(database: str) -> Admin:
            return psycopg.connect(libpq(server.url(server.superuser, database)), autocommit=True)

        prepare_database(connect, DATABASE)
        urls = {key: server.url(role, DATABASE) for role, key in LOGINS.items() if key}
        with watched(server):
            yield {**settings, **urls}


def prepare_database(connect: Callable[[str], Admin], name: str, passwords: Mapping[str, str] | None = None) -> bool:
    """Make roles and database where they are missing and prepare the database; tell whether it was made now.

    ``connect(database)`` opens an administrator's connection in autocommit. Safe to repeat. Raises BootstrapRefused.
    """
    with connect("postgres") as admin:
        if admin.info.server_version < bootstrap.MINIMUM_SERVER:
            embedded.check_version(admin.info.server_version)
        roles.create_roles(admin, passwords)
        made = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,)).fetchone() is None
        if made:
            try:
                roles.create_database(admin, name)
            except psycopg.errors.DuplicateDatabase:
                made = False
    with connect(name) as admin:
        bootstrap.prepare(admin)
    return made
