"""Databases for tests: one embedded server for a whole run, one migrated template, a clone for each process.

The processes of pytest-xdist share a folder; the first makes the server and the template, the last that
stops takes both away. Nothing is rolled back between tests: each makes workspaces of its own, and row
security keeps them apart.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

from .. import embedded
from ..db import bootstrap, migrate, roles
from ..manifest import Manifest

__all__ = ["Database", "DatabaseServer"]


_OLD = 3600
"""Seconds after which a run that left its folder is taken for dead."""


@dataclass(frozen=True, slots=True)
class Database:
    """One database of the test server, by name; ``url`` says how each role reaches it."""

    server: embedded.EmbeddedServer
    name: str

    def url(self, role: str) -> str:
        """The SQLAlchemy URL for ``jemeti_app`` or another role."""
        return self.server.url(role, self.name)

    @property
    def app_url(self) -> str:
        return self.url("jemeti_app")

    @property
    def platform_url(self) -> str:
        return self.url("jemeti_platform")

    @property
    def migrate_url(self) -> str:
        return self.url("jemeti_migrate")

    @property
    def settings(self) -> dict[str, str]:
        """The ini settings under which a platform works on this database."""
        return {
            "sqlalchemy.url": self.app_url,
            "jemeti.platform_url": self.platform_url,
            "jemeti.migrate_url": self.migrate_url,
        }

    def connect(self, role: str | None = None) -> psycopg.Connection[Any]:
        """A psycopg connection in autocommit, as ``role`` or as the superuser; the caller closes it."""
        url = self.url(role or self.server.superuser).replace("postgresql+psycopg", "postgresql")
        return psycopg.connect(url, autocommit=True)


class DatabaseServer:
    """The PostgreSQL of a test run; ``run`` is a word that all processes of the run share."""

    def __init__(self, run: str) -> None:
        self.folder = Path(tempfile.gettempdir()) / f"jemeti-tests-{run}"
        _clear_up_after_the_killed()
        with _alone(self.folder):
            self.server = embedded.start(
                self.folder, durable=False, settings={"autovacuum": "off", "max_connections": "400"}
            )

    def stop(self) -> None:
        """Give the server back; the last process deletes what it leaves."""
        with _alone(self.folder) as lock:
            try:
                self.server.remove()
            except embedded.EmbeddedError:
                return  # other processes of the run still use it
            shutil.rmtree(self.folder, ignore_errors=True)
            lock.unlink()

    def template(self, manifests: Mapping[str, Manifest]) -> str:
        """The name of a database with the migrations of the kernel and these plugins, made by whoever asks first."""
        words = " ".join(f"{m.package}:{m.version}" for m in manifests.values())
        name = "template_" + hashlib.sha256(words.encode()).hexdigest()[:12]
        with _alone(self.folder), self._admin() as admin:
            if admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
                making = f"{name}_{os.getpid()}"
                self._make(admin, Database(self.server, making), manifests)
                admin.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*map(sql.Identifier, (making, name))))
        return name

    def clone(self, template: str, name: str) -> Database:
        """A new database with everything that ``template`` has. Nobody may be connected to the template."""
        with _alone(self.folder), self._admin() as admin:
            roles.create_database(admin, name, template)
        return Database(self.server, name)

    def drop(self, database: Database) -> None:
        """Delete a database, whoever is still connected to it."""
        with self._admin() as admin:
            admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(database.name)))

    def _make(self, admin: psycopg.Connection[Any], database: Database, manifests: Mapping[str, Manifest]) -> None:
        roles.create_roles(admin)
        roles.create_database(admin, database.name)
        with database.connect() as inside:
            bootstrap.prepare(inside)
        migrate.upgrade(manifests, database.migrate_url)

    def _admin(self) -> psycopg.Connection[Any]:
        return Database(self.server, "postgres").connect()


def _clear_up_after_the_killed() -> None:
    """Stop the servers of runs that were killed an hour ago or longer, and delete what they have left."""
    for folder in Path(tempfile.gettempdir()).glob("jemeti-tests-*"):
        with suppress(OSError, embedded.EmbeddedError):
            if folder.is_dir() and time.time() - folder.stat().st_mtime > _OLD:
                embedded.start(folder, durable=False).remove()  # refused where somebody is still at it
                shutil.rmtree(folder)
                Path(f"{folder}.lock").unlink(missing_ok=True)


@contextmanager
def _alone(folder: Path) -> Iterator[Path]:
    # beside the folder, not in it: the last process deletes the folder while it holds the lock
    lock = Path(f"{folder}.lock")
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield lock
