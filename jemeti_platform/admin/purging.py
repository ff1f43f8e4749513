"""A plugin taken out of the database for good: exported, then its tables dropped with everything that speaks of it.

All but the export is one transaction of the login that migrates, and stands or falls as a whole. Meanwhile the plugin's
tables are not written, no workspace can have it switched on, and no migration runs.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import sqlalchemy
from psycopg import sql
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb

from ..db.base import Base, uuid7
from ..db.branches import APPLIED, Branches
from ..db.migrate import LOCK, downgrade, migration_engine
from ..db.statement import Statement
from ..errors import Conflict
from ..features.decision import chain, covering
from ..platform import Platform
from .export import MACHINERY, TABLES, export_plugin, left_out
from .plans import read_all
from .remains import Remains
from .states import states_of
from .switching import installed
from .work import PlatformWork
from .workspaces import every

__all__ = ["Holdings", "purge", "survey"]

Raw = psycopg.Connection[Any]

_NAMED = 5
# The same that whoever switches the plugin on shares (`tenancy.provisioning`).
_ALONE = Statement("SELECT pg_try_advisory_xact_lock(hashtextextended('jemeti.plugin.' || %(plugin)s, 0))")
_UNMIGRATED = Statement("SELECT pg_advisory_xact_lock(%(lock)s)")
_TABLES = Statement("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
_ACTOR = Statement("SELECT set_config('app.actor', %(actor)s, true)")
_OWNER = Statement("SET LOCAL ROLE jemeti_owner")
_MYSELF = Statement("SET LOCAL ROLE NONE")
_LOG = Statement(
    "INSERT INTO platform_audit_log (id, actor, action, subject, before, after)"
    " VALUES (%(id)s, %(actor)s, 'plugin.purged', %(plugin)s, %(before)s, %(after)s)"
)


@dataclass(frozen=True, slots=True)
class Holdings:
    """What a plugin keeps: rows by table, and the workspaces that have any. ``on`` counts those where it is on.

    ``left_out`` are the columns, by table, that no archive gets since they are secrets.
    """

    plugin: str
    version: str
    tables: Mapping[str, int]
    workspaces: tuple[UUID, ...]
    on: int = 0
    left_out: Mapping[str, Sequence[str]] = field(default_factory=dict)


def survey(work: PlatformWork, url: str, plugin: str) -> Holdings:
    """What purging would take away; ``url`` logs in as ``jemeti_migrate``.

    Raises NotFound, and Conflict where the plugin is on, sold, needed by another, or at work.
    """
    with _login(url) as (connection, _):
        return _allowed(work, connection, plugin)


def purge(
    work: PlatformWork, url: str, plugin: str, folder: Path, *, reason: str, tell: Callable[[str], None]
) -> dict[str, int]:
    """Export a plugin's rows into ``folder``, one archive for each workspace, and take it out of the database.

    Returns the rows that were deleted, by table; ``tell`` hears of each step. Raises as ``survey`` does, and Conflict
    where somebody is switching the plugin on; then, and whatever else fails, everything is as it was, but for the
    archives that were written.
    """
    with _login(url) as (connection, outer):
        _alone(connection, plugin)
        holdings = _allowed(work, connection, plugin)
        for table in holdings.tables:
            connection.execute(sql.SQL("LOCK TABLE {} IN SHARE MODE").format(sql.Identifier(table)))
        holdings = _held(connection, work.platform, plugin)
        _export(work, holdings, folder, tell)
        remains = Remains.of(work.platform, plugin)
        actor = {"kind": work.actor.kind, "name": work.email}
        _run(connection, _ACTOR(actor=orjson.dumps(actor).decode()))
        deleted = dict(holdings.tables) | remains.delete(connection)
        _drop(connection, outer, work.platform, holdings, tell)
        deleted["sub_states"] = remains.delete_words(connection)
        after = {"reason": reason, "archives": folder.name, "deleted": deleted, "left_out": holdings.left_out}
        before = {"version": holdings.version}
        values = {"actor": work.email, "plugin": plugin, "before": Jsonb(before), "after": Jsonb(after)}
        _run(connection, _LOG(id=uuid7(), **values))
        outer.commit()
    return {name: count for name, count in deleted.items() if count}


@contextmanager
def _login(url: str) -> Iterator[tuple[Raw, sqlalchemy.Connection]]:
    """One connection, as psycopg sees it and as Alembic does; what is not committed is undone."""
    engine = migration_engine(url)
    with engine.connect() as outer:
        outer.begin()
        connection = outer.connection.driver_connection
        assert isinstance(connection, psycopg.Connection)
        yield connection, outer


def _alone(connection: Raw, plugin: str) -> None:
    """Keep others from switching the plugin on and from migrating until this transaction ends. Raises Conflict."""
    (found,) = _run(connection, _ALONE(plugin=plugin))
    if not all(found.values()):
        raise Conflict(
            f"Somebody is switching {plugin!r} on just now, or purging it; try again when they have finished.",
            reason="in_progress",
        )
    _run(connection, _UNMIGRATED(lock=LOCK))


def _allowed(work: PlatformWork, connection: Raw, plugin: str) -> Holdings:
    manifest = installed(work, plugin)
    _refuse_needed(work.platform, plugin)
    _refuse_sold(work, plugin)
    rows = [row for row in every(work) if row["status"] != "closed"]
    on = [
        row["slug"]
        for row, state in states_of(work, rows)
        if plugin in row["plugins"] or any(state.has(slug) for slug in work.platform.sold(plugin))
    ]
    # one that sells nothing is on wherever it is installed, and could never be purged
    if on and manifest.features:
        named = ", ".join(on[:_NAMED]) + (f" and {len(on) - _NAMED} more" if len(on) > _NAMED else "")
        where = f"--workspace {on[0]}" if len(on) == 1 else "--all"
        raise Conflict(
            f"{plugin!r} is on in {named}. First: jemeti plugins disable {plugin} {where}",
            reason="enabled",
            workspaces=on,
        )
    at_work = Remains.of(work.platform, plugin).running(connection)
    if at_work:
        raise Conflict(f"{at_work} jobs of {plugin!r} are at work; try again when they are done.", reason="in_progress")
    return _held(connection, work.platform, plugin, on=len(on))


def _refuse_needed(platform: Platform, plugin: str) -> None:
    own = {feature.slug for feature in platform.manifests[plugin].features}
    needing = [
        name
        for name, manifest in platform.manifests.items()
        if name != plugin
        and (
            plugin in manifest.requires
            or any(link.feature in own for f in manifest.features for link in chain(platform.features, f.slug))
        )
    ]
    needing = list(dict.fromkeys([*needing, *Branches(platform.manifests).standing_on(plugin)]))
    if needing:
        raise Conflict(
            f"{plugin!r} is needed by {', '.join(needing)}, installed here. First: "
            + "; ".join(f"jemeti plugins purge {name}" for name in needing),
            reason="required",
            required_by=needing,
        )


def _refuse_sold(work: PlatformWork, plugin: str) -> None:
    """A plan that sells it would have it on in the next workspace that is made."""
    for plan in read_all(work):
        for slug in work.platform.sold(plugin):
            if covering(plan["features"], slug) not in (None, "off"):
                raise Conflict(
                    f"The plan {plan['slug']!r} sells {slug}. Take it out there first, in its file under tenants/plans"
                    f" (jemeti tenants apply) or by PUT /platform/plans/{plan['slug']}.",
                    reason="sold",
                    plan=plan["slug"],
                    feature=slug,
                )


def _held(connection: Raw, platform: Platform, plugin: str, on: int = 0) -> Holdings:
    """The plugin's tables that are there, with their rows, and whose those are."""
    manifest = platform.manifests[plugin]
    there = {row["tablename"] for row in _run(connection, _TABLES())}
    counts: dict[str, int] = {}
    owners: set[UUID] = set()
    for table in sorted(_described(manifest.package) & there):
        query = sql.SQL("SELECT tenant_id, count(*) AS n FROM {} GROUP BY tenant_id").format(sql.Identifier(table))
        rows = connection.cursor(row_factory=dict_row).execute(query).fetchall()
        counts[table] = sum(row["n"] for row in rows)
        owners.update(row["tenant_id"] for row in rows)
    secrets = left_out(_run(connection, TABLES(machinery=MACHINERY)), counts)
    return Holdings(plugin, manifest.version, counts, tuple(sorted(owners)), on, secrets)


def _described(package: str) -> set[str]:
    """The tables that the models of a package describe."""
    return {
        str(mapper.local_table.name)  # type: ignore[attr-defined]  # typed as FromClause
        for mapper in Base.registry.mappers
        if f"{mapper.class_.__module__}.".startswith(f"{package}.")
    }


def _export(work: PlatformWork, holdings: Holdings, folder: Path, tell: Callable[[str], None]) -> None:
    """Write an archive for each workspace that has rows, and read them again: every row must be in one of them."""
    lifecycles = Remains.of(work.platform, holdings.plugin).lifecycles
    rows = {row["id"]: row for row in every(work)}
    written = dict.fromkeys(holdings.tables, 0)
    folder.mkdir(parents=True, exist_ok=True)
    for identity in holdings.workspaces:
        row = rows[identity]
        path = folder / f"{row['slug']}.zip"
        part = path.with_name(f"{path.name}.part")
        made = export_plugin(work.platform, row, work.actor, holdings.plugin, holdings.tables, lifecycles)
        with part.open("wb") as file:
            file.writelines(made)
        with zipfile.ZipFile(part) as book:
            assert book.testzip() is None, part
            about = orjson.loads(book.read("workspace.json"))
            for table, count in about["rows"].items():
                if table in written:
                    written[table] += count
        part.rename(path)
        tell(f"exported {path.name}" + (f" with {about['files']:,} files" if about["files"] else ""))
    short = [table for table, count in holdings.tables.items() if written[table] != count]
    if short:
        raise Conflict(
            f"Not every row of {', '.join(short)} is in the archives; nothing was deleted.",
            reason="incomplete_export",
            tables=short,
        )


def _drop(
    connection: Raw, outer: sqlalchemy.Connection, platform: Platform, holdings: Holdings, tell: Callable[[str], None]
) -> None:
    """Undo the plugin's migrations, which must take its tables and no others. Raises Conflict."""
    plugin = holdings.plugin
    applied = [row["version_num"] for row in _run(connection, APPLIED)]
    if not Branches(platform.manifests).is_run(plugin, applied):
        return
    before = {row["tablename"] for row in _run(connection, _TABLES())}
    _run(connection, _OWNER())
    tell("undoing its migrations")
    downgrade(platform.manifests, plugin, connection=outer)
    _run(connection, _MYSELF())
    gone = before - {row["tablename"] for row in _run(connection, _TABLES())}
    if gone != set(holdings.tables):
        odd = sorted(gone ^ set(holdings.tables))
        raise Conflict(
            f"The migrations of {plugin!r} do not take away just the tables of its models, but for {', '.join(odd)};"
            " nothing was deleted.",
            reason="tables_differ",
            tables=odd,
        )


def _run(connection: Raw, bound: Any) -> list[dict[str, Any]]:
    cursor = connection.cursor(row_factory=dict_row).execute(bound.sql, bound.params)
    return cursor.fetchall() if cursor.description else []
