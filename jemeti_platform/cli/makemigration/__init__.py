"""`jemeti makemigration`: a plugin's next migration, from what its models say and its migrations do not yet.

- ``differences``: models against a scratch database in which all migrations have run
- ``steps``: what each difference is in a migration; ``writing``: columns, types and parts as Python
- ``revisions``: number, file and text of the next one
"""

from __future__ import annotations

import click

from ...db import migrate as migrations
from ...platform import BootError
from ..ini import DEVELOPMENT, ini_option, read_ini
from ..inspection import platform_of
from ..scratch import scratch_database
from .differences import find
from .revisions import next_revision

__all__ = ["makemigration"]


@click.command()
@click.argument("name")
@click.option("-m", "--message", required=True, help="What it does, in a few words.")
@click.option("--empty", is_flag=True, help="Write one that does nothing yet: for a migration of rows.")
@ini_option(DEVELOPMENT)
def makemigration(name: str, message: str, empty: bool, ini: str) -> None:
    """Write the next migration of the plugin NAME: tables, columns, constraints and indexes that its models have anew.

    Models are compared with a scratch database in which all migrations have run, so it does not matter where yours is.
    Read what it wrote: a column that was renamed looks like one that went and one that came.
    """
    platform = platform_of(read_ini(ini).app)
    if name in platform.failed_plugins:
        raise BootError(f"{platform.failed_plugins[name]}")
    manifests = platform.manifests
    if name not in manifests:
        raise BootError(f"No plugin {name!r} is loaded; there are {', '.join(manifests) or 'none'}")
    revision = next_revision(manifests, name, message)
    if empty:
        click.echo(revision.write([]))
        return
    with scratch_database() as (url, _):
        migrations.upgrade(manifests, url)
        steps = find(manifests[name], url)
    if not steps:
        click.echo(f"Nothing to do: the migrations of {name} say what its models say.")
        return
    click.echo(revision.write(steps))
    for warning in (step.warning for step in steps):
        if warning:
            click.echo(f"  {warning}")
