"""A workspace's currency stays what it is once there are amounts in it, and no amount is finer than it."""

from __future__ import annotations

from typing import Any

from jemeti_platform.testing.api import Api

from .test_invoices import hundred, pay


def test_the_currency_is_free_until_something_is_invoiced(api: Api, customer: str, account: str) -> None:
    was = api.get("/v1/workspace").data["currency"]
    for one in ("JPY", was):
        assert api.patch("/v1/workspace", {"currency": one}, expect=200).data["currency"] == one
    hundred(api, customer)
    refused = api.patch("/v1/workspace", {"currency": "JPY", "name": "Rahim Motors"}, expect=409).error
    assert refused["details"]["reason"] == "in_use"
    assert was in refused["message"]
    assert api.patch("/v1/workspace", {"currency": was, "name": "Karim Motors"}, expect=200).data["currency"] == was
    assert api.get("/v1/invoices/ageing").meta["currency"] == was


def test_money_that_came_in_holds_it_as_well(api: Api, customer: str, account: str) -> None:
    pay(api, account, "100.00", customer_id=customer)
    assert api.patch("/v1/workspace", {"currency": "JPY"}, expect=409).error["details"]["reason"] == "in_use"


def test_no_money_changes_hands_that_is_finer_than_the_currency(api: Api, customer: str, account: str) -> None:
    api.patch("/v1/workspace", {"currency": "JPY"}, expect=200)

    def refused(path: str, field: str, body: dict[str, Any]) -> None:
        (fault,) = api.post(path, body, expect=400).error["details"]
        assert fault == {"field": field, "message": "JPY has no decimals"}

    owed, paid = hundred(api, customer), pay(api, account, "60.00", customer_id=customer).data
    received = {"payment_account_id": account, "customer_id": customer}
    half, named = {"amount": "0.50"}, {"invoice_id": owed["id"], "amount": "10.50"}
    refused("/v1/payments", "amount", {**received, "amount": "10.50"})
    refused("/v1/payments", "allocations.0.amount", {**received, "amount": "20", "allocations": [named]})
    refused(f"/v1/payments/{paid['id']}/allocations", "allocations.0.amount", {"allocations": [named]})
    refused(f"/v1/payments/{paid['id']}/refunds", "amount", {**half, "reason": "Paid twice"})
    refused(f"/v1/invoices/{owed['id']}/use-credit", "amount", half)
    (line,) = api.get(f"/v1/invoices/{owed['id']}/lines").data
    noted = {"reason": "Let off", "lines": [{**half, "line_id": line["id"]}]}
    refused(f"/v1/invoices/{owed['id']}/credit-notes", "lines.0.amount", noted)
    api.post(f"/v1/invoices/{owed['id']}/use-credit", {"amount": "60"}, expect=200)
    assert api.get(f"/v1/invoices/{owed['id']}").data["balance"] == "40.00"
