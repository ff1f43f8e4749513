"""A workspace's currency stays what it is once there are amounts in it."""

from __future__ import annotations

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
