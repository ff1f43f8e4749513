"""`jemeti worker`: the jobs that requests have left for later, and what runs by the clock."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import click
from prometheus_client import start_http_server

from .. import logging
from ..platform import BootError, Platform
from .database import open_database
from .drain import Stop
from .ini import PRODUCTION, ini_option, read_ini
from .serve import build

__all__ = ["metrics_served", "worker"]


@click.command()
@ini_option(PRODUCTION)
@click.option("--concurrency", type=click.IntRange(1, 64), help="Jobs at a time; jemeti.worker.concurrency otherwise.")
@click.option("--queues", default="", metavar="NAMES", help="Only from these queues, separated by commas.")
def worker(ini: str, concurrency: int | None, queues: str) -> None:
    """Work off the queue until SIGTERM, and then end what has begun.

    Any number of workers may run, on any machine that reaches the database. `jemeti up` has one inside.
    """
    from ..worker.process import WorkerProcess

    conf = read_ini(ini)
    logging.set_up(conf.app)
    stop = Stop()
    with open_database(conf.app) as settings:
        stop.check()
        at_once = concurrency or number(settings, "jemeti.worker.concurrency", 4)
        # a job that reads a long list meanwhile needs a second connection
        platform = build({**settings, "jemeti.pool_size": str(2 * at_once)}).registry.platform
        process = WorkerProcess(
            platform,
            concurrency=at_once,
            queues=[name.strip() for name in queues.split(",") if name.strip()],
            heartbeat=number(settings, "jemeti.worker.heartbeat_seconds", 10),
        )
        stop.wake = process.stop
        stop.check()
        with metrics_served(settings.get("jemeti.worker.metrics", "").strip(), platform):
            click.echo(f"jemeti: working, {at_once} jobs at a time")
            process.run()
        click.echo("jemeti: stopping")
        for engine in platform.engines.values():
            engine.dispose()


@contextmanager
def metrics_served(where: str, platform: Platform) -> Iterator[None]:
    """This process's metrics at ``address:port``, for Prometheus; nowhere where that is empty. Raises BootError."""
    if not where:
        yield
        return
    host, _, port = where.rpartition(":")
    if not host or not port.isdecimal():
        raise BootError(f"jemeti.worker.metrics is {where!r}; write address and port, like 127.0.0.1:9464")
    try:
        server, thread = start_http_server(int(port), host.strip("[]"), platform.metrics)
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise BootError(f"jemeti.worker.metrics: cannot listen on {where}: {reason}") from None
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def number(settings: dict[str, str], key: str, default: int) -> int:
    """A whole number above zero. Raises BootError."""
    text = settings.get(key, str(default)).strip()
    if not text.isdecimal() or int(text) < 1:
        raise BootError(f"{key} is {text!r}; it must be a whole number above zero")
    return int(text)
