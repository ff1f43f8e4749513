"""`jemeti migrate`: the database brought to where the code is, and the proof that migrations and models agree."""

from __future__ import annotations

from collections.abc import Mapping

import click
from alembic import command
from alembic.util.exc import CommandError

from ..db import migrate as migrations
from ..db.base import Base
from ..platform import BootError
from ..settings import resolve
from .database import open_database
from .ini import DEVELOPMENT, ini_option, read_ini
from .inspection import platform_of, tell_of_failed
from .makemigration import differences
from .scratch import scratch_database

__all__ = ["login_of", "migrate", "migrate_database"]


@click.command()
@ini_option(DEVELOPMENT)
@click.option("--data", metavar="DIR", help="Data folder of the embedded database.")
@click.option("--check", is_flag=True, help="Change nothing: prove the migrations in a scratch database.")
def migrate(ini: str, data: str | None, check: bool) -> None:
    """Run the migrations that the database lacks."""
    settings = read_ini(ini).app
    if check:
        _check(settings)
        return
    with open_database(settings, data) as opened:
        done = migrate_database(opened)
        click.echo(f"{len(done)} migrations run." if done else "Nothing to do: the database is where the code is.")


def migrate_database(settings: Mapping[str, str]) -> list[str]:
    """Bring the database to where the code is, with a line for each step; returns the revisions that were run.

    Raises BootError where no login for it is given.
    """
    url = login_of(settings)
    platform = platform_of(settings)
    tell_of_failed(platform)
    return migrations.upgrade(
        platform.manifests,
        url,
        lambda revision: click.echo(f"  migrating to {revision}"),
        beside=[failed.package for failed in platform.failed_plugins.values()],
    )


def login_of(settings: Mapping[str, str]) -> str:
    """The URL by which migrations log in. Raises BootError where there is none."""
    key = "jemeti.migrate_url"
    url = resolve({key: settings.get(key, "")})[key].strip()
    if not url:
        raise BootError(f"{key} is not set; migrations log in as jemeti_migrate, made by `jemeti db bootstrap`")
    return url


def _check(settings: Mapping[str, str]) -> None:
    """Up, compare with the models, down to nothing, and up again."""
    manifests = platform_of({**settings, "jemeti.skip_failed_plugins": "false"}).manifests
    with scratch_database() as (url, connect):
        count = len(migrations.upgrade(manifests, url))
        try:
            migrations.check(manifests, url)
        except CommandError as error:
            behind = [name for name, manifest in manifests.items() if differences.find(manifest, url)]
            mend = "".join(f'\n  First: jemeti makemigration {name} -m "what it does"' for name in behind)
            raise BootError(f"Models and migrations disagree: {error}{mend}") from error
        with connect() as admin:
            unknown = {row[0] for row in admin.execute(_TABLES).fetchall()} - set(Base.metadata.tables)
        if unknown:
            raise BootError(f"The migrations make tables that no model describes: {', '.join(sorted(unknown))}")
        command.downgrade(migrations.alembic_config(manifests, url), "base")
        with connect() as admin:
            left = [row[0] for row in admin.execute(_LEFT).fetchall()]
        if left:
            raise BootError(f"The way down leaves something behind: {', '.join(left)}")
        migrations.upgrade(manifests, url)
    click.echo(f"{count} migrations: up, equal to the models, down to nothing, and up again.")


_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = 'public' AND tablename <> 'alembic_version'"
_LEFT = """
SELECT c.relname FROM pg_class AS c JOIN pg_namespace AS n ON n.oid = c.relnamespace
 WHERE n.nspname IN ('public', 'jemeti') AND c.relname NOT LIKE 'alembic_version%' ORDER BY 1
"""
