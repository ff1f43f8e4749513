"""`jemeti routes`: every path with what guards it and where it is written."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import orjson

from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import application_of, print_table

__all__ = ["routes"]


@click.command()
@ini_option(DEVELOPMENT)
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
def routes(ini: str, as_json: bool) -> None:
    """List the routes: method, path, permission, feature, plugin, file and line."""
    rows = _rows(application_of(read_ini(ini)).registry)
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    columns = ["method", "path", "permission", "feature", "plugin", "where"]
    print_table(columns, [[row[column].strip("*") for column in columns] for row in rows])


def _rows(registry: Any) -> list[dict[str, str]]:
    return [
        {
            "method": method,
            "path": path,
            "permission": _permission(view),
            "feature": view.feature,
            "plugin": owner,
            "where": _short(view.where),
        }
        for path, (owner, service) in sorted(registry.services.items())
        for method, view in service.views.items()
    ]


def _permission(view: Any) -> str:
    from ..rest.service import AUTHENTICATED

    permission: str = view.permission
    return "administrator" if view.realm == "platform" and permission == AUTHENTICATED else permission


def _short(where: str) -> str:
    path = Path(where)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else where
