"""An embedded server for one command, with an empty database that is gone afterwards."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg

from .. import embedded
from .database import DATABASE, Admin, libpq, prepare_database

__all__ = ["scratch_database"]


@contextmanager
def scratch_database() -> Iterator[tuple[str, Callable[[], Admin]]]:
    """The URL by which `jemeti_migrate` logs in to a database without tables, and what connects its superuser."""
    with tempfile.TemporaryDirectory(prefix="jemeti-migrate-") as folder:
        Path(folder).chmod(0o755)
        server = embedded.start(Path(folder), durable=False)

        def connect(database: str = DATABASE) -> Admin:
            return psycopg.connect(libpq(server.url(server.superuser, database)), autocommit=True)

        try:
            prepare_database(connect, DATABASE)
            yield server.url("jemeti_migrate", DATABASE), connect
        finally:
            server.remove()
