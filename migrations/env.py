"""How Alembic reaches the database: as ``jemeti_migrate``, acting as the owner, one run at a time.

Whoever has the lock and a transaction already gives its ``connection``: what is migrated then stands or falls with it.
"""

import importlib
from pathlib import Path
from typing import Any

from alembic import context
from sqlalchemy import text

import jemeti_platform
from jemeti_platform.db.base import Base
from jemeti_platform.db.migrate import LOCK, migration_engine

config = context.config

# The models are imported for what they tell the metadata; a table that is missing there would not be compared.
for path in sorted(Path(str(jemeti_platform.__file__)).parent.glob("*/models.py")):
    importlib.import_module(f"jemeti_platform.{path.parent.name}.models")
for package in config.attributes["plugins"]:
    try:
        importlib.import_module(f"{package}.models")
    except ModuleNotFoundError as error:
        if error.name != f"{package}.models":
            raise


def is_ours(name: str | None, kind: str, parents: Any) -> bool:
    """Leave alone what other tools keep in the same database (procrastinate's tables, for one)."""
    return kind != "table" or name in Base.metadata.tables


def is_loaded(item: Any, name: str | None, kind: str, reflected: bool, compared_to: Any) -> bool:  # noqa: FBT001 (Alembic calls it so)
    """Leave alone the models of plugins that this process has met but that are not loaded here."""
    return kind != "table" or name not in STRANGERS


LOADED = ("jemeti_platform", *config.attributes["plugins"])
STRANGERS = {
    mapper.local_table.name
    for mapper in Base.registry.mappers
    if not any(f"{mapper.class_.__module__}.".startswith(f"{package}.") for package in LOADED)
}


def run() -> None:
    given = config.attributes.get("connection")
    if given is not None:
        migrate(given)
        return
    engine = migration_engine(config.attributes["url"])
    with engine.connect() as connection:
        connection.execute(text(f"SELECT pg_advisory_lock({LOCK})"))
        connection.execute(text("SET ROLE jemeti_owner"))
        connection.execute(text("SET lock_timeout = '5s'"))
        connection.commit()
        migrate(connection)
        connection.commit()
        connection.execute(text(f"SELECT pg_advisory_unlock({LOCK})"))
        connection.commit()


def migrate(connection: Any) -> None:
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        include_name=is_ours,
        include_object=is_loaded,
        transaction_per_migration=True,
        compare_server_default=False,
        on_version_apply=lambda step, **_: report(
            step.up_revision_id if step.is_upgrade else step.up_revision.revision
        ),
    )
    with context.begin_transaction():
        context.run_migrations()


def report(revision: Any) -> None:
    on_step = config.attributes.get("on_step")
    if on_step is not None:
        on_step(str(revision))


run()
