"""What a job and its invoices cost the database does not grow with them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import RoundTrips, count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.jobs import jobs, totals
from plugins.jobs.models import JobLine, JobPart

from .billing_jobs import invoiced, paid
from .opening import a_customer, a_job, approve


def a_job_of(api: Api, tenant: TestWorkspace, count: int, **over: Any) -> dict[str, Any]:
    """A job with ``count`` approved lines and parts."""
    job = a_job(api, **over)
    rows = [
        {"id": uuid7(), "job_id": UUID(job["id"]), "description": f"{n}", "unit_price": Decimal(n), "position": n}
        for n in range(1, count + 1)
    ]
    with tenant.work() as work:
        locked = jobs.locked(work, UUID(job["id"]))
        work.queue(insert_rows(JobLine, rows), insert_rows(JobPart, [{**row, "id": uuid7()} for row in rows]))
        totals.reckon(work, locked)
    return approve(api, job)


def counted(api: Api, ask: Any) -> RoundTrips:
    with count_round_trips(api.app.registry.platform) as trips:
        ask()
    return trips


@pytest.mark.parametrize("path", ["", "/invoices", "/payments", "/credit-notes", "/lines", "/timeline"])
def test_reading_is_one_round_trip_and_as_many_statements_with_fifty_lines(
    api: Api, tenant: TestWorkspace, path: str
) -> None:
    asked = []
    for count in (1, 50):
        job = a_job_of(api, tenant, count)
        made = invoiced(api, job)
        paid(api, job, "1.00")
        api.post(f"/v1/invoices/{made[0]['id']}/credit-notes", {"reason": "So it is"}, expect=201)
        where = f"/v1/jobs/{job['id']}{path}"
        api.get(where)  # features and roles are known
        asked.append(counted(api, lambda where=where: api.get(where)))
    assert [trips.count for trips in asked] == [1, 1]
    assert asked[0].statements == asked[1].statements


@pytest.mark.parametrize("path", ["/v1/jobs", "/v1/invoices?source_type=jobs.job", "/v1/jobs/board"])
def test_lists_are_one_round_trip_however_many_jobs_have_invoices(api: Api, tenant: TestWorkspace, path: str) -> None:
    customer, asked = a_customer(api), []
    for count in (1, 8):
        for _ in range(count):
            invoiced(api, a_job_of(api, tenant, 3, customer_id=customer))
        api.get(path)
        asked.append(counted(api, lambda: api.get(path)))
    assert [trips.count for trips in asked] == [1, 1]
    assert asked[0].statements == asked[1].statements


def test_invoicing_fifty_lines_asks_no_more_than_invoicing_one(api: Api, tenant: TestWorkspace) -> None:
    invoiced(api, a_job_of(api, tenant, 1))  # the connection has its statements prepared
    asked = []
    for count in (1, 50):
        job = a_job_of(api, tenant, count)
        asked.append(counted(api, lambda job=job: invoiced(api, job)))
    assert asked[0].count == asked[1].count
    assert asked[0].statements == asked[1].statements
    assert asked[0].count <= 8
