"""The queue kept in order: jobs of the dead given out again, done ones deleted in time, a rest that is no try."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import wait_until
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.worker import upkeep
from jemeti_platform.worker.application import make_app
from jemeti_platform.worker.process import in_background

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

MINE = "task_name = 'stock.fetch' AND args ->> 'tenant_id' = %s"
STATUS = f"SELECT status::text FROM procrastinate.procrastinate_jobs WHERE {MINE} ORDER BY id"


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        connection.execute("SET search_path = procrastinate, public")
        yield connection


def defer(shelf: TestWorkspace, times: int = 1) -> None:
    with shelf.work() as work:
        for _ in range(times):
            work.defer("stock.fetch", item_id=uuid4())


def statuses(superuser: psycopg.Connection[Any], shelf: TestWorkspace) -> list[str]:
    return [status for (status,) in superuser.execute(STATUS, [str(shelf.id)])]  # type: ignore[arg-type]


def once(shop: Shop, what: Any, *arguments: Any) -> None:
    async def run() -> None:
        app = make_app(shop.platform)
        async with app.open_async():
            await what(app, *arguments)

    asyncio.run(run())


def test_jobs_of_a_silent_worker_are_given_out_again_and_those_of_a_living_one_are_not(
    shop: Shop, shelf: TestWorkspace, superuser: Any
) -> None:
    defer(shelf, 3)
    (living,), (silent,) = superuser.execute(
        "INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now()), (now() - interval '1 minute') RETURNING id"
    ).fetchall()
    ids = [
        job
        for (job,) in superuser.execute(f"SELECT id FROM procrastinate_jobs WHERE {MINE} ORDER BY id", [str(shelf.id)])
    ]
    for job, worker in zip(ids, (living, silent, None), strict=True):
        superuser.execute("UPDATE procrastinate_jobs SET status = 'doing', worker_id = %s WHERE id = %s", [worker, job])
    once(shop, upkeep.rescue, 30.0)
    assert statuses(superuser, shelf) == ["doing", "todo", "todo"]
    superuser.execute(f"DELETE FROM procrastinate_jobs WHERE {MINE}", [str(shelf.id)])
    superuser.execute("DELETE FROM procrastinate_workers WHERE id IN (%s, %s)", [living, silent])


def test_done_jobs_are_deleted_after_some_days(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    defer(shelf, 3)
    superuser.execute(f"UPDATE procrastinate_jobs SET status = 'succeeded' WHERE {MINE}", [str(shelf.id)])
    superuser.execute(
        "UPDATE procrastinate_events SET at = at - interval '4 days' WHERE job_id = (SELECT min(id) FROM"
        f" procrastinate_jobs WHERE {MINE})",
        [str(shelf.id)],
    )
    once(shop, upkeep._delete, ["succeeded"], 3)
    assert statuses(superuser, shelf) == ["succeeded", "succeeded"]


def test_a_rest_is_no_try(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    """A worker meets a job of a suspended workspace: it is put off, with all its tries before it."""
    defer(shelf)
    shelf.set_status("suspended")
    rests = f"SELECT count(*) FROM procrastinate_jobs WHERE {MINE} AND scheduled_at > now() AND attempts = 0"
    with in_background(shop.platform):
        wait_until(lambda: superuser.execute(rests, [str(shelf.id)]).fetchone() == (1,))
    assert statuses(superuser, shelf) == ["todo"]


def test_a_worker_in_the_background_begins_what_is_deferred_meanwhile(
    shop: Shop, shelf: TestWorkspace, superuser: Any
) -> None:
    with in_background(shop.platform):
        defer(shelf)
        wait_until(lambda: statuses(superuser, shelf) == ["succeeded"])


def test_runs_are_forgotten_when_no_job_is_left_that_could_run_again(shelf: TestWorkspace, superuser: Any) -> None:
    superuser.execute(
        "INSERT INTO job_runs (tenant_id, job_id, ran_at)"
        " VALUES (%(tenant)s, 1, now()), (%(tenant)s, 2, now() - interval '91 days')",
        {"tenant": shelf.id},
    )
    with shelf.work() as work:
        upkeep.forget_runs(work)
    assert superuser.execute("SELECT job_id FROM job_runs WHERE tenant_id = %s", [shelf.id]).fetchall() == [(1,)]
