"""`jemeti plugins list`: what is installed, whether it is ready, and where it is on."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
import orjson
import psycopg
from rich.markup import escape
from sqlalchemy.exc import SQLAlchemyError

from ..db.branches import APPLIED, Branches
from ..db.engine import DatabaseRefused, make_engine
from ..db.pipeline import read_once
from ..db.statement import Bound
from ..embedded import EmbeddedError
from ..platform import BootError
from ..settings import resolve
from .context import open_platform, working
from .database import open_database
from .ini import DEVELOPMENT, Ini, ini_option, read_ini
from .inspection import application_of, print_table

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["list_"]

_NAMED = 3
"""So many workspaces are named; of more only how many."""
_WHERE = Bound(
    "SELECT p.key AS plugin, array_agg(t.slug ORDER BY t.slug) AS workspaces"
    " FROM tenants t, jsonb_each_text(t.plugins) AS p WHERE t.status <> 'closed' GROUP BY p.key",
    (),
)
_COLOURS = {
    "ready": "green",
    "on": "green",
    "read_only": "yellow",
    "not migrated": "yellow",
    "failed": "red",
    "off": "dim",
}


@click.command("list")
@click.option("--workspace", metavar="SLUG", help="What is on in this workspace, and who decided so.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@ini_option(DEVELOPMENT)
def list_(ini: str, workspace: str | None, *, as_json: bool) -> None:
    """List the plugins in the order in which they start: whether each is ready, and where it is on.

    Where there is no database, it lists what is installed.
    """
    rows = _in_workspace(ini, workspace) if workspace else _everywhere(read_ini(ini))
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
    elif workspace:
        _print_workspace(workspace, rows)
    else:
        _print_all(rows)


def _everywhere(ini: Ini) -> list[dict[str, Any]]:
    platform: Platform = application_of(ini).registry.platform
    state, where = _asked(ini, platform)
    failed = {name: one.manifest for name, one in sorted(platform.failed_plugins.items())}
    return [
        {
            "plugin": name,
            "version": m and m.version,
            "title": m and m.title,
            "state": "failed" if name in failed else state.get(name, "unknown"),
            "reason": platform.failed_plugins[name].reason if name in failed else None,
            "workspaces": where.get(name, []) if state else None,
            "requires": list(m.requires) if m else [],
            "features": [feature.slug for feature in m.features] if m else [],
            "distribution": platform.failed_plugins[name].distribution
            if name in failed
            else platform.distribution(name),
        }
        for name, m in {**platform.manifests, **failed}.items()
    ]


def _asked(ini: Ini, platform: Platform) -> tuple[dict[str, str], dict[str, list[str]]]:
    """What the database says of each plugin: its state, and where it is on. Nothing where it cannot be asked."""
    if not ini.app.get("sqlalchemy.url", "").strip():
        data = Path(ini.app.get("jemeti.data", "").strip() or "var")
        if not (data / "postgres").exists():
            click.echo("There is no database yet; `jemeti migrate` makes it.", err=True)
            return {}, {}
    try:
        return _read(ini, platform)
    except psycopg.errors.UndefinedTable:
        click.echo("The database is empty; `jemeti migrate` fills it.", err=True)
    except (BootError, DatabaseRefused, EmbeddedError, SQLAlchemyError, psycopg.Error) as error:
        reason = " ".join(str(getattr(error, "orig", None) or error).split())
        click.echo(f"The database cannot be asked: {reason}", err=True)
    return {}, {}


def _read(ini: Ini, platform: Platform) -> tuple[dict[str, str], dict[str, list[str]]]:
    key = "jemeti.platform_url"
    with open_database(ini.app) as settings:
        engine = make_engine(resolve({key: settings.get(key, "")})[key], pool_size=1, role="jemeti_platform")
        try:
            applied, found = read_once(engine, [APPLIED, _WHERE])
        finally:
            engine.dispose()
    lacking = Branches(platform.manifests).lacking(row["version_num"] for row in applied)
    state = {name: "not migrated" if name in lacking else "ready" for name in platform.manifests}
    return state, {row["plugin"]: row["workspaces"] for row in found}


def _in_workspace(ini: str, workspace: str) -> list[dict[str, Any]]:
    from ..admin.states import read_state

    with open_platform(ini) as platform, working(platform, dry_run=True) as work:
        row, state, _ = read_state(work, workspace)
        on = platform.enabled_plugins(state.has)
        return [
            {
                "plugin": m.name,
                "version": m.version,
                "title": m.title,
                "value": "on" if m.name in on else "off",
                "first_rows_of": row["plugins"].get(m.name),
                "features": {f.slug: _decision(state.decision(f.slug).as_dict()) for f in m.features},
            }
            for m in platform.manifests.values()
        ]


def _decision(made: Mapping[str, Any]) -> dict[str, Any]:
    return {name: made[name] for name in ("value", "decided_by", "decided_at", "reason", "expires_at")}


def _print_all(rows: list[dict[str, Any]]) -> None:
    print_table(
        ["plugin", "version", "title", "state", "on in", "requires", "features"],
        [
            [
                f"[bold]{row['plugin']}[/]",
                row["version"] or "–",
                escape(row["title"] or "–"),
                _coloured(row["state"]),
                _named(row["workspaces"]),
                ", ".join(row["requires"]) or "–",
                ", ".join(row["features"]) or "–",
            ]
            for row in rows
        ],
    )


def _print_workspace(workspace: str, rows: list[dict[str, Any]]) -> None:
    lines = []
    for row in rows:
        lines.append([f"[bold]{row['plugin']}[/]", _coloured(row["value"]), row["first_rows_of"] or "–", ""])
        for slug, made in row["features"].items():
            by = made["decided_by"].replace("_", " ")
            at = f" of {made['decided_at']}" if made["decided_at"] != slug else ""
            until = f", until {made['expires_at']:%Y-%m-%d %H:%M} UTC" if made["expires_at"] else ""
            why = f": {escape(made['reason'])}" if made["reason"] else ""
            lines.append([f"  {slug}", _coloured(made["value"]), "", f"{by}{at}{why}{until}"])
    print_table([f"in {workspace}", "", "first rows of", "decided by"], lines)


def _named(workspaces: list[str] | None) -> str:
    if workspaces is None:
        return "–"
    if not workspaces:
        return "no workspace"
    named = f": {', '.join(workspaces)}" if len(workspaces) <= _NAMED else ""
    return f"{len(workspaces):,}{named}"


def _coloured(value: str) -> str:
    colour = _COLOURS.get(value)
    return f"[{colour}]{value.replace('_', '-')}[/]" if colour else value
