"""What search and dashboard show of invoices, credit notes and payments, and of whom they keep it."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .conftest import Till
from .test_invoice_lists import long_ago


def figures(api: Api) -> dict[str, Any]:
    return {one["name"]: one["value"] for one in api.get("/v1/dashboard").data["figures"]}


def test_the_dashboard_says_what_is_owed_and_what_came_in(
    api: Api, till: Till, database: Database, tenant: TestWorkspace
) -> None:
    owed, late, paid = till.invoice("100.00", due_in_days=5), till.invoice("70.00"), till.invoice("30.00")
    till.pay("40.00", owed)
    long_ago(database, tenant, late)
    received = till.pay("50.00", paid)
    api.post(f"/v1/payments/{received['id']}/refunds", {"amount": "5.00", "reason": "Change"}, expect=201)
    found = figures(api)
    assert (found["billing.receivable"], found["billing.receivable.invoices"]) == ("130.00", 2)
    assert (found["billing.overdue"], found["billing.overdue.invoices"]) == ("70.00", 1)
    assert (found["billing.received_this_month"], found["billing.unallocated_credit"]) == ("85.00", "15.00")


def test_what_came_in_last_month_is_not_of_this_month(
    api: Api, till: Till, database: Database, tenant: TestWorkspace
) -> None:
    till.pay("40.00", customer_id=till.customer)
    with database.connect("postgres") as owner:
        owner.execute(
            "UPDATE billing_payments SET received_at = received_at - interval '32 days' WHERE tenant_id = %s",
            [tenant.id],
        )
    assert figures(api)["billing.received_this_month"] == "0.00"


def test_without_anything_it_is_nought(api: Api, platform: Platform) -> None:
    with count_round_trips(platform) as trips:
        found = figures(api)
    assert trips.count == 1
    assert (found["billing.receivable"], found["billing.overdue.invoices"]) == ("0.00", 0)


def test_the_lists_behind_the_figures_are_there(api: Api) -> None:
    for one in api.get("/v1/dashboard").data["figures"]:
        if one["name"].startswith("billing."):
            api.get(one["path"])


def test_who_may_not_see_invoices_sees_no_figures_of_them(api: Api) -> None:
    reader = api.as_one_who_may("payments:read")
    assert {name for name in figures(reader) if name.startswith("billing.")} == {
        "billing.received_this_month",
        "billing.unallocated_credit",
    }


@pytest.mark.parametrize("kind", ["invoices", "credit_notes", "payments"])
def test_search_finds_documents_by_their_number(api: Api, till: Till, kind: str) -> None:
    invoice = till.invoice(reference="PO 4471")
    paid = till.pay("10.00", invoice, reference="TXN 8K2F90QX")
    note = till.credit(invoice)
    wanted = {"invoices": invoice, "credit_notes": note, "payments": paid}[kind]
    found = api.get("/v1/search", params={"q": wanted["number"]}).data
    assert wanted["id"] in [one["id"] for one in found]
    one = next(one for one in found if one["id"] == wanted["id"])
    assert wanted["number"] in one["title"]
    assert "Rahim Uddin" in one["subtitle"]


def test_search_finds_a_payment_by_what_the_customer_calls_it(api: Api, till: Till) -> None:
    paid = till.pay("10.00", customer_id=till.customer, reference="TXN 8K2F90QX")
    assert paid["id"] in [one["id"] for one in api.get("/v1/search", params={"q": "8K2F90QX"}).data]


def test_credit_notes_are_listed_by_customer_and_payments_by_credit(api: Api, till: Till) -> None:
    other = Till(api, api.post("/v1/crm/customers", {"name": "Karim"}, expect=201).data["id"], till.account)
    note, _ = till.credit(till.invoice()), other.credit(other.invoice())
    (found,) = api.get("/v1/credit-notes", params={"customer_id": till.customer, "expand": "invoice"}).data
    assert found["id"] == note["id"]
    assert found["invoice"]["customer_id"] == till.customer
    assert api.get("/v1/credit-notes", params={"q": note["number"]}).data[0]["id"] == note["id"]
    spent, left = till.pay("10.00", till.invoice("10.00")), till.pay("7.00", customer_id=till.customer)
    assert [one["id"] for one in api.get("/v1/payments", params={"has_credit": "true"}).data] == [left["id"]]
    assert [one["id"] for one in api.get("/v1/payments", params={"has_credit": "false"}).data] == [spent["id"]]
