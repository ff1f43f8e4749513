"""Invoices that are still being written: changed and thrown away at will, issued once."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from jemeti_platform.testing.api import Api

from .conftest import Till
from .test_invoices import at_once

PATH = "/v1/invoices/drafts"
LINE = {"description": "Labour", "quantity": "2", "unit": "h", "unit_price": "100.00", "tax_rate": "15"}


@pytest.fixture
def draft(api: Api, customer: str) -> dict[str, Any]:
    wish = {"customer_id": customer, "lines": [LINE], "prices_include_tax": False, "due_in_days": 14}
    made: dict[str, Any] = api.post(PATH, wish, expect=201).data
    return made


def test_a_draft_has_totals_and_no_number(api: Api, draft: dict[str, Any]) -> None:
    assert (draft["status"], draft["taxable"], draft["tax"], draft["total"]) == ("draft", "200.00", "30.00", "230.00")
    assert "number" not in draft
    assert float(draft["lines"][0]["unit_price"]) == 100
    assert api.get("/v1/invoices").data == []


def test_it_is_priced_anew_when_it_is_changed(api: Api, draft: dict[str, Any]) -> None:
    changed = api.patch(f"{PATH}/{draft['id']}", {"discount_percent": "10"}).data
    assert (changed["discount"], changed["total"]) == ("20.00", "207.00")
    other = api.patch(f"{PATH}/{draft['id']}", {"discount_percent": None, "discount_amount": "50.00"}).data
    assert (other["discount_percent"], other["discount"]) == (None, "50.00")
    more = api.patch(f"{PATH}/{draft['id']}", {"lines": [LINE, LINE], "discount_amount": None}).data
    assert (len(more["lines"]), more["total"]) == (2, "460.00")


def test_what_could_not_be_issued_is_not_kept(api: Api, draft: dict[str, Any]) -> None:
    refused = api.patch(f"{PATH}/{draft['id']}", {"discount_amount": "200.01"}, expect=400)
    assert refused.error["details"][0]["field"] == "discount_amount"
    taken_back = {"lines": [{**LINE, "quantity": "-1"}]}
    assert api.patch(f"{PATH}/{draft['id']}", taken_back, expect=400).error["details"][0]["field"] == "lines.0.quantity"
    assert api.get(f"{PATH}/{draft['id']}").data == draft


def test_issued_it_has_its_number_and_is_a_draft_no_more(api: Api, draft: dict[str, Any]) -> None:
    reply = api.post(f"{PATH}/{draft['id']}/issue", expect=201)
    made = reply.data
    assert reply.headers["Location"].endswith(f"/v1/invoices/{draft['id']}")
    assert made["id"] == draft["id"]
    assert made["number"].startswith("INV-")
    assert (made["status"], made["total"]) == ("issued", "230.00")
    api.get(f"{PATH}/{draft['id']}", expect=404)
    api.patch(f"{PATH}/{draft['id']}", {"notes": "Sly"}, expect=404)
    api.delete(f"{PATH}/{draft['id']}", expect=404)
    again = api.post(f"{PATH}/{draft['id']}/issue", expect=409).error["details"]
    assert (again["reason"], again["number"]) == ("issued", made["number"])


def test_a_draft_that_is_thrown_away_has_taken_no_number(api: Api, draft: dict[str, Any], till: Till) -> None:
    first = till.invoice()
    api.delete(f"{PATH}/{draft['id']}", expect=204)
    api.post(f"{PATH}/{draft['id']}/issue", expect=404)
    second = till.invoice()
    assert int(second["number"][-5:]) == int(first["number"][-5:]) + 1


def test_issued_by_many_at_once_it_is_one_invoice(api: Api, draft: dict[str, Any]) -> None:
    path = f"{PATH}/{draft['id']}/issue"
    statuses = at_once(12, lambda _: api.request("POST", path, None, anything=True).status)
    assert sorted(statuses) == [201] + [409] * 11
    assert api.get("/v1/invoices").meta["total"] == 1


def test_it_is_taxed_by_the_day_of_issue(api: Api, customer: str) -> None:
    rate = api.post("/v1/tax-rates", {"name": "VAT", "code": "vat-x", "rate": "10"}, expect=201).data
    line = {"description": "Labour", "quantity": "1", "unit_price": "100.00", "tax_rate_id": rate["id"]}
    made = api.post(PATH, {"customer_id": customer, "lines": [line], "prices_include_tax": False}, expect=201).data
    today = date.fromisoformat(api.get(f"/v1/tax-rates/{rate['id']}/versions").data[0]["valid_from"])
    tomorrow = str(today + timedelta(days=1))
    api.post(f"/v1/tax-rates/{rate['id']}/versions", {"rate": "20", "valid_from": tomorrow}, expect=201)
    assert api.post(f"{PATH}/{made['id']}/issue", expect=201).data["tax"] == "10.00"


def test_the_taxes_of_another_day_are_those_of_that_day(api: Api, customer: str) -> None:
    rate = api.post("/v1/tax-rates", {"name": "VAT", "code": "vat-y", "rate": "10"}, expect=201).data
    today = api.get(f"/v1/tax-rates/{rate['id']}/versions").data[0]["valid_from"]
    next_year = f"{int(today[:4]) + 1}-12-31"
    api.post(f"/v1/tax-rates/{rate['id']}/versions", {"rate": "20", "valid_from": next_year}, expect=201)
    line = {"description": "Labour", "quantity": "1", "unit_price": "100.00", "tax_rate_id": rate["id"]}
    wish = {"customer_id": customer, "lines": [line], "prices_include_tax": False, "on": next_year}
    assert api.post("/v1/invoices", wish, expect=201).data["tax"] == "20.00"


def test_a_draft_on_paper_says_that_it_is_one(api: Api, draft: dict[str, Any]) -> None:
    reply = api.get(f"{PATH}/{draft['id']}.pdf", headers={"Accept": "application/pdf"})
    assert reply.body.startswith(b"%PDF")
    assert reply.headers["Cache-Control"] == "no-store"
    assert api.get("/v1/documents").data == []


def test_drafts_follow_a_customer_who_is_merged(api: Api, draft: dict[str, Any], customer: str) -> None:
    stays = api.post("/v1/crm/customers", {"name": "R. Uddin"}, expect=201).data["id"]
    api.post(f"/v1/crm/customers/{stays}/merge", {"duplicate_id": customer})
    assert api.get(f"{PATH}/{draft['id']}").data["customer_id"] == stays
