"""The database that the migrations make, the kernel's and every plugin's, breaks no rule of the catalogue."""

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from jemeti_platform.db.catalogue import lint
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.sweep.catalogue import DEFINERS, GLOBAL_TABLES


def test_the_migrated_database_breaks_no_rule(database: Database) -> None:
    engine = create_engine(database.app_url, poolclass=NullPool)
    with engine.connect() as connection:
        found = lint(connection, global_tables=GLOBAL_TABLES, definers=DEFINERS)
    assert found == []
