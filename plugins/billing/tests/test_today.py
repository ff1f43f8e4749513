"""Where it is another day than in UTC, today is that day: on documents, in lists and sums, and for what is late."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.clocks import another_day
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import Till
from .test_invoice_lists import long_ago
from .test_overview import figures


@pytest.fixture
def tenant(new_tenant: Any) -> TestWorkspace:
    there: TestWorkspace = new_tenant(timezone=another_day())
    return there


@pytest.fixture
def today(tenant: TestWorkspace) -> date:
    with tenant.work() as work:
        return work.today()


def test_what_happens_today_is_dated_by_the_workspaces_day(api: Api, till: Till, today: date) -> None:
    invoice = till.invoice("100.00", due_in_days=30)
    note = till.credit(invoice, lines=[{"line_id": lines_of(api, invoice)[0]["id"], "amount": "10.00"}])
    till.pay("20.00", invoice)
    assert (invoice["issued_on"], invoice["due_on"]) == (str(today), str(today + timedelta(days=30)))
    assert note["issued_on"] == str(today)
    assert invoice["number"] == f"INV-{today.year}-00001"
    said = api.get(f"/v1/invoices/statements/{till.customer}").data
    assert (said["from"], said["to"]) == (str(today.replace(day=1)), str(today))
    ledger = api.get(f"/v1/crm/customers/{till.customer}/ledger").data
    assert {one["date"] for one in (*ledger, *said["entries"])} == {str(today)}
    assert len(ledger) == len(said["entries"]) == 3
    assert api.get("/v1/invoices/ageing").meta["as_of"] == str(today)


def test_due_today_is_not_late_and_due_yesterday_is(
    api: Api, till: Till, database: Database, tenant: TestWorkspace
) -> None:
    def said() -> tuple[Any, ...]:
        (row,) = api.get("/v1/invoices/ageing").data
        ledger = api.get(f"/v1/crm/customers/{till.customer}/ledger").meta["ageing"]
        return (
            api.get(f"/v1/invoices/{invoice['id']}").data["status"],
            api.get("/v1/invoices", params={"status": "overdue"}).meta["total"],
            figures(api)["billing.overdue"],
            (row["not_due"], row["days_1_30"]),
            (ledger["not_due"], ledger["days_1_30"]),
        )

    invoice = till.invoice("100.00", due_in_days=0)
    assert said() == ("issued", 0, "0.00", ("100.00", "0.00"), ("100.00", "0.00"))
    long_ago(database, tenant, invoice, days=1)
    assert said() == ("overdue", 1, "100.00", ("0.00", "100.00"), ("0.00", "100.00"))


def test_the_month_begins_at_the_workspaces_midnight(
    api: Api, till: Till, database: Database, tenant: TestWorkspace, today: date
) -> None:
    with tenant.work() as work:
        begins = datetime.combine(today.replace(day=1), time(), work.timezone)
    till.pay("40.00", customer_id=till.customer)
    for moment, received in ((begins, "40.00"), (begins - timedelta(seconds=1), "0.00")):
        with database.connect("postgres") as owner:
            owner.execute("UPDATE billing_payments SET received_at = %s WHERE tenant_id = %s", [moment, tenant.id])
        assert figures(api)["billing.received_this_month"] == received


def lines_of(api: Api, invoice: dict[str, Any]) -> list[dict[str, Any]]:
    lines: list[dict[str, Any]] = api.get(f"/v1/invoices/{invoice['id']}/lines").data
    return lines
