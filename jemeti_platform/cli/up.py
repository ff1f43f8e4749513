"""`jemeti up`: everything that is needed to try the platform, in one command."""

from __future__ import annotations

import time

import click

from .. import demo, logging
from ..platform import BootError
from ..worker.process import in_background
from .database import open_database
from .demo import make_demo
from .drain import Stop, serve_until
from .ini import DEVELOPMENT, ini_option, read_ini
from .migrate import migrate_database
from .serve import PORT, bind, build, frozen

__all__ = ["up"]


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), default=PORT, show_default=True, help="Port to listen on.")
@click.option("--data", metavar="DIR", help="Data folder of the embedded database; jemeti.data in the ini otherwise.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@ini_option(DEVELOPMENT)
def up(port: int, data: str | None, host: str, ini: str) -> None:
    """Start database and platform, with a demo workspace to look at.

    Starts the embedded PostgreSQL (unless sqlalchemy.url names another server), runs the migrations it lacks, makes
    the demo workspace if there is none, serves, and works off jobs until Ctrl-C or SIGTERM. What is stored stays for
    the next time.
    """
    begun = time.monotonic()
    conf = read_ini(ini)
    if not conf.is_development:
        raise BootError(f"{conf.path.name} is not for development; `jemeti serve --ini {ini}` serves it")
    logging.set_up(conf.app)
    stop = Stop()
    with bind(host, port) as bound:
        click.echo("jemeti: starting the database")
        with open_database(conf.app, data) as settings:
            stop.check()
            migrate_database(settings)
            stop.check()
            # Links in mails lead here, whatever the port.
            workspaces = f"http://{{workspace}}.{settings.get('jemeti.domain', 'localhost')}:{port}"
            application = build({"jemeti.public_url": workspaces, **settings})
            here = workspaces.format(workspace=demo.WORKSPACE)
            make_demo(application.registry.platform)
            stop.check()
            _greet(f"http://{host}:{port}", here, time.monotonic() - begun)
            if host not in ("127.0.0.1", "::1", "localhost"):
                click.echo("  Whoever reaches this machine knows these passwords: they stand in the README.\n")
            with in_background(application.registry.platform):
                serve_until(stop, frozen(application), bound, threads=4)
            click.echo("jemeti: stopping")


def _greet(plain: str, workspace: str, seconds: float) -> None:
    click.echo(f"""
  JemetiOS is ready after {seconds:.1f} s.

    {workspace}   the workspace demo: {demo.OWNER_EMAIL} / {demo.OWNER_PASSWORD}
    {plain}/platform   who runs it all: {demo.ADMIN_EMAIL} / {demo.ADMIN_PASSWORD}
    {plain}/docs   every path, described

  Log in:

    curl -s {workspace}/api/auth/login -H 'Content-Type: application/json' \\
         -d '{{"email": "{demo.OWNER_EMAIL}", "password": "{demo.OWNER_PASSWORD}"}}'

  Ctrl-C stops it; what is stored stays.
""")
