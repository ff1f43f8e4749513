"""The sweep below HTTP: every tenant table, as the application's own roles, from inside another workspace.

The owner of the twin must see rows in each table, or nothing would be shown by seeing none; the one who
is elsewhere, or nowhere, sees none, changes none, adds none, and refers to none.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

import psycopg
from psycopg import sql
from psycopg.types.json import Jsonb

from .catalogue import TenantTable, one_row
from .report import Report

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..databases import Database

__all__ = ["sweep_tables"]

Query = sql.SQL | sql.Composed
_ENTER = {
    "jemeti_app": sql.SQL("SELECT jemeti.enter(%s, NULL)"),
    "jemeti_platform": sql.SQL("SELECT set_config('app.tenant_id', %s::text, true)"),
}


def sweep_tables(
    database: Database, tables: Sequence[TenantTable], inside: UUID, foreign: UUID, report: Report
) -> Report:
    """Try to reach the rows of ``foreign`` in these tables from ``inside``; adds to ``report``."""
    report.tables += len(tables)
    with database.connect("jemeti_backup") as backup:
        samples = {t.name: one_row(backup, t, foreign) for t in tables}
    for role, enter in _ENTER.items():
        with database.connect(role) as connection:
            seeker = _Seeker(connection, role, enter, report)
            for table in tables:
                row = samples[table.name]
                if row is None:
                    report.blind.append(f"table {table.name}: the twin has no row in it")
                    continue
                seeker.seek(table, row, inside, foreign)
    return report


class _Seeker:
    """One role's attempts; each statement is undone, whatever it did."""

    def __init__(self, connection: psycopg.Connection[Any], role: str, enter: Query, report: Report) -> None:
        self.connection, self.role, self.enter, self.report = connection, role, enter, report

    def seek(self, table: TenantTable, row: dict[str, Any], inside: UUID, foreign: UUID) -> None:
        readable = self._may_read(table)
        if readable:
            for tenant_id in (foreign, inside):
                with self._in(tenant_id):
                    if not self._count(table, tenant_id):
                        self.report.blind.append(f"table {table.name}: {self.role} sees no row of its own workspace")
        with self._in(inside):
            if readable:
                self._look(table, row, inside, foreign)
            self._write(table, row, inside, foreign)
        with self._in(None):
            if readable:
                self._must(self._count(table, None) == 0, table, "sees rows without having entered a workspace")
            self._refused(table, "adds a row without having entered a workspace", *self._insert(table, row))

    def _look(self, table: TenantTable, row: dict[str, Any], inside: UUID, foreign: UUID) -> None:
        self._must(self._count(table, foreign) == 0, table, "sees the rows of another workspace")
        own, everything = self._count(table, inside), self._count(table, None)
        self._must(own == everything, table, "sees more rows than its workspace has")
        if table.searchable:
            found = self._all(
                sql.SQL("SELECT id::text FROM jemeti.search(%s, %s, 1000)"), [table.name, row["search_text"]]
            )
            self._must(
                row["id"] not in [identity for (identity,) in found], table, "finds a foreign row by jemeti.search"
            )

    def _write(self, table: TenantTable, row: dict[str, Any], inside: UUID, foreign: UUID) -> None:
        own = one_row(self.connection, table, inside) if self._may_read(table) else None
        self._refused(table, "adds a row to another workspace", *self._insert(table, row))
        name = table.sql
        for what, verb, params in (
            ("changes foreign rows", sql.SQL("UPDATE {} SET tenant_id = tenant_id WHERE tenant_id = %s"), [foreign]),
            (
                "takes foreign rows over",
                sql.SQL("UPDATE {} SET tenant_id = %s WHERE tenant_id = %s"),
                [inside, foreign],
            ),
            (
                "gives rows to another workspace",
                sql.SQL("UPDATE {} SET tenant_id = %s WHERE tenant_id = %s"),
                [foreign, inside],
            ),
            ("deletes foreign rows", sql.SQL("DELETE FROM {} WHERE tenant_id = %s"), [foreign]),
        ):
            self._refused(table, what, verb.format(name), params)
        for key in table.keys:
            # where rows are never changed, and a copy is refused by another rule first, only the catalogue can tell
            self._must(self._has_key(table, key), table, f"may refer to a foreign row in {key}: no key forbids it")
            if row[key] is not None:
                what = f"refers to a foreign row in {key}"
                statement = sql.SQL("UPDATE {} SET {} = %s WHERE tenant_id = %s").format(name, sql.Identifier(key))
                self._refused(table, what, statement, [row[key], inside], by_key=True)
                if own is not None and "id" in own:
                    # one row alone, and a new one: a rule over all rows or a grant may have spoken before the key
                    one = statement + sql.SQL(" AND id = %s")
                    self._refused(table, what, one, [row[key], inside, own["id"]], by_key=True)
                    self._refused(table, what, *self._insert(table, {**own, key: row[key]}), by_key=True)

    def _has_key(self, table: TenantTable, key: str) -> bool:
        """Whether a foreign key of this column and the workspace stands."""
        found = self._all(
            sql.SQL(
                "SELECT FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = %s::regclass"
                " AND ARRAY(SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.conrelid"
                " AND a.attnum = ANY (c.conkey)) @> ARRAY['tenant_id', %s]::name[]"
            ),
            [f"public.{table.name}", key],
        )
        return bool(found)

    def _insert(self, table: TenantTable, row: dict[str, Any]) -> tuple[sql.Composed, list[Any]]:
        if "id" in row:
            row = {**row, "id": str(uuid4())}
        columns = sql.SQL(", ").join(map(sql.Identifier, table.columns))
        statement = sql.SQL("INSERT INTO {0} ({1}) SELECT {1} FROM jsonb_populate_record(NULL::{0}, %s)")
        return statement.format(table.sql, columns), [Jsonb(row)]

    # -- asking -----------------------------------------------------------------------------------

    @contextmanager
    def _in(self, tenant_id: UUID | None) -> Iterator[None]:
        with self.connection.transaction(force_rollback=True):
            if tenant_id is not None:
                self.connection.execute(self.enter, [tenant_id])
            yield

    def _may_read(self, table: TenantTable) -> bool:
        ((may,),) = self._all(sql.SQL("SELECT has_table_privilege(%s, 'select')"), [table.name])
        return bool(may)

    def _count(self, table: TenantTable, tenant_id: UUID | None) -> int:
        where = sql.SQL("") if tenant_id is None else sql.SQL(" WHERE tenant_id = {}").format(sql.Literal(tenant_id))
        ((found,),) = self._all(sql.SQL("SELECT count(*) FROM {}{}").format(table.sql, where), [])
        return int(found)

    def _all(self, statement: Query, params: list[Any]) -> list[tuple[Any, ...]]:
        self.report.statements += 1
        return list(self.connection.execute(statement, params).fetchall())

    def _refused(
        self, table: TenantTable, what: str, statement: Query, params: list[Any], *, by_key: bool = False
    ) -> None:
        """The statement must touch no row or be refused: by row security or a missing right, ``by_key`` by a key."""
        self.report.statements += 1
        try:
            with self.connection.transaction(force_rollback=True):
                touched = self.connection.execute(statement, params).rowcount
        except psycopg.errors.InsufficientPrivilege:
            return
        except (psycopg.IntegrityError, psycopg.errors.ObjectNotInPrerequisiteState):  # a key, or a row that is final
            self._must(by_key, table, f"{what}, were it not for another constraint")
            return
        self._must(touched == 0, table, what)

    def _must(self, holds: bool, table: TenantTable, what: str) -> None:  # noqa: FBT001 - the condition reads first
        if not holds:
            self.report.leaks.append(f"table {table.name}: {self.role} {what}")
