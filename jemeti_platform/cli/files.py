"""`jemeti files`: what the platform keeps beside the database."""

from __future__ import annotations

import click

from .context import open_platform, operator, working
from .ini import DEVELOPMENT, ini_option

__all__ = ["files"]


@click.group()
def files() -> None:
    """Look after the files that workspaces keep."""


@files.command()
@click.option(
    "--hours", type=click.FloatRange(min=1), default=24, show_default=True, help="What is younger is left alone."
)
@ini_option(DEVELOPMENT)
def sweep(ini: str, hours: float) -> None:
    """Delete what nobody will ask for: orphaned objects, uploads that never came, leftovers of erased workspaces.

    The worker does this every night; here it is done now.
    """
    from ..admin.erasure import discard_leftovers
    from ..boot import transaction
    from ..documents.sweep import sweep as sweep_documents
    from ..files.sweep import active_workspaces
    from ..files.sweep import sweep as sweep_files
    from ..work import Actor, Work

    found = gone = 0
    with open_platform(ini) as platform:
        with working(platform, dry_run=True) as work:
            workspaces = active_workspaces(work)
            leftovers = discard_leftovers(work)
        for identity in workspaces:
            with transaction() as manager:
                inside = Work(platform, identity, Actor("system", operator()), manager)
                swept, documents = sweep_files(inside, hours), sweep_documents(inside, hours)
            found, gone = found + swept.files, gone + swept.objects + documents
    click.echo(f"{found} unfinished files and {gone + leftovers} objects deleted")
