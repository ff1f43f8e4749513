"""The worker as people run it: killed and begun anew it does every job once; asked to stop, it ends what has begun."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.waiting import LONG, wait_until
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.worker import schedule

from .shop_platform import FOLDER, Shop, first_shop  # noqa: F401 (a fixture)

# A worker that rests between a task's COMMIT and the mark that the job is done: where a kill would double its effect.
LINE = """
REST = 0.05
import time
from jemeti_platform.cli import main
from jemeti_platform.worker import application

run = application.run

def rest_after(platform, job):
    try:
        return run(platform, job)
    finally:
        time.sleep(REST)

application.run = rest_after
"""
# And one that finds no job to have run, and rests long enough to be killed while it does.
FORGETFUL = f"""
from jemeti_platform.db.statement import Statement
from jemeti_platform.worker import running

running._CLAIM = Statement("SELECT %(job)s::bigint AS job_id")
{LINE}
REST = 0.5
"""
UNDONE = (
    "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE args ->> 'tenant_id' = %s AND status <> 'succeeded'"
)
DOING = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE args ->> 'tenant_id' = %s AND status = 'doing'"


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
            with (tmp_path / "out").open("ab") as out:
                process = subprocess.Popen(
                    [sys.executable, "-c", f"{line}\nmain()", "worker", "--ini", str(ini), *arguments],
                    stdout=out,
                    stderr=subprocess.STDOUT,
                    env=environment,
                )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


def effects(superuser: psycopg.Connection[Any], shelf: TestWorkspace) -> tuple[int, int]:
    """How many events the jobs have left, and of how many items."""
    row = superuser.execute(
        "SELECT count(*), count(DISTINCT object_id) FROM events WHERE tenant_id = %s", [shelf.id]
    ).fetchone()
    assert row is not None
    return row[0], row[1]


def work_off_killing(worker: Any, superuser: Any, shelf: TestWorkspace, line: str, *, jobs: int, kills: int) -> None:
    """Put jobs into a queue of their own and have them worked off by workers of which ``kills`` are killed."""
    with shelf.work() as work:
        for _ in range(jobs):
            work.defer("stock.fetch", item_id=uuid4())
    for kill in range(kills):
        process = worker("--queues", "slow", line=line)
        wanted = (kill + 1) * jobs // (kills + 2)
        wait_until(lambda wanted=wanted: effects(superuser, shelf)[0] >= wanted)
        process.kill()
        process.wait()
    process = worker("--queues", "slow", line=line)
    wait_until(lambda: superuser.execute(UNDONE, [str(shelf.id)]).fetchone() == (0,))
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG) == 0


def test_killed_five_times_every_job_has_its_effect_once(
    worker: Any, superuser: Any, shelf: TestWorkspace, tmp_path: Path
) -> None:
    work_off_killing(worker, superuser, shelf, LINE, jobs=200, kills=5)
    assert effects(superuser, shelf) == (200, 200)
    assert "taken up again" in (tmp_path / "out").read_text(), "jobs were left by the dead and found"


def test_without_the_record_of_runs_a_kill_doubles(worker: Any, superuser: Any, shelf: TestWorkspace) -> None:
    work_off_killing(worker, superuser, shelf, FORGETFUL, jobs=40, kills=1)
    events, items = effects(superuser, shelf)
    assert items == 40
    assert events > 40, "the control: what is not remembered is done twice"


def test_asked_to_stop_it_ends_what_it_has_begun(worker: Any, superuser: Any, shelf: TestWorkspace) -> None:
    with shelf.work() as work:
        work.defer("stock.fetch", item_id=uuid4(), seconds=2)
        for _ in range(20):
            work.defer("stock.fetch", item_id=uuid4(), seconds=1, lock="one after another")
    process = worker("--queues", "slow", "--concurrency", "1")
    wait_until(lambda: superuser.execute(DOING, [str(shelf.id)]).fetchone() == (1,))
    process.send_signal(signal.SIGTERM)
    assert process.wait(LONG) == 0
    assert superuser.execute(DOING, [str(shelf.id)]).fetchone() == (0,)
    assert effects(superuser, shelf)[0] in (1, 2), "what had begun has its effect, what had not waits"


def test_what_runs_by_the_clock_runs_in_every_workspace_that_has_the_plugin(
    shop: Shop, shelf: TestWorkspace, superuser: Any
) -> None:
    without, asleep = shop.workspace("shop-none"), shop.workspace()
    asleep.set_status("suspended")
    run_jobs = RunJobs(shop.platform, datetime.now(UTC))
    ran = [job for job in run_jobs.by_the_clock("stock.nightly") if job.task == "stock.nightly"]
    assert shelf.id in {job.tenant_id for job in ran}
    assert {without.id, asleep.id}.isdisjoint(job.tenant_id for job in ran)
    assert effects(superuser, shelf) == (1, 1)
    having_it = "SELECT count(*) FROM tenants WHERE status = 'active' AND plugins ? 'stock'"
    assert (schedule.begin(shop.platform, "stock.nightly"),) == superuser.execute(having_it).fetchone()
    assert schedule.begin(shop.platform, "stock.nightly") == 0, "one that waits is not joined by another"
    run_jobs()


def test_the_worker_keeps_the_clock(shop: Shop, worker: Any, superuser: Any) -> None:
    """Every schedule of the platform is begun once by a new worker: what was missed within a day is made up for."""
    worker()
    names = sorted(shop.platform.periodics)
    # another platform on this database may have schedules of its own
    begun = (
        "SELECT count(DISTINCT periodic_id) FROM procrastinate.procrastinate_periodic_defers"
        " WHERE periodic_id = ANY(%s)"
    )
    wait_until(lambda: superuser.execute(begun, [names]).fetchone() == (len(names),))


@pytest.mark.parametrize("cron", ["nightly", "0 3 * *", "0 3 * * * *", "61 3 * * *"])
def test_what_is_no_schedule_is_refused(cron: str) -> None:
    with pytest.raises(ValueError, match="no cron expression of five fields"):
        schedule.check(cron)
