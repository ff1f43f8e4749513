"""What the models of a plugin say and the database does not: found by Alembic, and by name and text for CHECKs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import CheckConstraint, Column, Connection, MetaData, Table, inspect, text
from sqlalchemy.schema import CreateTable
from sqlalchemy.sql.naming import conv

from ...db.base import Base
from ...db.migrate import migration_engine
from ...manifest import Manifest
from .steps import Changed, Created, Dropped, Step

__all__ = ["find"]

_READINGS = text(
    "SELECT count(DISTINCT pg_get_constraintdef(oid)) FROM pg_constraint"
    " WHERE conname = :name AND conrelid IN (CAST(:table AS regclass), to_regclass('pg_temp.twin'))"
)


def find(manifest: Manifest, url: str) -> list[Step]:
    """What a migration has to do, in order: tables that go, new tables, changed ones."""
    models = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers if _is_of(m.class_, manifest.package)}
    with migration_engine(url).connect() as connection:
        connection.execute(text("SET ROLE jemeti_owner"))
        found = _compared(connection, manifest, set(models))
        checks = {name: list(_checks(connection, Base.metadata.tables[name])) for name in models}
    new = [one.table_name for one in found if isinstance(one, ops.CreateTableOp)]
    gone = [Dropped(one.table_name) for one in found if isinstance(one, ops.DropTableOp)]
    order = [table.name for table in Base.metadata.sorted_tables if table.name in models]
    changes: dict[str, list[Any]] = {name: [] for name in order}
    for one in found:
        if isinstance(one, ops.ModifyTableOps) and one.table_name in changes:
            changes[one.table_name] += one.ops
    return [
        *gone,
        *(Created(models[name]) for name in order if name in new),
        *(
            Changed(models[name], tuple(changes[name]), tuple(checks[name]))
            for name in order
            if name not in new and (changes[name] or checks[name])
        ),
    ]


def _is_of(model: type[Any], package: str) -> bool:
    return f"{model.__module__}.".startswith(f"{package}.")


def _compared(connection: Connection, manifest: Manifest, own: set[str]) -> list[Any]:
    """Alembic's operations on the plugin's tables: those of its models, and those that begin with its name."""

    def include(name: str | None, kind: str, _: Any) -> bool:
        is_left = name not in Base.metadata.tables and str(name).startswith(f"{manifest.name}_")
        return kind != "table" or name in own or is_left

    context = MigrationContext.configure(
        connection,
        opts={
            "target_metadata": Base.metadata,
            "include_name": include,
            "include_object": lambda item, name, kind, reflected, compared: include(name, kind, None),
            "compare_server_default": False,
        },
    )
    operations = produce_migrations(context, Base.metadata).upgrade_ops
    return list(operations.ops) if operations is not None else []


def _checks(connection: Connection, table: Table) -> Iterator[tuple[str, CheckConstraint | None, str | None]]:
    """CHECKs that the model has otherwise: the name, the model's and the database's, None where there is none."""
    if not inspect(connection).has_table(table.name):
        return
    there = {
        str(one["name"]): one["sqltext"].removeprefix("(").removesuffix(")")
        if _is_whole(one["sqltext"])
        else one["sqltext"]
        for one in inspect(connection).get_check_constraints(table.name)
    }
    said = {str(one.name): one for one in table.constraints if isinstance(one, CheckConstraint)}
    for name in sorted(said.keys() | there.keys()):
        ours, theirs = said.get(name), there.get(name)
        if ours is None or theirs is None or _differ(connection, table, name, ours):
            yield name, ours, theirs


def _is_whole(rule: str) -> bool:
    """Whether the outer parentheses belong together."""
    depth = 0
    for place, sign in enumerate(rule):
        depth += (sign == "(") - (sign == ")")
        if depth == 0:
            return place == len(rule) - 1
    return False


def _differ(connection: Connection, table: Table, name: str, ours: CheckConstraint) -> bool:
    """Whether PostgreSQL reads the model's CHECK otherwise than the one it has."""
    columns = (Column(column.name, column.type) for column in table.columns)
    rule = CheckConstraint(ours.sqltext, name=conv(name))
    attempt = connection.begin_nested()
    try:
        connection.execute(CreateTable(Table("twin", MetaData(), *columns, rule, prefixes=["TEMPORARY"])))
        return int(connection.execute(_READINGS, {"name": name, "table": table.name}).scalar_one()) > 1
    finally:
        attempt.rollback()
