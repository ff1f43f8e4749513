"""`jemeti events`: what can happen, and who hears of it."""

from __future__ import annotations

import re
from typing import Any

import click
import orjson
from rich.markup import escape

from ..platform import Platform
from ..plugin_faults import name_of
from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import application_of, place_of, print_table

__all__ = ["events", "said"]


@click.command()
@click.argument("word", default="")
@click.option("--plugin", metavar="NAME", help="Only events that this plugin emits or listens to.")
@click.option("--json", "as_json", is_flag=True, help="For programs: a list of objects.")
@ini_option(DEVELOPMENT)
def events(ini: str, word: str, plugin: str | None, as_json: bool) -> None:
    """List the events with WORD in their type: plugin, fields, file and line, and the listeners with theirs.

    A listener with a + is told even of what happened while its plugin was off.
    """
    rows = [
        row
        for row in _rows(application_of(read_ini(ini)).registry.platform)
        if word in row["type"] and plugin in (None, row["plugin"], *(one["plugin"] for one in row["listeners"]))
    ]
    if as_json:
        click.echo(orjson.dumps(rows, option=orjson.OPT_INDENT_2))
        return
    print_table(
        ["type", "plugin", "fields", "where", "heard by"],
        [
            [
                row["type"],
                row["plugin"],
                escape(", ".join(f"{name}: {kind}" for name, kind in row["fields"].items())),
                row["where"] or "–",
                "\n".join(_heard(one) for one in row["listeners"]) or "–",
            ]
            for row in rows
        ],
    )


def _heard(listener: dict[str, Any]) -> str:
    name = listener["listener"].partition(":")[2]
    what = name if name.startswith("message ") else listener["where"] or listener["listener"]
    return f"{listener['plugin']}{'+' * listener['replay']} {what}"


def _rows(platform: Platform) -> list[dict[str, Any]]:
    return [
        {
            "type": kind.name,
            "plugin": kind.plugin,
            "description": kind.description,
            "fields": {name: said(hint) for name, hint in kind.fields.items()},
            "where": place_of(cls) or None,
            "listeners": [
                {
                    "plugin": plugin,
                    "listener": name_of(listener),
                    "where": place_of(listener) or None,
                    "replay": listener in platform.replays.get(cls, {}).get(plugin, ()),
                }
                for plugin, listener in platform.listeners.get(cls, ())
            ],
        }
        for cls, kind in sorted(platform.events.items(), key=lambda item: item[1].name)
    ]


def said(hint: Any) -> str:
    """A type as one writes it: ``UUID``, ``tuple[str, ...]``, ``date | None``."""
    return hint.__name__ if type(hint) is type else re.sub(r"\b[a-z_]+\.", "", str(hint))
