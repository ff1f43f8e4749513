"""Many who invoice one job at the same moment make one set of invoices. And the same without what sees to that."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier, Event
from typing import Any
from uuid import UUID

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.crm import customers
from plugins.jobs import invoicing, jobs

from .billing_jobs import added_up, approved_job, credited, insured_job, invoiced, paid
from .opening import a_customer

_INDEX = "uq_jobs_invoiced_work_line_id"


def at_once(api: Api, job: dict[str, Any], count: int) -> list[int]:
    """Have the job invoiced by ``count`` at the same moment; returns the statuses of the answers."""
    barrier = Barrier(count)

    def attempt(_: int) -> int:
        barrier.wait(30)
        return int(api.post(f"/v1/jobs/{job['id']}/invoices", {}, anything=True).status)

    with ThreadPoolExecutor(count) as pool:
        return sorted(pool.map(attempt, range(count)))


def invoices_of(api: Api, job: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = api.get(f"/v1/jobs/{job['id']}/invoices").data
    return found


def test_twenty_at_once_are_one_set_of_invoices(api: Api) -> None:
    job = insured_job(api, {"insurance_percent": "70"}, {"unit_price": "33.33"}, deductible="100.00")
    assert at_once(api, job, 20) == [201] + [409] * 19
    made = invoices_of(api, job)
    assert len(made) == 2
    assert added_up(made) == {name: job["totals"][name] for name in ("taxable", "tax", "total")}


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever invoices does not lock the job, and both have looked before anybody writes."""
    looked = Barrier(2)
    seen = invoicing._chosen

    def unhurried(*given: Any) -> Any:
        found = seen(*given)
        looked.wait(30)
        return found

    monkeypatch.setattr(jobs, "LOCK", Statement(jobs.LOCK.sql.replace(" FOR UPDATE", "")))
    monkeypatch.setattr(invoicing, "_chosen", unhurried)


@pytest.fixture
def no_constraint(database: Database) -> Iterator[None]:
    """One line may be invoiced twice, for as long as the test runs."""
    with database.connect("postgres") as owner:
        owner.execute(f"DROP INDEX {_INDEX}")
    yield
    with database.connect("postgres") as owner:
        owner.execute("UPDATE jobs_invoiced_work SET freed_at = now() WHERE freed_at IS NULL")
        owner.execute(f"CREATE UNIQUE INDEX {_INDEX} ON jobs_invoiced_work (tenant_id, line_id) WHERE freed_at IS NULL")


@pytest.mark.usefixtures("no_lock")
def test_without_the_lock_the_constraint_still_lets_one_through(api: Api) -> None:
    job = approved_job(api)
    assert at_once(api, job, 2) == [201, 409]
    assert len(invoices_of(api, job)) == 1


@pytest.mark.usefixtures("no_lock", "no_constraint")
def test_the_negative_control_without_lock_and_constraint_work_is_invoiced_twice(api: Api) -> None:
    job = approved_job(api)
    assert at_once(api, job, 2) == [201, 201]
    assert len(invoices_of(api, job)) == 2


def test_both_taken_back_at_once_free_the_work(api: Api) -> None:
    """Each credit note sees its own invoice alone; the later of the two has to see the other's as well."""
    job = insured_job(api, {"tax_rate": "0", "insurance_percent": "60"})
    made = invoiced(api, job)
    barrier = Barrier(2)

    def take_back(invoice: dict[str, Any]) -> None:
        barrier.wait(30)
        credited(api, job, invoice_id=invoice["id"])

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(take_back, made))
    assert [one["total"] for one in invoiced(api, job)] == [one["total"] for one in made]


def test_money_that_comes_in_while_customers_are_merged_is_the_one_s_who_stays(
    api: Api, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who pays need not know: they named no customer, and the job's is another when the money is written down."""
    job, stays = approved_job(api), a_customer(api, name="Rahima Begum")
    (owed,) = invoiced(api, job)
    moved, paying = Event(), Event()
    move = customers.move_references

    def unhurried(*given: Any) -> None:
        move(*given)
        moved.set()
        assert paying.wait(LONG)
        wait_until_blocked(database)

    monkeypatch.setattr(customers, "move_references", unhurried)
    with ThreadPoolExecutor(2) as pool:
        merging = pool.submit(
            api.post, f"/v1/crm/customers/{stays}/merge", {"duplicate_id": job["customer_id"]}, anything=True
        )
        assert moved.wait(LONG)
        money = pool.submit(paid, api, job, owed["total"])
        paying.set()
        assert merging.result(LONG).status == 200
        assert money.result(LONG)["customer_id"] == stays
    assert api.get(f"/v1/invoices/{owed['id']}").data["balance"] == "0.00"


class TestCancelledMeanwhile:
    """A job that is invoiced while it is being cancelled: of a cancelled job nobody is asked to pay."""

    def invoicing(
        self, api: Api, job: dict[str, Any], tenant: TestWorkspace, database: Database
    ) -> tuple[int, str, int]:
        """The answer to whoever invoices, what has become of the job, and how many invoices there are."""
        with ThreadPoolExecutor(1) as pool:
            with tenant.work() as work:
                move(work, "jobs.job", UUID(job["id"]), "cancel", note="The car is sold")
                answer = pool.submit(api.post, f"/v1/jobs/{job['id']}/invoices", {}, anything=True)
                wait_until_blocked(database, answer.done)
            status = int(answer.result(LONG).status)
        return status, api.get(f"/v1/jobs/{job['id']}").data["status"], len(invoices_of(api, job))

    def test_whoever_invoices_waits_and_is_refused(self, api: Api, tenant: TestWorkspace, database: Database) -> None:
        assert self.invoicing(api, approved_job(api), tenant, database) == (409, "cancelled", 0)

    def test_the_negative_control_without_the_lock_a_cancelled_job_is_invoiced(
        self, api: Api, tenant: TestWorkspace, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(jobs, "LOCK", Statement(jobs.LOCK.sql.replace(" FOR UPDATE", "")))
        assert self.invoicing(api, approved_job(api), tenant, database) == (201, "cancelled", 1)
