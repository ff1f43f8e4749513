"""What the models of a plugin say and the database does not: found by Alembic, but for CHECKs and exclusions."""

from __future__ import annotations

from typing import Any

from alembic.autogenerate import produce_migrations
from alembic.migration import MigrationContext
from alembic.operations import ops
from sqlalchemy import Connection, text

from ...db.base import Base
from ...db.migrate import migration_engine
from ...db.rules import differing_rules
from ...manifest import Manifest
from .steps import Changed, Created, Dropped, Step

__all__ = ["find"]


def find(manifest: Manifest, url: str) -> list[Step]:
    """What a migration has to do, in order: tables that go, new tables, changed ones."""
    models = {m.class_.__tablename__: m.class_ for m in Base.registry.mappers if _is_of(m.class_, manifest.package)}
    with migration_engine(url).connect() as connection:
        connection.execute(text("SET ROLE jemeti_owner"))
        found = _compared(connection, manifest, set(models))
        rules = differing_rules(connection, [Base.metadata.tables[name] for name in models])
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
            Changed(models[name], tuple(changes[name]), tuple(rule for rule in rules if rule.table == name))
            for name in order
            if name not in new and (changes[name] or any(rule.table == name for rule in rules))
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
