"""`jemeti events`: what can happen, and who hears of it."""

from __future__ import annotations

import re
from typing import Any

import click
import orjson

from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import application_of, print_table

__all__ = ["events"]


@click.command()
@ini_option(DEVELOPMENT)
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
def events(ini: str, as_json: bool) -> None:
    """List the events: type, plugin, fields, and the plugins that listen (those with a + even afterwards)."""
    rows = _rows(application_of(read_ini(ini)).registry.platform)
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    print_table(
        ["type", "plugin", "fields", "listeners"],
        [
            [
                row["type"],
                row["plugin"],
                ", ".join(f"{name}: {kind}" for name, kind in row["fields"].items()),
                ", ".join(one["plugin"] + "+" * one["replay"] for one in row["listeners"]) or "–",
            ]
            for row in rows
        ],
    )


def _rows(platform: Any) -> list[dict[str, Any]]:
    return [
        {
            "type": kind.name,
            "plugin": kind.plugin,
            "description": kind.description,
            "fields": {name: _said(hint) for name, hint in kind.fields.items()},
            "listeners": [
                {"plugin": plugin, "replay": listener in platform.replays.get(cls, {}).get(plugin, ())}
                for plugin, listener in platform.listeners.get(cls, ())
            ],
        }
        for cls, kind in sorted(platform.events.items(), key=lambda item: item[1].name)
    ]


def _said(hint: Any) -> str:
    """A type as one writes it: ``UUID``, ``tuple[str, ...]``, ``date | None``."""
    return hint.__name__ if type(hint) is type else re.sub(r"\b[a-z_]+\.", "", str(hint))
