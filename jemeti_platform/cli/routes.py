"""`jemeti routes`: every path with what guards it and where it is written."""

from __future__ import annotations

from typing import Any

import click
import orjson

from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import application_of, print_table, short_place

__all__ = ["routes"]


@click.command()
@click.argument("word", default="")
@click.option("--plugin", metavar="NAME", help="Only those that this plugin serves; kernel for the platform's own.")
@click.option("--feature", metavar="SLUG", help="Only those that this feature gates, or one below it.")
@click.option("--permission", metavar="NAME", help="Only those that ask for this permission; public for none.")
@click.option("--method", metavar="VERB", help="Only GET, POST, PATCH, PUT or DELETE.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@ini_option(DEVELOPMENT)
def routes(ini: str, word: str, as_json: bool, **wanted: str | None) -> None:
    """List the routes with WORD in their path: method, path, permission, feature, plugin, file and line."""
    rows = [
        row
        for row in _rows(application_of(read_ini(ini)).registry)
        if word in row["path"] and all(_fits(row[key], value, key) for key, value in wanted.items() if value)
    ]
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
            "where": short_place(view.where),
        }
        for path, (owner, service) in sorted(registry.services.items())
        for method, view in service.views.items()
    ]


def _fits(found: str, wanted: str, key: str) -> bool:
    found, wanted = found.strip("*").lower(), wanted.lower()
    return found == wanted or (key == "feature" and found.startswith(wanted + "."))


def _permission(view: Any) -> str:
    from ..rest.service import AUTHENTICATED

    permission: str = view.permission
    return "administrator" if view.realm == "platform" and permission == AUTHENTICATED else permission
