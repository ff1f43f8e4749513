"""The database that the migrations make, the kernel's and every plugin's, breaks no rule of the catalogue."""

from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from jemeti_platform.db import functions
from jemeti_platform.db.catalogue import lint
from jemeti_platform.tenancy import functions as tenancy
from jemeti_platform.testing.databases import Database

GLOBAL_TABLES = frozenset(
    {
        "alembic_version",
        "kill_switches",
        "plans",
        "platform_admins",
        "platform_audit_log",
        "platform_idempotency_keys",
        "platform_sessions",
        "platform_state",
        "tenants",
    }
)


def test_the_migrated_database_breaks_no_rule(database: Database) -> None:
    engine = create_engine(database.app_url, poolclass=NullPool)
    with engine.connect() as connection:
        found = lint(connection, global_tables=GLOBAL_TABLES, definers=functions.DEFINERS | tenancy.DEFINERS)
    assert found == []
