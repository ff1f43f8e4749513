"""The command `jemeti`, as a table of contents: one module for each command.

up, serve, worker               running the platform
init, migrate, db, new-key      what a server needs before
tenants, features, plans        the platform's own work
admins                          those who do it
import, export                  a workspace's data
files                           what is kept beside the database
routes, events, plugins         what is installed
makemigration                   what an author of plugins needs
"""

from __future__ import annotations

import warnings
from typing import Any

import click
import psycopg
from sqlalchemy.exc import OperationalError

from ..db.engine import DatabaseRefused
from ..db.roles import BootstrapRefused
from ..embedded import EmbeddedError, ServerTooOld
from ..errors import PlatformError
from ..platform import BootError
from .admins import admins
from .bootstrap import db
from .events import events
from .exports import export
from .features import features
from .files import files
from .imports import import_
from .init import init
from .keys import new_key
from .makemigration import makemigration
from .migrate import migrate
from .plans import plans
from .plugins import plugins
from .routes import routes
from .serve import serve
from .tenants import tenants
from .up import up
from .worker import worker

__all__ = ["main"]

# Cornice 6.1 asks pkg_resources for its version; nobody who starts a server can do anything about it.
warnings.filterwarnings("ignore", "pkg_resources is deprecated as an API")

_REFUSALS = (BootError, BootstrapRefused, DatabaseRefused, EmbeddedError, PlatformError, ServerTooOld)


class _Commands(click.Group):
    """What a command refuses is one sentence and exit status 1, never a traceback."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except _REFUSALS as error:
            raise click.ClickException(f"{error}") from error
        except (OperationalError, psycopg.OperationalError) as error:
            cause = getattr(error, "orig", None) or error
            raise click.ClickException(f"The database cannot be used: {' '.join(str(cause).split())}") from error


@click.group(cls=_Commands)
@click.version_option(package_name="jemeti")
def main() -> None:
    """JemetiOS: a platform for many businesses, each in a workspace of its own."""


_PLATFORM = (tenants, admins, plans, features)
_SERVER = (up, serve, worker, init, migrate, makemigration, db, new_key)
for command in (*_SERVER, *_PLATFORM, import_, export, files, routes, events, plugins):
    main.add_command(command)
