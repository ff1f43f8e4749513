"""Where it is another day than in UTC, today is that day: for what is promised or holds to its end, and for limits."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.clocks import another_day
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace

from .opening import a_customer
from .quoting import LABOUR, a_quotation, sent
from .test_jobs import set_limit

SECOND = timedelta(seconds=1)


@pytest.fixture
def tenant(new_tenant: Any) -> TestWorkspace:
    there: TestWorkspace = new_tenant(timezone=another_day())
    return there


@pytest.fixture
def today(tenant: TestWorkspace) -> date:
    with tenant.work() as work:
        return work.today()


@pytest.fixture
def midnight(tenant: TestWorkspace, today: date) -> datetime:
    """When today began."""
    with tenant.work() as work:
        return datetime.combine(today, time(), work.timezone)


def test_promised_for_today_is_from_midnight_to_midnight(api: Api, midnight: datetime) -> None:
    tomorrow = midnight + timedelta(days=1)
    for moment in (midnight - SECOND, midnight, tomorrow - SECOND, tomorrow):
        wish = {"customer_id": a_customer(api), "promised_at": moment.isoformat()}
        api.post("/v1/jobs", wish, expect=201)
    figures = {one["name"]: one["value"] for one in api.get("/v1/dashboard").data["figures"]}
    assert (figures["jobs.promised_today"], figures["jobs.late"]) == (2, 2)


def test_a_quotation_of_today_holds_to_midnight(api: Api, today: date, midnight: datetime) -> None:
    quotation = sent(api, a_quotation(api, LABOUR, valid_until=str(today)))
    assert (quotation["status"], quotation["is_expired"]) == ("sent", False)
    assert datetime.fromisoformat(quotation["expires_at"]) == midnight + timedelta(days=1)


def test_a_job_of_last_month_does_not_count(
    api: Api, tenant: TestWorkspace, database: Database, midnight: datetime
) -> None:
    set_limit(api, 1)
    wish, began = {"customer_id": a_customer(api)}, midnight.replace(day=1)
    api.post("/v1/jobs", wish, expect=201)
    for moment, expect in ((began, 402), (began - SECOND, 201)):
        with database.connect("postgres") as owner:
            owner.execute("UPDATE jobs_jobs SET created_at = %s WHERE tenant_id = %s", [moment, tenant.id])
        api.post("/v1/jobs", wish, expect=expect)
