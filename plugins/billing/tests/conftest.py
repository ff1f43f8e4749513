"""A customer, an account, and invoices of them."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.testing.api import Api


@pytest.fixture
def customer(api: Api) -> str:
    return str(api.post("/v1/crm/customers", {"name": "Rahim Uddin", "tax_id": "004417823"}, expect=201).data["id"])


@pytest.fixture
def account(api: Api) -> str:
    return str(api.get("/v1/payment-accounts", params={"kind": "cash"}).data[0]["id"])


class Till:
    """Invoices and payments of one customer, in few words."""

    def __init__(self, api: Api, customer: str, account: str) -> None:
        self.api, self.customer, self.account = api, customer, account

    def invoice(self, amount: str = "100.00", **more: Any) -> dict[str, Any]:
        lines = [{"description": "Work", "quantity": "1", "unit_price": amount, "tax_rate": "0"}]
        wish = {"customer_id": self.customer, "lines": lines, "prices_include_tax": False, **more}
        made: dict[str, Any] = self.api.post("/v1/invoices", wish, expect=201).data
        return made

    def pay(self, amount: str, *invoices: dict[str, Any], **more: Any) -> dict[str, Any]:
        named = [{"invoice_id": one["id"]} for one in invoices]
        wish = {"payment_account_id": self.account, "amount": amount, "allocations": named, **more}
        made: dict[str, Any] = self.api.post("/v1/payments", wish, expect=201).data
        return made

    def credit(self, invoice: dict[str, Any], **more: Any) -> dict[str, Any]:
        wish = {"reason": "Not done", **more}
        made: dict[str, Any] = self.api.post(f"/v1/invoices/{invoice['id']}/credit-notes", wish, expect=201).data
        return made


@pytest.fixture
def till(api: Api, customer: str, account: str) -> Till:
    return Till(api, customer, account)
