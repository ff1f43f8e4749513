"""Jobs: put into the queue by the transaction that wants them, run inside its workspace, with effects exactly once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.worker import running
from jemeti_platform.worker.running import Job, Outcome

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

COUNTED = "SELECT data FROM events WHERE tenant_id = %s AND type = 'stock.item.counted' ORDER BY position"


@pytest.fixture
def run_jobs(shop: Shop) -> RunJobs:
    return RunJobs(shop.platform, datetime.now(UTC))


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def counted(superuser: psycopg.Connection[Any], workspace: TestWorkspace) -> list[dict[str, Any]]:
    return [data for (data,) in superuser.execute(COUNTED, [workspace.id])]


def faults(shop: Shop) -> list[Exception]:
    """What the next calls of ``stock.count`` raise."""
    found: list[Exception] = shop.platform.module("stock").FAULTS
    return found


def test_a_job_runs_in_its_workspace_with_what_it_was_given(
    shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any
) -> None:
    item = uuid4()
    with shelf.work() as work:
        work.defer("stock.count", item_id=item, quantity=Decimal("2.50"))
    ran = run_jobs()
    assert [job.task for job in ran] == ["stock.count"]
    assert counted(superuser, shelf) == [{"item_id": str(item), "quantity": "2.50", "note": None}]
    assert run_jobs() == []


def test_what_rolls_back_defers_nothing(shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any) -> None:
    with pytest.raises(ZeroDivisionError), shelf.work() as work:  # noqa: PT012 (the work ends with it)
        work.defer("stock.count", item_id=uuid4())
        work.write()
        raise ZeroDivisionError
    assert run_jobs() == []
    assert counted(superuser, shelf) == []


def test_a_savepoint_takes_its_jobs_and_events_with_it(
    shelf: TestWorkspace, shop: Shop, run_jobs: RunJobs, superuser: Any
) -> None:
    stays, goes = uuid4(), uuid4()
    event = shop.platform.module("stock").ItemCounted
    with shelf.work() as work:
        work.defer("stock.count", item_id=stays)
        with pytest.raises(ZeroDivisionError), work.transaction.savepoint():  # noqa: PT012 (the savepoint ends with it)
            work.defer("stock.count", item_id=goes)
            work.emit(event(goes, Decimal(7)))
            raise ZeroDivisionError
    run_jobs()
    assert [data["item_id"] for data in counted(superuser, shelf)] == [str(stays)]


def test_jobs_that_jobs_defer_run_too(shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any) -> None:
    items = [uuid4(), uuid4()]
    with shelf.work() as work:
        work.defer("stock.tidy", items=items)
    assert [job.task for job in run_jobs()] == ["stock.tidy", "stock.count", "stock.count"]
    assert [data["item_id"] for data in counted(superuser, shelf)] == [str(item) for item in items]


def test_what_a_task_does_not_take_is_refused_at_once(shelf: TestWorkspace) -> None:
    with shelf.work() as work:
        with pytest.raises(TypeError, match=r"'stock\.count' cannot be called like this.*colour"):
            work.defer("stock.count", item_id=uuid4(), colour="red")
        with pytest.raises(TypeError, match="names no time zone"):
            work.defer("stock.count", item_id=uuid4(), at=datetime(2026, 1, 1))  # noqa: DTZ001 (that is the point)
        with pytest.raises(RuntimeError, match=r"not declared; write config\.add_task\(\'stock\.lose\', function\)"):
            work.defer("stock.lose")


def test_the_app_role_reaches_no_job(shelf: TestWorkspace, database: Database) -> None:
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    with database.connect("jemeti_app") as app:
        for statement in (
            "SELECT * FROM procrastinate.procrastinate_jobs",
            "DELETE FROM procrastinate.procrastinate_jobs",
            "UPDATE procrastinate.procrastinate_jobs SET args = '{}'",
            "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name) VALUES ('default', 'stock.count')",
            "SELECT procrastinate.procrastinate_fetch_job_v2(NULL, 1)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_a_job_cannot_be_put_into_another_workspace(
    shelf: TestWorkspace, shop: Shop, database: Database, run_jobs: RunJobs, superuser: Any
) -> None:
    other, item = shop.workspace(), uuid4()
    job = (
        f'[{{"task": "stock.count", "queue": "default", "tenant_id": "{other.id}",'
        f' "args": {{"item_id": "{item}", "tenant_id": "{other.id}"}}}}]'
    )
    with database.connect("jemeti_app") as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="a job belongs to a workspace"):
            app.execute("SELECT jemeti.defer(%s)", [job])
        with app.transaction():
            app.execute("SELECT jemeti.enter(%s, NULL)", [shelf.id])
            app.execute("SELECT jemeti.defer(%s)", [job])
    (ran,) = run_jobs()
    assert ran.tenant_id == shelf.id
    assert counted(superuser, other) == []
    assert [data["item_id"] for data in counted(superuser, shelf)] == [str(item)]


def test_one_waits_under_a_queueing_lock_and_another_workspace_has_its_own(
    shelf: TestWorkspace, shop: Shop, run_jobs: RunJobs
) -> None:
    for workspace in (shelf, shelf, shop.workspace()):
        with workspace.work() as work:
            for _ in range(2):
                work.defer("stock.tidy", items=[], queueing_lock="tidy")
    assert sorted(job.tenant_id == shelf.id for job in run_jobs()) == [False, True]


def test_a_job_due_later_waits(shelf: TestWorkspace, run_jobs: RunJobs) -> None:
    with shelf.work() as work:
        work.defer("stock.tidy", items=[], at=work.now() + timedelta(hours=3))
    assert run_jobs() == []
    assert run_jobs(ahead=timedelta(hours=2)) == []
    assert len(run_jobs(ahead=timedelta(hours=4))) == 1


def test_what_fails_leaves_nothing_and_is_tried_again(
    shelf: TestWorkspace, shop: Shop, run_jobs: RunJobs, superuser: Any
) -> None:
    faults(shop).append(OSError("the shelf is locked"))
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    assert len(run_jobs(failing=True)) == 1
    assert counted(superuser, shelf) == [], "its transaction was undone"
    assert run_jobs() == [], "it rests before it is tried again"
    (again,) = run_jobs(ahead=timedelta(minutes=1))
    assert again.attempts == 1
    assert len(counted(superuser, shelf)) == 1


def test_what_fails_always_is_parked(shelf: TestWorkspace, shop: Shop, run_jobs: RunJobs, superuser: Any) -> None:
    faults(shop).extend(OSError("the shelf is locked") for _ in range(3))
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    for _ in range(5):
        run_jobs(failing=True, ahead=timedelta(days=1))
    assert faults(shop) == [], "it was tried three times"
    ((status, attempts),) = superuser.execute(
        "SELECT status::text, attempts FROM procrastinate.procrastinate_jobs WHERE args ->> 'tenant_id' = %s",
        [str(shelf.id)],
    ).fetchall()
    assert (status, attempts) == ("failed", 3)


def test_a_failure_is_raised_to_the_test(shelf: TestWorkspace, shop: Shop, run_jobs: RunJobs) -> None:
    faults(shop).append(OSError("the shelf is locked"))
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    with pytest.raises(OSError, match="the shelf is locked"):
        run_jobs()


def test_a_job_that_has_run_has_no_second_effect(shelf: TestWorkspace, shop: Shop, superuser: Any) -> None:
    job = Job(2**40 + uuid4().int % 2**20, "stock.count", shelf.id, {"item_id": str(uuid4())})
    assert running.run(shop.platform, job) is Outcome.DONE
    assert running.run(shop.platform, job) is Outcome.ALREADY_DONE
    assert len(counted(superuser, shelf)) == 1


def test_a_late_task_holds_no_transaction_and_comes_back_in_its_place(
    shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any
) -> None:
    item = uuid4()
    with shelf.work() as work:
        work.defer("stock.order", item_id=item, tries=3, lock="supplier")
        work.defer("stock.count", item_id=item, lock="supplier")
        work.defer("stock.count", item_id=uuid4())
    assert [job.task for job in run_jobs()] == ["stock.order", "stock.count"], "what is behind it waits for it"
    assert [job.task for job in run_jobs(ahead=timedelta(hours=2))] == ["stock.order"]
    assert [job.task for job in run_jobs(ahead=timedelta(hours=2))] == ["stock.order", "stock.count"]
    quantities = [data["quantity"] for data in counted(superuser, shelf) if data["item_id"] == str(item)]
    assert quantities == ["0", "1", "2", "1"]


def test_a_suspended_workspace_keeps_its_jobs_and_a_closed_one_loses_them(
    shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any
) -> None:
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    shelf.set_status("suspended")
    run_jobs()
    shelf.set_status("active")
    assert run_jobs() == []
    run_jobs(ahead=timedelta(hours=2))
    assert len(counted(superuser, shelf)) == 1
    with shelf.work() as work:
        work.defer("stock.count", item_id=uuid4())
    shelf.set_status("closed")
    assert len(run_jobs()) == 1
    assert len(counted(superuser, shelf)) == 1


def test_a_plugin_that_is_off_does_no_jobs(shelf: TestWorkspace, run_jobs: RunJobs, superuser: Any) -> None:
    with shelf.work() as work:
        work.defer("stock.count", item_id=UUID(int=1))
    shelf.set_feature("shop", "off")
    shelf.set_feature("stock", "off")
    assert len(run_jobs()) == 1
    assert counted(superuser, shelf) == []
