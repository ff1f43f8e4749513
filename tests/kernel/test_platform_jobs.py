"""The queue as those who run the platform see it: listed, counted, a failed job given back, a workspace's erased."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def run_jobs(shop: Shop) -> RunJobs:
    return RunJobs(shop.platform, datetime.now(UTC))


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def fail(shop: Shop, shelf: TestWorkspace, run_jobs: RunJobs) -> int:
    """A job that has failed for good, by its id."""
    shop.platform.module("stock").FAULTS.extend(OSError("the shelf is locked") for _ in range(3))
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    for _ in range(3):
        run_jobs(failing=True, ahead=timedelta(days=1))
    (job,) = shop.admin.get("/platform/jobs", params={"tenant_id": str(shelf.id), "status": "failed"}).data
    found: int = job["id"]
    return found


def test_jobs_are_listed_without_what_they_carry(shop: Shop, shelf: TestWorkspace, run_jobs: RunJobs) -> None:
    fail(shop, shelf, run_jobs)
    (job,) = shop.admin.get("/platform/jobs", params={"tenant_id": str(shelf.id)}).data
    assert job["deferred_at"] <= job["changed_at"]
    told = {name: value for name, value in job.items() if name not in ("id", "deferred_at", "changed_at", "due_at")}
    assert told == {
        "task": "stock.count", "queue": "default", "tenant_id": str(shelf.id), "tenant": shelf.slug,
        "status": "failed", "attempts": 3,
    }  # fmt: skip
    assert shop.admin.get("/platform/jobs", params={"tenant_id": str(shelf.id), "status": "todo,doing"}).data == []
    shop.admin.get("/platform/jobs", params={"status": "lost"}, expect=400)


def test_a_failed_job_is_given_back_once(shop: Shop, shelf: TestWorkspace, run_jobs: RunJobs) -> None:
    path = f"/platform/jobs/{fail(shop, shelf, run_jobs)}/retry"
    assert shop.admin.post(path, {}).data["status"] == "todo"
    refused = shop.admin.post(path, {}, expect=409)
    assert refused.error["details"] == {"reason": "state", "status": "todo"}
    (ran,) = run_jobs()
    assert (ran.task, ran.attempts) == ("stock.count", 0)
    (entry,) = shop.admin.get("/platform/audit-log", params={"tenant": shelf.slug, "action": "job.retried"}).data
    assert entry["subject"].startswith("stock.count ")


@pytest.mark.parametrize("job", ["0", "9999999999", "one", "-1", "9" * 30])
def test_there_is_no_such_job(shop: Shop, job: str) -> None:
    shop.admin.post(f"/platform/jobs/{job}/retry", {}, expect=404)


def test_the_figures_stand_among_the_metrics(shop: Shop, shelf: TestWorkspace, run_jobs: RunJobs) -> None:
    def figures() -> dict[str, float]:
        lines = shop.admin.get("/metrics", anything=True).text.splitlines()
        rows = (line.split() for line in lines if line.startswith(("jemeti_jobs_", "jemeti_workers")))
        return {name: float(value) for name, value in rows}

    run_jobs()
    before = figures()
    fail(shop, shelf, run_jobs)
    with shelf.work() as work:
        work.defer("stock.tidy", items=[])
        work.defer("stock.tidy", items=[], at=work.now() + timedelta(hours=1))
    after = figures()
    grown = {name: after[name] - before[name] for name in after}
    assert grown["jemeti_jobs_failed"] == grown["jemeti_jobs_waiting"] == grown["jemeti_jobs_scheduled"] == 1
    assert 0 <= after["jemeti_jobs_oldest_seconds"] < 60
    run_jobs()


def test_an_erased_workspace_leaves_no_job(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    where = f"/platform/tenants/{shelf.slug}"
    shop.admin.post(f"{where}/close", {"reason": "a test"})
    shop.admin.post(f"{where}/erase", {"confirm": shelf.slug, "reason": "a test"})
    query = "SELECT count(*) FROM procrastinate.procrastinate_jobs WHERE args ->> 'tenant_id' = %s"
    assert superuser.execute(query, [str(shelf.id)]).fetchone() == (0,)
