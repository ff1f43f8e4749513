"""`jemeti tenants apply`: plans and workspaces as the files of `tenants/` say, the difference shown first."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.table import Table

from ..db.migrate import carried
from .context import open_platform, working
from .ini import DEVELOPMENT, ini_option

if TYPE_CHECKING:
    from ..admin.applying import Outcome

__all__ = ["apply"]


@click.command()
@click.option("--folder", type=click.Path(exists=True, file_okay=False, path_type=Path), help="Where the files are.")
@click.option("--dry-run", is_flag=True, help="Only show the difference.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@ini_option(DEVELOPMENT)
def apply(ini: str, folder: Path | None, dry_run: bool, yes: bool) -> None:
    """Bring plans and workspaces in line with their files.

    Shows what differs and which workspaces gain or lose which plugins, asks, and does it in one transaction. Run
    again, it has nothing to do.
    """
    from ..admin import applying

    source = folder or carried("tenants")
    with open_platform(ini) as platform:
        with working(platform, dry_run=True) as work:
            outcome = applying.apply(work, source)
        _show(outcome)
        if outcome.is_empty or dry_run:
            return
        if not yes:
            click.confirm("Apply?", abort=True)
        with working(platform) as work:
            applying.apply(work, source)
    click.echo("Applied.")


def _show(outcome: Outcome) -> None:
    console = Console()
    if not console.is_terminal:
        console = Console(width=160)
    if outcome.changes:
        table = Table("what", "changes", title="Plans and workspaces", title_justify="left", show_lines=True)
        for change in outcome.changes:
            table.add_row(change.what, "\n".join(change.details))
        console.print(table)
    if outcome.switched:
        table = Table("workspace", "gains", "loses", title="Plugins", title_justify="left")
        for switched in outcome.switched:
            table.add_row(switched.slug, ", ".join(switched.on) or "–", ", ".join(switched.off) or "–")
        console.print(table)
    for plan, slugs in outcome.waiting.items():
        click.echo(f"Not installed here, kept in the plan {plan}: {', '.join(slugs)}")
    if outcome.is_empty:
        click.echo("Nothing to do.")
