"""Who owes what, and how late: over all customers, as of any day, and in the statement of each."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from pypdf import PdfReader

from jemeti_platform.db.base import uuid7
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import Till

PATH = "/v1/invoices/ageing"


@pytest.fixture
def back(database: Database, tenant: TestWorkspace) -> Any:
    """Lets everything that has happened so far have happened some days earlier, which nobody may write."""

    def shift(days: int) -> None:
        # Moments go back on the workspace's own clock, as days do: an hour more in summer must not make it another day.
        zone = "(SELECT timezone FROM workspaces WHERE tenant_id = %(tenant)s)"
        moment = f"{{0}} = ({{0}} AT TIME ZONE {zone} - %(by)s::interval) AT TIME ZONE {zone}"
        day = "{0} = {0} - %(days)s::int"
        with database.connect("postgres") as owner:
            for table, shape, columns in (
                ("billing_invoices", day, ("issued_on", "due_on")),
                ("billing_credit_notes", day, ("issued_on",)),
                ("billing_payments", moment, ("received_at", "created_at")),
                ("billing_allocations", moment, ("created_at",)),
                ("billing_refunds", moment, ("refunded_at",)),
            ):
                setting = ", ".join(shape.format(name) for name in columns)
                owner.execute(
                    f"UPDATE {table} SET {setting} WHERE tenant_id = %(tenant)s",
                    {"by": timedelta(days=days), "days": days, "tenant": str(tenant.id)},
                )

    return shift


def other(api: Api, till: Till, name: str) -> Till:
    return Till(api, api.post("/v1/crm/customers", {"name": name}, expect=201).data["id"], till.account)


def amounts(row: dict[str, Any]) -> dict[str, str]:
    return {name: value for name, value in row.items() if isinstance(value, str) and value not in ("0.00", "0")}


@pytest.fixture
def history(api: Api, till: Till, back: Any) -> tuple[Till, Till]:
    """Two customers over a hundred days: each act is named by how long ago it was."""
    second = other(api, till, "Karim Motors")
    first = till.invoice("100.00")
    till.invoice("50.00", due_in_days=30)
    back(40)
    till.pay("30.00", first)  # 60 days ago
    late = second.invoice("500.00")
    second.pay("80.00", customer_id=second.customer)
    back(50)
    till.credit(first)  # 10 days ago: the 30 that were paid are credit
    second.pay("420.00", late)
    back(10)
    return till, second


@pytest.mark.usefixtures("history")
def test_today_every_customer_stands_by_how_late_it_is(api: Api) -> None:
    reply = api.get(PATH)
    assert [row["customer"] for row in reply.data] == ["Karim Motors", "Rahim Uddin"]
    karim, rahim = reply.data
    assert (karim["days_31_60"], karim["unallocated_credit"], karim["balance"]) == ("80.00", "80.00", "0.00")
    assert (rahim["days_61_90"], rahim["unallocated_credit"], rahim["balance"]) == ("50.00", "30.00", "20.00")
    assert rahim["oldest_due_on"] == str(date.fromisoformat(reply.meta["as_of"]) - timedelta(days=70))
    assert reply.meta["totals"]["outstanding"] == "130.00"
    assert reply.meta["totals"]["balance"] == "20.00"
    assert reply.meta["total"] == 2


@pytest.mark.parametrize(
    ("ago", "karim", "rahim"),
    [
        (99, None, ("150.00", "0.00")),
        (61, None, ("150.00", "0.00")),
        (60, ("500.00", "80.00"), ("120.00", "0.00")),
        (11, ("500.00", "80.00"), ("120.00", "0.00")),
        (10, ("80.00", "80.00"), ("50.00", "30.00")),
    ],
)
def test_of_a_day_that_is_past_it_is_what_was_so_then(api: Api, history: Any, ago: int, karim: Any, rahim: Any) -> None:
    today = date.fromisoformat(api.get(PATH).meta["as_of"])
    reply = api.get(PATH, params={"as_of": str(today - timedelta(days=ago)), "sort": "customer"})
    found = {row["customer"]: (row["outstanding"], row["unallocated_credit"]) for row in reply.data}
    assert (found.get("Karim Motors"), found.get("Rahim Uddin")) == (karim, rahim)


def test_at_any_day_ageing_and_statement_agree(api: Api, history: Any) -> None:
    till, second = history
    today = date.fromisoformat(api.get(PATH).meta["as_of"])
    seen = set()
    for ago in range(105):
        day = str(today - timedelta(days=ago))
        rows = {row["customer_id"]: row for row in api.get(PATH, params={"as_of": day}).data}
        for one in (till, second):
            said = api.get(f"/v1/invoices/statements/{one.customer}", params={"from": "2020-01-01", "to": day}).data
            row = rows.get(one.customer, {})
            assert Decimal(said["closing_balance"]) == Decimal(row.get("balance", 0)), (day, one.customer)
            assert Decimal(said["outstanding_balance"]) == Decimal(row.get("outstanding", 0))
            seen.add(said["closing_balance"])
    assert len(seen) > 4


def test_one_round_trip_each(api: Api, history: Any, platform: Platform) -> None:
    for path in (PATH, f"/v1/invoices/statements/{history[0].customer}"):
        with count_round_trips(platform) as trips:
            api.get(path)
        assert trips.count == 1


def test_as_csv_it_is_everybody(api: Api, history: Any) -> None:
    reply = api.get(PATH, params={"per_page": "1"}, headers={"Accept": "text/csv"})
    rows = list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig"))))
    assert [row["customer"] for row in rows] == ["Karim Motors", "Rahim Uddin"]
    assert rows[1]["days_61_90"] == "50.00"
    sheet = api.get(PATH, headers={"Accept": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"})
    assert sheet.body.startswith(b"PK")


def test_what_was_sold_at_the_counter_stands_together(api: Api, tenant: TestWorkspace, work: Any) -> None:
    from plugins.billing import invoices
    from plugins.billing.contract import InvoiceIssue, InvoiceItem, Line, Payer, Tax
    from plugins.billing.workspace_taxes import WorkspaceTaxes

    line = Line(Decimal(1), Decimal(10), Tax.of_percent(Decimal(0)))
    for name in ("Somebody", "Somebody else"):
        wish = InvoiceIssue(
            Payer(name),
            [InvoiceItem("Bulb", line.quantity, line.unit_price)],
            WorkspaceTaxes(work).price([line]),
            prices_include_tax=False,
            tax_rounding="line",
        )
        with tenant.work() as own:
            invoices.issue(own, wish)
    (row,) = api.get(PATH).data
    assert (row["customer_id"], row["customer"], row["not_due"]) == (None, None, "20.00")


class TestStatements:
    def test_it_runs_from_what_was_owed_to_what_is(self, api: Api, history: Any) -> None:
        till, _ = history
        today = date.fromisoformat(api.get(PATH).meta["as_of"])
        first = today - timedelta(days=60)
        said = api.get(f"/v1/invoices/statements/{till.customer}", params={"from": str(first)}, expect=200).data
        assert (said["from"], said["to"]) == (str(first), str(today))
        assert said["opening_balance"] == "150.00"
        assert [(one["type"], one["balance"]) for one in said["entries"]] == [
            ("payment", "120.00"),
            ("credit_note", "20.00"),
        ]
        assert (said["debit"], said["credit"], said["closing_balance"]) == ("0.00", "130.00", "20.00")
        assert said["ageing"]["days_61_90"] == "50.00"

    def test_on_paper(self, api: Api, history: Any) -> None:
        till, _ = history
        reply = api.get(
            f"/v1/invoices/statements/{till.customer}.pdf",
            params={"from": "2020-01-01"},
            headers={"Accept": "application/pdf"},
        )
        text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(reply.body)).pages)
        assert "Rahim Uddin" in text
        assert "Closing balance" in text
        assert "20,00" in text

    @pytest.mark.parametrize(
        ("query", "field"),
        [({"from": "2026-02-01", "to": "2026-01-01"}, "from"), ({"to": "yesterday"}, "to"), ({"until": "x"}, "until")],
    )
    def test_days_that_cannot_be_are_named(self, api: Api, customer: str, query: Any, field: str) -> None:
        refused = api.get(f"/v1/invoices/statements/{customer}", params=query, expect=400)
        assert refused.error["details"][0]["field"] == field

    def test_a_customer_that_is_not_there_is_404(self, api: Api, other_tenant: Any, api_of: Any) -> None:
        theirs = api_of(other_tenant).post("/v1/crm/customers", {"name": "Theirs"}, expect=201).data["id"]
        for identity in (str(uuid7()), theirs, "nobody"):
            api.get(f"/v1/invoices/statements/{identity}", expect=404)
            api.get(f"/v1/invoices/statements/{identity}.pdf", headers={"Accept": "application/pdf"}, expect=404)


def entries(api: Api, one: Till) -> Iterator[tuple[str, str, str]]:
    for row in api.get(f"/v1/crm/customers/{one.customer}/ledger").data:
        yield row["type"], row["debit"], row["credit"]


def test_a_ledger_is_read_by_a_spreadsheet_as_a_whole(api: Api, till: Till) -> None:
    for _ in range(3):
        till.pay("40.00", till.invoice("100.00"))
    path = f"/v1/crm/customers/{till.customer}/ledger"
    reply = api.get(path, headers={"Accept": "text/csv"}, params={"per_page": "1"})
    assert 'filename="ledger.csv"' in reply.headers["Content-Disposition"]
    assert list(csv.DictReader(io.StringIO(reply.body.decode("utf-8-sig")))) == api.get(path).data
    assert api.get(path).data[-1]["balance"] == "180.00"
    api.get(f"/v1/crm/customers/{uuid7()}/ledger", headers={"Accept": "text/csv"}, expect=404)
    api.as_role("mechanic").get(path, headers={"Accept": "text/csv"}, expect=403)


def test_whose_money_settles_anothers_invoice_has_it_in_both_ledgers(api: Api, till: Till) -> None:
    insurer = other(api, till, "Insurer")
    invoice = till.invoice("100.00")
    till.api.post(
        "/v1/payments",
        {
            "customer_id": insurer.customer,
            "payment_account_id": till.account,
            "amount": "130.00",
            "allocations": [{"invoice_id": invoice["id"]}],
        },
        expect=201,
    )
    assert list(entries(api, till)) == [("invoice", "100.00", "0.00"), ("transfer", "0.00", "100.00")]
    assert list(entries(api, insurer)) == [("transfer", "100.00", "0.00"), ("payment", "0.00", "130.00")]
    (row,) = api.get(PATH).data
    assert (row["customer"], row["balance"]) == ("Insurer", "-30.00")
    said = api.get(f"/v1/invoices/statements/{insurer.customer}").data
    assert said["closing_balance"] == "-30.00"


def test_money_of_a_day_to_come_is_not_recorded(api: Api, till: Till) -> None:
    wish = {"payment_account_id": till.account, "customer_id": till.customer, "amount": "1.00"}
    soon = {**wish, "received_at": "2100-01-01T00:00:00Z"}
    assert api.post("/v1/payments", soon, expect=400).error["details"][0]["field"] == "received_at"
