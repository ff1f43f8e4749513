"""Rules of tables that Alembic does not compare: CHECKs, and exclusions such as that no two bookings overlap.

They are compared by what PostgreSQL makes of them: a table without rows gets the model's, and shows how it reads them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Column, Connection, FromClause, MetaData, Table, inspect, text
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.schema import CreateTable

__all__ = ["Rule", "as_sql", "differing_rules"]

_READ = text(
    "SELECT conname AS name, pg_get_constraintdef(oid) AS rule FROM pg_constraint"
    " WHERE contype IN ('c', 'x') AND conrelid = CAST(:table AS regclass)"
)
_TWIN = "pg_temp.twin"


@dataclass(frozen=True)
class Rule:
    """A rule that model and database have otherwise; None where there is none.

    ``theirs`` is how PostgreSQL writes it: ``CHECK ((copies >= 0))``.
    """

    table: str
    name: str
    ours: CheckConstraint | ExcludeConstraint | None
    theirs: str | None


def differing_rules(connection: Connection, tables: Iterable[FromClause]) -> list[Rule]:
    """The rules of these tables that models and database have otherwise. Tables that are not there are left out."""
    there = set(inspect(connection).get_table_names())
    return [
        rule
        for table in tables
        if isinstance(table, Table) and table.name in there
        for rule in _differing(connection, table)
    ]


def as_sql(rule: CheckConstraint | ExcludeConstraint) -> str:
    """``CONSTRAINT ck_… CHECK (…)``, as it stands in CREATE TABLE."""
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    return str(dialect.ddl_compiler(dialect, None).process(rule))  # type: ignore[arg-type]  # of nothing but this rule


def _differing(connection: Connection, table: Table) -> list[Rule]:
    said = {str(one.name): one for one in table.constraints if isinstance(one, CheckConstraint | ExcludeConstraint)}
    theirs = _read(connection, table.name)
    if not said and not theirs:
        return []
    with connection.begin_nested() as attempt:
        columns = (Column(column.name, column.type) for column in table.columns)
        connection.execute(CreateTable(Table("twin", MetaData(), *columns, prefixes=["TEMPORARY"])))
        for rule in said.values():
            connection.exec_driver_sql(f"ALTER TABLE {_TWIN} ADD {as_sql(rule)}")
        ours = _read(connection, _TWIN)
        attempt.rollback()
    return [
        Rule(table.name, name, said.get(name), theirs.get(name))
        for name in sorted(said.keys() | theirs.keys())
        if ours.get(name) != theirs.get(name)
    ]


def _read(connection: Connection, table: str) -> dict[str, str]:
    return {row.name: row.rule for row in connection.execute(_READ, {"table": table})}
