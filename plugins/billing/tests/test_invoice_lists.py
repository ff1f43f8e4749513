"""Lists of invoices: by what they come to now, by what they are about, by whom."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.billing import invoices
from plugins.billing.contract import InvoicedVehicle, InvoiceIssue, InvoiceItem, Line, Payer, Tax
from plugins.billing.invoice_resources import INVOICES, STATUSES
from plugins.billing.workspace_taxes import WorkspaceTaxes

from .conftest import Till


def long_ago(database: Database, tenant: TestWorkspace, invoice: dict[str, Any], days: int = 40) -> None:
    """Let an invoice be as old as nobody may write it."""
    with database.connect("postgres") as owner:
        owner.execute(
            "UPDATE billing_invoices SET issued_on = issued_on - %s, due_on = due_on - %s"
            " WHERE tenant_id = %s AND id = %s",
            [days, days, tenant.id, invoice["id"]],
        )


@pytest.fixture
def five(till: Till, database: Database, tenant: TestWorkspace) -> dict[str, str]:
    """An invoice in each state, by the state."""
    made = {status: till.invoice(due_in_days=3) for status in STATUSES}
    till.pay("40.00", made["partial"])
    till.pay("100.00", made["paid"])
    till.pay("10.00", made["overdue"])
    till.credit(made["cancelled"])
    long_ago(database, tenant, made["overdue"])
    return {status: one["id"] for status, one in made.items()}


@pytest.mark.parametrize("wanted", [*STATUSES, "paid,overdue", "issued,partial", "cancelled,overdue,paid"])
def test_of_a_status_are_those_that_show_it(api: Api, five: dict[str, str], wanted: str) -> None:
    found = api.get("/v1/invoices", params={"status": wanted})
    assert {one["id"] for one in found.data} == {five[status] for status in wanted.split(",")}
    assert {one["status"] for one in found.data} == set(wanted.split(","))
    assert found.meta["total"] == len(wanted.split(","))


def test_a_status_that_there_is_not_is_named(api: Api) -> None:
    refused = api.get("/v1/invoices", params={"status": "unpaid"}, expect=400)
    assert refused.error["details"][0]["field"] == "status"


def test_outstanding_is_what_is_still_to_be_paid(api: Api, five: dict[str, str]) -> None:
    owed = api.get("/v1/invoices", params={"outstanding": "true"}).data
    assert {one["id"] for one in owed} == {five[status] for status in ("issued", "partial", "overdue")}
    settled = api.get("/v1/invoices", params={"outstanding": "false"}).data
    assert {one["id"] for one in settled} == {five[status] for status in ("paid", "cancelled")}


MANY = """
    INSERT INTO billing_invoices (tenant_id, id, number, payer, payer_name, issued_on, due_on, currency,
        prices_include_tax, tax_rounding, subtotal, discount, taxable, tax, total, tax_lines, line_count, paid)
    SELECT %s, gen_random_uuid(), n::text, '{}', 'Somebody', date '2026-01-01' + n %% 300, date '2026-01-01' + n %% 300,
        'EUR', false, 'line', 1, 0, 1, 0, 1, '[]', 1, CASE WHEN n %% 50 = 0 THEN 0 ELSE 1 END
      FROM generate_series(1, 20000) AS n"""


@pytest.fixture
def busy(database: Database, tenant: TestWorkspace) -> Iterator[Any]:
    """A connection as the application has it, in a workspace of twenty thousand invoices that will not stay."""
    with database.connect("postgres") as owner, owner.transaction(force_rollback=True):
        owner.execute("SET LOCAL session_replication_role = replica")
        owner.execute(MANY, [tenant.id])
        owner.execute("ANALYZE billing_invoices")
        owner.execute("SET LOCAL ROLE jemeti_app")
        owner.execute("SET LOCAL plan_cache_mode = force_generic_plan")
        owner.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
        yield owner


@pytest.mark.parametrize("query", [{"status": ["overdue"]}, {"outstanding": True}])
def test_row_security_leaves_the_index_usable(busy: Any, query: dict[str, Any]) -> None:
    """Comparing numbers could not be its condition: numbers are not leakproof."""
    _, counted = INVOICES.listing.statements(query)
    assert counted is not None
    rows = busy.execute(f"EXPLAIN (COSTS off) {counted.sql}", counted.params).fetchall()
    plan = "\n".join(line for (line,) in rows)
    assert "ix_billing_invoices_settlement_due_on" in plan, plan
    scan = plan[plan.index("ix_billing_invoices_settlement_due_on") :].partition("Filter")[0]
    assert "settlement = ANY" in scan, plan


@pytest.fixture
def of_a_job(tenant: TestWorkspace) -> Any:
    """An invoice as jobs have them issued."""
    with tenant.work() as work:
        line = Line(Decimal(2), Decimal(50), Tax.of_percent(Decimal(10)))
        wish = InvoiceIssue(
            Payer("Somebody"),
            [InvoiceItem("Engine oil", line.quantity, line.unit_price)],
            WorkspaceTaxes(work).price([line]),
            work.workspace["prices_include_tax"],
            work.workspace["tax_rounding"],
            source_type="jobs.job",
            source_id=uuid7(),
            source_number="JOB-2026-00187",
            vehicle=InvoicedVehicle("DHAKA METRO GA-12-3456", "Toyota Axio 2015, silver", "NZE161-7014523", 84210),
        )
        return invoices.issue(work, wish)


@pytest.mark.parametrize("q", ["JOB-2026-00187", "ga-12-3456", "00187"])
def test_an_invoice_is_found_by_its_job_and_its_vehicle(api: Api, of_a_job: Any, q: str) -> None:
    (found,) = api.get("/v1/invoices", params={"q": q}).data
    assert found["id"] == str(of_a_job.id)
    assert found["vehicle"] == {
        "plate": "DHAKA METRO GA-12-3456",
        "description": "Toyota Axio 2015, silver",
        "vin": "NZE161-7014523",
        "odometer": 84210,
    }
    (same,) = api.get("/v1/invoices", params={"source_number": "JOB-2026-00187"}).data
    assert same["id"] == found["id"]


def test_the_customer_is_resolved_where_asked_for(api: Api, till: Till) -> None:
    made = till.invoice()
    (found,) = api.get("/v1/invoices", params={"expand": "customer"}).data
    assert found["customer"]["name"] == "Rahim Uddin"
    assert found["id"] == made["id"]
