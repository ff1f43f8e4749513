"""`jemeti serve`: the platform for production, behind a proxy that ends TLS."""

from __future__ import annotations

import errno
import gc
import os
import signal
from collections.abc import Mapping
from functools import partial
from importlib.util import find_spec
from typing import Any

import click

from .. import logging
from ..platform import BootError
from .database import open_database
from .drain import Stop, listen, serve_until
from .ini import PRODUCTION, ini_option, read_ini

__all__ = ["bind", "build", "frozen", "serve"]

PORT = 6543


@click.command()
@ini_option(PRODUCTION)
@click.option("--host", help="Address to listen on; [server:main] says which otherwise.")
@click.option("--port", type=int, help="Port to listen on; [server:main] says which otherwise.")
@click.option("--workers", type=click.IntRange(1, 256), help="Processes (granian); as many as there are cores.")
def serve(ini: str, host: str | None, port: int | None, workers: int | None) -> None:
    """Serve the platform: by granian where it is installed (extra `server`), by waitress otherwise.

    Migrations are not run: that is `jemeti migrate`, with another login. SIGTERM lets requests that have begun end.
    """
    conf = read_ini(ini)
    logging.set_up(conf.app)
    host = host or conf.server.get("host", "127.0.0.1")
    port = port or _port(conf.server.get("port", str(PORT)))
    stop = Stop()
    with open_database(conf.app) as settings:
        stop.check()
        if find_spec("granian") is None:
            with bind(host, port) as bound:
                serve_until(stop, build(settings), bound, threads=int(conf.server.get("threads", "4")))
            return
        # What is wrong with the settings is said once and here, not by every worker.
        build(settings)
        with bind(host, port):
            pass
        stop.check()
        _run_granian(settings, host, port, workers or _cores())


def build(settings: Mapping[str, str]) -> Any:
    """The application, ready to be served. Raises BootError."""
    from .. import main

    return main({}, **settings)


def frozen(application: Any) -> Any:
    """The application, with everything there is by now taken out of the garbage collector's rounds."""
    gc.collect()
    gc.freeze()
    return application


def bind(host: str, port: int) -> Any:
    """A socket listening on this address. Raises BootError, saying why not."""
    try:
        return listen(host, port)
    except (OSError, OverflowError) as error:
        in_use = isinstance(error, OSError) and error.errno == errno.EADDRINUSE
        reason = (
            "it is in use; choose another with --port" if in_use else getattr(error, "strerror", None) or str(error)
        )
        raise BootError(f"Cannot listen on {host} port {port}: {reason}") from None


def _run_granian(settings: Mapping[str, str], host: str, port: int, workers: int) -> None:
    from granian.constants import Interfaces
    from granian.server import Server

    server = Server(
        "jemeti",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        # More threads or processes than cores brought nothing but half-second tails (measured).
        blocking_threads=1,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=30,
        # To our own handlers, as everything else.
        log_dictconfig={"formatters": {}, "handlers": {}, "loggers": {"_granian": {"propagate": True}}},
    )
    server.serve(target_loader=partial(_load, dict(settings)), wrap_loader=False)


def _load(settings: Mapping[str, str]) -> Any:
    # A forked worker inherits its parent's handler, and would not hear SIGTERM until granian has set its own.
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    return frozen(build(settings))


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _port(text: str) -> int:
    if not text.isdecimal():
        raise BootError(f"[server:main] port is {text!r}; it must be a number")
    return int(text)
