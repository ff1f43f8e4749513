"""The platform as installed, looked at without a database and without its secrets."""

from __future__ import annotations

import inspect
import secrets
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from ..platform import Platform
from .ini import Ini

__all__ = ["application_of", "place_of", "platform_of", "print_table", "short_place", "tell_of_failed"]

_NOWHERE = "postgresql:///not-used"


def platform_of(settings: Any) -> Platform:
    """The plugins that these settings name. Raises BootError."""
    from ..kernel import KERNEL

    return Platform(settings=settings, kernel=KERNEL)


def application_of(ini: Ini) -> Any:
    """The application that this ini would start, without plugins that cannot; it connects to nothing.

    These are named on standard error. Raises BootError for whatever else is wrong.
    """
    from ..assembling import assemble
    from ..settings import for_application

    plain = {key: value for key, value in ini.app.items() if not value.strip().startswith(("env:", "file:"))}
    unneeded = {
        "sqlalchemy.url": _NOWHERE,
        "jemeti.platform_url": _NOWHERE,
        "jemeti.jwt.keys": secrets.token_urlsafe(48),
        "jemeti.environment": "development",
        "jemeti.skip_failed_plugins": "true",
    }
    application = assemble(for_application({**plain, **unneeded}))
    tell_of_failed(application.registry.platform)
    return application


def tell_of_failed(platform: Platform) -> None:
    """Name the plugins that are not looked at since they cannot start, beside what the command prints."""
    for failed in platform.failed_plugins.values():
        click.echo(f"Skipped: {failed}", err=True)


def place_of(thing: Any) -> str:
    """File and line of a class or function; empty for what is written nowhere, as the events of a lifecycle."""
    thing = inspect.unwrap(getattr(thing, "func", thing))
    try:
        file, (_, line) = inspect.getsourcefile(thing), inspect.getsourcelines(thing)
    except (TypeError, OSError):
        return ""
    return short_place(f"{file}:{line}")


def short_place(where: str) -> str:
    """``file:line``, from the working directory on where it lies below it."""
    path = Path(where)
    return str(path.relative_to(Path.cwd())) if path.is_relative_to(Path.cwd()) else where


def print_table(columns: list[str], rows: list[list[str]]) -> None:
    """Print rows in columns: to fit the window, in more lines where need be, or in one line each where nobody looks."""
    console = Console()
    if not console.is_terminal:
        console = Console(width=400)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    console.print(table)
