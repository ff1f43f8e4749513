"""Every tenant table as the database lists it, what one workspace has in it, and the rules of the catalogue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from ...auth import functions as auth
from ...db import functions
from ...db.base import Base, TenantKey
from ...db.catalogue import lint
from ...events import functions as events
from ...numbering import functions as numbering
from ...tenancy import functions as tenancy
from ...webhooks import functions as webhooks
from ...worker import functions as worker
from ..databases import Database

__all__ = [
    "DEFINERS",
    "GLOBAL_TABLES",
    "TenantTable",
    "broken_rules",
    "fingerprint",
    "ids_of",
    "one_row",
    "tenant_tables",
]

GLOBAL_TABLES = frozenset(
    {
        "alembic_version",
        "kill_switches",
        "plans",
        "platform_admins",
        "platform_audit_log",
        "platform_challenges",
        "platform_idempotency_keys",
        "platform_recovery_codes",
        "platform_sessions",
        "platform_state",
        "platform_two_factors",
        # The queue's own: out of reach of the app role, which puts jobs in by jemeti.defer alone.
        "procrastinate.procrastinate_events",
        "procrastinate.procrastinate_jobs",
        "procrastinate.procrastinate_periodic_defers",
        "procrastinate.procrastinate_workers",
        "tenants",
    }
)
"""The kernel's tables that belong to no workspace; some name one."""

DEFINERS = frozenset[str]().union(
    functions.DEFINERS,
    auth.DEFINERS,
    events.DEFINERS,
    numbering.DEFINERS,
    tenancy.DEFINERS,
    webhooks.DEFINERS,
    worker.DEFINERS,
)
"""The kernel's functions that run with their owner's rights, each of them reviewed."""

_TABLES = """
SELECT c.relname,
       array_agg(a.attname::text ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '') AS columns,
       bool_or(a.attname = 'search_text' AND a.attgenerated = 's') AS searchable,
       bool_or(a.attname = 'id' AND a.atttypid = 'uuid'::regtype) AS has_id,
       (SELECT coalesce(array_agg(f.attname::text), '{}')
          FROM pg_constraint k JOIN pg_attribute f ON f.attrelid = k.conrelid AND f.attnum = ANY (k.conkey)
         WHERE k.conrelid = c.oid AND k.contype = 'f' AND cardinality(k.conkey) = 2
           AND f.attname <> 'tenant_id') AS keys
  FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
 WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND NOT c.relispartition
 GROUP BY c.oid, c.relname HAVING bool_or(a.attname = 'tenant_id')
 ORDER BY c.relname
"""


@dataclass(frozen=True, slots=True)
class TenantTable:
    """A table with a ``tenant_id``: its writable columns, whether it is searched, which columns refer elsewhere."""

    name: str
    columns: Sequence[str]
    searchable: bool
    has_id: bool
    keys: Sequence[str]

    @property
    def sql(self) -> sql.Identifier:
        return sql.Identifier("public", self.name)


def tenant_tables(connection: psycopg.Connection[Any]) -> list[TenantTable]:
    """All tables with a ``tenant_id``, by name, but for the kernel's global ones that merely name a workspace."""
    tables = [TenantTable(*row) for row in connection.execute(_TABLES).fetchall()]
    return [table for table in tables if table.name not in _global_tables()]


def broken_rules(database: Database) -> list[str]:
    """What in the database breaks the rules of ``db.catalogue``, in words."""
    engine = create_engine(database.url("jemeti_backup"), poolclass=NullPool)
    with engine.connect() as connection:
        found = lint(connection, global_tables=_global_tables(), definers=DEFINERS)
    return [f"{finding.rule} {finding.subject}: {finding.message}" for finding in found]


def _global_tables() -> frozenset[str]:
    """The kernel's, and those whose models are no workspace's."""
    plain = (m for m in Base.registry.mappers if not issubclass(m.class_, TenantKey) and "tenant_id" not in m.columns)
    return GLOBAL_TABLES | {m.local_table.name for m in plain}  # type: ignore[attr-defined]  # a Table, typed wider


def fingerprint(connection: psycopg.Connection[Any], tables: Sequence[TenantTable], tenant_id: UUID) -> dict[str, str]:
    """For each table the number of the workspace's rows and a hash over all of them; ``connection`` must see them."""
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL(
            "SELECT {}, count(*) || ' ' || md5(coalesce(string_agg(t::text, E'\\n' ORDER BY t::text), '')) "
            "FROM {} t WHERE t.tenant_id = {}"
        ).format(sql.Literal(table.name), table.sql, sql.Literal(tenant_id))
        for table in tables
    )
    return dict(connection.execute(query).fetchall())


def ids_of(connection: psycopg.Connection[Any], tables: Sequence[TenantTable], tenant_id: UUID) -> dict[str, list[str]]:
    """The ids of the workspace's rows in each table that has any."""
    query = sql.SQL(" UNION ALL ").join(
        sql.SQL("SELECT {}, array_agg(t.id::text ORDER BY t.id) FROM {} t WHERE t.tenant_id = {}").format(
            sql.Literal(table.name), table.sql, sql.Literal(tenant_id)
        )
        for table in tables
        if table.has_id
    )
    return {name: ids for name, ids in connection.execute(query).fetchall() if ids}


def one_row(backup: psycopg.Connection[Any], table: TenantTable, tenant_id: UUID) -> dict[str, Any] | None:
    """A row of a workspace with as few empty columns as any, so that every reference is tried; None if it has none."""
    found = backup.execute(
        sql.SQL(
            "SELECT to_jsonb(t) FROM {} t WHERE tenant_id = %s"
            " ORDER BY (SELECT count(*) FROM jsonb_object_keys(jsonb_strip_nulls(to_jsonb(t)))) DESC LIMIT 1"
        ).format(table.sql),
        [tenant_id],
    ).fetchone()
    return None if found is None else found[0]
