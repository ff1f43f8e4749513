"""Migrations: one Alembic branch for the kernel and one for each plugin, run under one advisory lock."""

from __future__ import annotations

import importlib
import io
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from alembic.util.exc import CommandError
from sqlalchemy import Connection, Engine, create_engine, text
from sqlalchemy.pool import NullPool

from ..manifest import Manifest
from .base import Base
from .bystanders import bystanders
from .rules import differing_rules

__all__ = ["LOCK", "alembic_config", "carried", "check", "downgrade", "is_current", "locations", "upgrade"]

LOCK = 7_241_001
"""The advisory lock of migrations; any number will do as long as all processes take the same."""


def carried(name: str) -> Path:
    """The folder ``migrations`` or ``tenants``: beside the code in a checkout, inside the package when installed."""
    package = Path(__file__).resolve().parent.parent
    inside, beside = package / name, package.parent / name
    return inside if inside.is_dir() else beside


def locations(manifests: Mapping[str, Manifest]) -> list[Path]:
    """Where revisions stand: the kernel's folder, then the ``migrations`` folder of each plugin that has one."""
    found = [carried("migrations") / "versions"]
    for manifest in manifests.values():
        module = importlib.import_module(manifest.package)
        folder = Path(str(module.__file__)).parent / "migrations"
        if folder.is_dir():
            found.append(folder)
    return found


def alembic_config(manifests: Mapping[str, Manifest], url: str | None = None, more: Iterable[Path] = ()) -> Config:
    """Alembic's configuration for these plugins; ``url`` logs in as ``jemeti_migrate``; ``more`` folders of scripts."""
    config = Config()
    config.set_main_option("script_location", str(carried("migrations")).replace("%", "%%"))
    config.set_main_option("path_separator", "newline")
    config.set_main_option(
        "version_locations", "\n".join(str(path).replace("%", "%%") for path in (*locations(manifests), *more))
    )
    config.attributes["url"] = url
    config.attributes["plugins"] = [manifest.package for manifest in manifests.values()]
    return config


def upgrade(
    manifests: Mapping[str, Manifest],
    url: str,
    on_step: Callable[[str], None] | None = None,
    *,
    beside: Iterable[str] = (),
) -> list[str]:
    """Bring every branch to its head; returns what was run, in order, and tells ``on_step`` before each.

    Safe to call from several processes at once: the second waits and finds nothing to do. ``beside`` are packages of
    plugins that are not loaded: their revisions may have been run before, and stay as they are; nothing of them is run.
    """
    done: list[str] = []

    def step(revision: str) -> None:
        done.append(revision)
        if on_step is not None:
            on_step(revision)

    with bystanders(beside) as more:
        config = alembic_config(manifests, url, more)
        config.attributes["on_step"] = step
        for head in _heads(manifests) if more else ("heads",):
            command.upgrade(config, head)
    return done


def _heads(manifests: Mapping[str, Manifest]) -> list[str]:
    return ScriptDirectory.from_config(alembic_config(manifests)).get_heads()


def downgrade(
    manifests: Mapping[str, Manifest], plugin: str, url: str | None = None, *, connection: Connection | None = None
) -> None:
    """Undo every migration of one plugin, and of those that depend on it; its tables are gone afterwards.

    The plugin's first revision must be labelled with its name. With a ``connection`` instead of a ``url`` it is done in
    that one's transaction, which must hold ``LOCK`` and act as the owner.
    """
    config = alembic_config(manifests, url)
    config.attributes["connection"] = connection
    command.downgrade(config, f"{plugin}@base")


def check(manifests: Mapping[str, Manifest], url: str) -> None:
    """Raise alembic's CommandError where models and migrations disagree, in rules such as CHECKs as well."""
    config = alembic_config(manifests, url)
    config.stdout = io.StringIO()  # where there is nothing to say, Alembic says so
    command.check(config)
    loaded = ("jemeti_platform.", *(f"{manifest.package}." for manifest in manifests.values()))
    models = [m for m in Base.registry.mappers if f"{m.class_.__module__}.".startswith(loaded)]
    with migration_engine(url).connect() as connection:
        connection.execute(text("SET ROLE jemeti_owner"))
        rules = differing_rules(connection, [model.local_table for model in models])
    if rules:
        said = (f"{rule.table}.{rule.name} ({'missing' if rule.theirs is None else rule.theirs})" for rule in rules)
        raise CommandError(f"The database has other rules than the models: {', '.join(said)}")


def is_current(manifests: Mapping[str, Manifest], engine: Engine) -> bool:
    """Whether the database has every revision that the code knows."""
    script = ScriptDirectory.from_config(alembic_config(manifests))
    with engine.connect() as connection:
        applied = set(MigrationContext.configure(connection).get_current_heads())
    known: set[Any] = set()
    for head in applied:
        if head not in known:
            known.update(r.revision for r in script.iterate_revisions(head, "base", implicit_base=True))
    return {revision.revision for revision in script.walk_revisions()} <= known


def migration_engine(url: str) -> Engine:
    """An engine for one migration run; it keeps no connection."""
    return create_engine(url, poolclass=NullPool)
