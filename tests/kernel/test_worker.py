"""The worker as people run it: killed and begun anew it does every job once; asked to stop it ends what it has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import FOLDER, Shop, first_shop  # noqa: F401 (a fixture)

JOBS = 200
KILLS = 5
LINE = "from jemeti_platform.cli import main; main()"
# As it would be without what makes an effect one: the claim on the job finds nothing that has run.
FORGETFUL = f"from jemeti_platform.worker import running; running._CLAIM = running._FORGETFUL; {LINE}"
STATUSES = "SELECT status::text, count(*) FROM procrastinate.procrastinate_jobs WHERE queue_name = %s GROUP BY 1"


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


@pytest.fixture
def worker(
    database: Database, settings: dict[str, str], tmp_path: Path
) -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Starts `jemeti worker` with the plugins of the shop: ``worker("--queues", "slow", line=…)``."""
    given = {**settings, **database.settings, "jemeti.plugins": "shop stock", "jemeti.worker.heartbeat_seconds": "1"}
    ini = tmp_path / "worker.ini"
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in given.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", "use = egg:waitress#main"]))
    environment = {**os.environ, "PYTHONPATH": FOLDER}

    with ExitStack() as started:

        def start(*arguments: str, line: str = LINE) -> subprocess.Popen[bytes]:
            process = subprocess.Popen(
                [sys.executable, "-c", line, "worker", "--ini", str(ini), *arguments],
                stdout=(tmp_path / "out").open("ab"),
                stderr=subprocess.STDOUT,
                env=environment,
            )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


def wait_until(true: Callable[[], Any], seconds: float = 40) -> None:
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline, "in vain"
        time.sleep(0.02)


def effects(superuser: psycopg.Connection[Any], shelf: TestWorkspace) -> tuple[int, int]:
    """How many events the jobs have left, and of how many items."""
    row = superuser.execute(
        "SELECT count(*), count(DISTINCT object_id) FROM events WHERE tenant_id = %s", [shelf.id]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def kill_while_working(
    worker: Callable[..., subprocess.Popen[bytes]], superuser: Any, shelf: TestWorkspace, line: str
) -> dict[str, int]:
    """Work off jobs with workers that are killed now and then; returns the jobs by status."""
    with shelf.work() as work:
        for _ in range(JOBS):
            work.defer("stock.fetch", item_id=uuid4())
    for kill in range(KILLS):
        process = worker("--queues", "slow", line=line)
        wanted = (kill + 1) * JOBS // (KILLS + 2)
        wait_until(lambda wanted=wanted: effects(superuser, shelf)[0] >= wanted)
        process.kill()
        process.wait()
    process = worker("--queues", "slow", line=line)
    query = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE queue_name = 'slow' AND status <> 'succeeded'"
    wait_until(lambda: superuser.execute(query).fetchone() == (0,))
    process.send_signal(signal.SIGTERM)
    assert process.wait(10) == 0
    return dict(superuser.execute(STATUSES, ["slow"]).fetchall())


def test_killed_five_times_every_job_has_its_effect_once(
    worker: Any, superuser: Any, shelf: TestWorkspace, tmp_path: Path
) -> None:
    before = dict(superuser.execute(STATUSES, ["slow"]).fetchall()).get("succeeded", 0)
    statuses = kill_while_working(worker, superuser, shelf, LINE)
    assert effects(superuser, shelf) == (JOBS, JOBS)
    assert statuses == {"succeeded": before + JOBS}
    assert "taken up again" in (tmp_path / "out").read_text(), "jobs were lost with their worker and found again"
