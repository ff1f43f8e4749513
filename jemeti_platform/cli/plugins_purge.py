"""`jemeti plugins purge`: a plugin's rows exported, then its tables and everything that speaks of it taken away."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click
import psycopg
from sqlalchemy.exc import DBAPIError

from .. import logging
from .context import platform_on, working
from .database import open_database
from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import print_table
from .migrate import login_of

if TYPE_CHECKING:
    from ..admin.purging import Holdings

__all__ = ["purge"]


@click.command()
@click.argument("plugin")
@click.option("--export", "folder", type=click.Path(file_okay=False, path_type=Path), help="A new folder for the rows.")
@click.option("--reason", default="purged from the command line", help="Why, for the audit log.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ini_option(DEVELOPMENT)
def purge(ini: str, plugin: str, folder: Path | None, reason: str, *, yes: bool) -> None:
    """Take PLUGIN out of the database for good: its tables, and what speaks of it in the platform's own.

    Before, its rows are exported: an archive for each workspace, JSON Lines without secrets, and the files that its
    records have. It must be installed, on nowhere, and needed by nothing else; jemeti.plugins need not name it any
    more. If anything fails, nothing is deleted.
    """
    from ..admin import purging

    app = read_ini(ini).app
    named = app.get("jemeti.plugins", "*").split()
    if named != ["*"] and plugin not in named:
        app = {**app, "jemeti.plugins": " ".join([*named, plugin])}
    folder = folder or Path(f"{plugin}-purged-{datetime.now(UTC):%Y-%m-%dT%H%M%S}")
    if folder.exists() and any(folder.iterdir()):
        raise click.ClickException(f"The folder {folder} is not empty; choose another with --export")
    logging.set_up(app)
    with open_database(app) as settings, platform_on(settings) as platform:
        url = login_of(settings)
        with working(platform, dry_run=True) as work:
            holdings = purging.survey(work, url, plugin)
        _show(holdings)
        if not yes:
            click.confirm(f"Export this into {folder}, and delete it for good?", abort=True)
        try:
            with working(platform) as work:
                deleted = purging.purge(
                    work, url, plugin, folder, reason=reason, tell=lambda step: click.echo(f"  {step}")
                )
        except (DBAPIError, psycopg.Error) as error:
            cause = getattr(error, "orig", None) or error
            raise click.ClickException(f"Nothing was deleted: {' '.join(str(cause).split())}") from error
    click.echo(f"{plugin} is purged:")
    print_table(["table", "rows"], [[table, f"{count:,}"] for table, count in deleted.items()])
    click.echo(
        f"\nThe rows are in {folder}. Uninstall it before the next `jemeti migrate`, which would make its tables anew."
    )


def _show(holdings: Holdings) -> None:
    click.echo(f"{holdings.plugin} {holdings.version} keeps rows of {len(holdings.workspaces):,} workspaces:\n")
    print_table(["table", "rows"], [[table, f"{count:,}"] for table, count in holdings.tables.items()] or [["–", "–"]])
    click.echo(
        "\nWith them go its overrides, kill switches, add-ons, permissions of roles and keys, histories, templates,"
        "\nsubscriptions of webhooks and jobs. Events, the audit log, messages, issued documents and numbers stay."
    )
    if holdings.left_out:
        columns = [f"{table}.{column}" for table, several in holdings.left_out.items() for column in several]
        click.echo(
            "\nDeleted without being exported, since whoever has an archive could use them to get in or decipher what"
            f"\nthey are the keys of (secrets): {', '.join(columns)}"
        )
    if holdings.on:
        click.echo(
            f"\nIt sells no feature and is on in {holdings.on:,} workspaces: no server may run it any more."
            " Take it out of jemeti.plugins and restart them first."
        )
