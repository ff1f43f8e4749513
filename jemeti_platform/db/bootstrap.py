"""What a database needs before its first migration: schemas, extensions, and the rights that new tables begin with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, LiteralString

import psycopg
from psycopg import sql

from .roles import BootstrapRefused, create_roles, secure

__all__ = ["EXTENSIONS", "MINIMUM_SERVER", "bootstrap", "prepare"]

MINIMUM_SERVER = 150000
EXTENSIONS = ("pg_trgm", "btree_gin", "btree_gist")

_SCHEMAS = """
CREATE SCHEMA IF NOT EXISTS jemeti AUTHORIZATION jemeti_owner;
CREATE SCHEMA IF NOT EXISTS extensions AUTHORIZATION jemeti_owner;
ALTER SCHEMA public OWNER TO jemeti_owner;
REVOKE ALL ON SCHEMA public, jemeti, extensions FROM PUBLIC;
GRANT USAGE ON SCHEMA public, jemeti, extensions
    TO jemeti_migrate, jemeti_app, jemeti_platform, jemeti_backup, jemeti_search;
"""

# A function is executable by PUBLIC from birth unless its owner's defaults say otherwise.
_DEFAULTS = """
ALTER DEFAULT PRIVILEGES FOR ROLE jemeti_owner REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE jemeti_search REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;
ALTER DEFAULT PRIVILEGES FOR ROLE jemeti_owner IN SCHEMA public GRANT SELECT ON TABLES TO jemeti_backup;
ALTER DEFAULT PRIVILEGES FOR ROLE jemeti_owner IN SCHEMA public GRANT SELECT ON SEQUENCES TO jemeti_backup;
"""


def bootstrap(admin: psycopg.Connection[Any], passwords: Mapping[str, str] | None = None) -> None:
    """Make the roles, then prepare the database that ``admin`` is connected to. Safe to repeat.

    ``admin`` is an autocommit connection of a superuser, or (PostgreSQL 16 and newer) of a role with CREATEROLE
    and BYPASSRLS that owns the database. Raises BootstrapRefused.
    """
    if admin.info.server_version < MINIMUM_SERVER:
        raise BootstrapRefused(f"PostgreSQL {_version(admin)} is too old: JemetiOS needs PostgreSQL 15 or newer.")
    create_roles(admin, passwords)
    try:
        prepare(admin)
    except psycopg.errors.InsufficientPrivilege as error:
        raise BootstrapRefused(
            f"{admin.info.user} may not prepare the database {admin.info.dbname}"
            f" ({error.diag.message_primary}): connect as a superuser or as the database's owner."
        ) from error


def prepare(admin: psycopg.Connection[Any]) -> None:
    """Give the database that ``admin`` is connected to its schemas, extensions and default rights. Safe to repeat.

    Raises BootstrapRefused.
    """
    database, encoding, superuser = _one(
        admin,
        "SELECT current_database(), current_setting('server_encoding'), rolsuper FROM pg_roles"
        " WHERE rolname = current_user",
    )
    if encoding != "UTF8":
        raise BootstrapRefused(f"The database {database} is encoded in {encoding}: make it with ENCODING 'UTF8'.")
    # Giving an object to a role needs the right to become it; a superuser has that anyway.
    borrowed = () if superuser else ("jemeti_owner", "jemeti_search")
    with admin.transaction():
        for role in borrowed:
            admin.execute(sql.SQL("GRANT {} TO CURRENT_USER").format(sql.Identifier(role)))
        admin.execute("SELECT pg_advisory_xact_lock(hashtext('jemeti.prepare'))")
        secure(admin, database)
        admin.execute(_SCHEMAS)
        for extension in EXTENSIONS:
            _install(admin, extension)
        admin.execute(_DEFAULTS)
        _check_letters(admin, database)
        for role in borrowed:
            admin.execute(sql.SQL("REVOKE {} FROM CURRENT_USER").format(sql.Identifier(role)))


def _install(admin: psycopg.Connection[Any], extension: str) -> None:
    name = sql.Identifier(extension)
    try:
        admin.execute(sql.SQL("CREATE EXTENSION IF NOT EXISTS {} SCHEMA extensions").format(name))
    except psycopg.errors.FeatureNotSupported as error:
        raise BootstrapRefused(
            f"The server lacks the extension {extension}: install PostgreSQL's contrib package."
        ) from error
    schema, *_ = _one(
        admin,
        "SELECT n.nspname FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace WHERE e.extname = %s",
        extension,
    )
    if schema != "extensions":
        admin.execute(sql.SQL("ALTER EXTENSION {} SET SCHEMA extensions").format(name))


def _check_letters(admin: psycopg.Connection[Any], database: str) -> None:
    lowered, trigrams = _one(admin, "SELECT lower('É'), extensions.show_trgm('রহিম')")
    if lowered != "é" or not trigrams:
        raise BootstrapRefused(
            f"The database {database} knows no letters beyond ASCII, so names could not be searched:"
            " make it with LC_CTYPE 'C.UTF-8' or another UTF-8 locale."
        )


def _one(admin: psycopg.Connection[Any], query: LiteralString, *params: object) -> tuple[Any, ...]:
    row: tuple[Any, ...] | None = admin.execute(query, params or None).fetchone()
    assert row is not None
    return row


def _version(admin: psycopg.Connection[Any]) -> str:
    return f"{admin.info.server_version // 10000}.{admin.info.server_version % 10000}"
