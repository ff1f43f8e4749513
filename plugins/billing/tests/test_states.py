"""Every action on invoices and payments in every state by every role: exactly what is allowed succeeds.

States follow from what was paid and taken back, and there is no declared lifecycle to ask: what is allowed is written
out. It is tried as dry runs, which do everything but commit.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.manifest import SYSTEM_ROLES
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.billing.invoice_resources import STATUSES

from .conftest import Till
from .test_invoice_lists import long_ago

OFFICE = {"owner", "admin", "manager", "staff"}
MANAGERS = {"owner", "admin", "manager"}

INVOICE_ACTIONS = {
    # who may, in which states it succeeds, and how it is refused in the others
    "issue": (OFFICE, {"draft"}, "issued"),
    "credit": (MANAGERS, {"issued", "overdue", "partial", "paid"}, "nothing_left"),
    "pay": (OFFICE, {"issued", "overdue", "partial"}, "more_than_balance"),
    "use credit": (OFFICE, {"issued", "overdue", "partial"}, "more_than_balance"),
}
PAYMENT_ACTIONS = {
    "allocate": (OFFICE, {"credit", "reversed"}, "more_than_credit"),
    "reverse": (MANAGERS, {"allocated"}, "not_standing"),
    "refund": (MANAGERS, {"credit", "reversed"}, "more_than_credit"),
}
NOT_THERE_YET = {"credit": 404, "use credit": 404, "pay": 400}
"""What is said of a draft, which is no invoice."""


@pytest.fixture
def invoices(api: Api, till: Till, database: Database, tenant: TestWorkspace) -> dict[str, dict[str, Any]]:
    """An invoice in every state, each made of a draft, and credit of their customer."""
    till.pay("500.00", customer_id=till.customer)
    made = {"draft": a_draft(till)}
    for state in STATUSES:
        draft = a_draft(till)
        made[state] = api.post(f"/v1/invoices/drafts/{draft['id']}/issue", expect=201).data
    till.pay("40.00", made["partial"])
    till.pay("100.00", made["paid"])
    till.pay("30.00", made["cancelled"])
    till.credit(made["cancelled"])
    long_ago(database, tenant, made["overdue"])
    for state, invoice in made.items():
        at = "/v1/invoices/drafts" if state == "draft" else "/v1/invoices"
        assert api.get(f"{at}/{invoice['id']}").data["status"] == state
    return made


def a_draft(till: Till) -> dict[str, Any]:
    lines = [{"description": "Work", "quantity": "1", "unit_price": "100.00", "tax_rate": "0"}]
    wish = {"customer_id": till.customer, "lines": lines, "prices_include_tax": False}
    made: dict[str, Any] = till.api.post("/v1/invoices/drafts", wish, expect=201).data
    return made


def on_invoice(till: Till, action: str, identity: str) -> tuple[str, dict[str, Any] | None]:
    settled = {"allocations": [{"invoice_id": identity, "amount": "10.00"}], "excess": "refuse"}
    return {
        "issue": (f"/v1/invoices/drafts/{identity}/issue", None),
        "credit": (f"/v1/invoices/{identity}/credit-notes", {"reason": "Not done"}),
        "pay": ("/v1/payments", {"payment_account_id": till.account, "amount": "10.00", **settled}),
        "use credit": (f"/v1/invoices/{identity}/use-credit", {"amount": "10.00"}),
    }[action]


def test_every_action_on_an_invoice_in_every_state_by_every_role(
    api: Api, till: Till, invoices: dict[str, dict[str, Any]]
) -> None:
    def ask(action: str, state: str) -> tuple[str, Any]:
        return on_invoice(till, action, invoices[state]["id"])

    before = everything(api)
    tried = try_all(api, INVOICE_ACTIONS, list(invoices), ask, NOT_THERE_YET)
    assert tried == 4 * 6 * 6
    assert everything(api) == before


@pytest.fixture
def payments(api: Api, till: Till) -> dict[str, tuple[str, str]]:
    """A payment in every state, with an allocation of it, or of nothing."""
    made = {"credit": (till.pay("50.00", customer_id=till.customer)["id"], str(uuid4()))}
    for state in ("allocated", "reversed"):
        paid = till.pay("50.00", till.invoice())["id"]
        (allocation,) = api.get(f"/v1/payments/{paid}/allocations").data
        made[state] = (paid, allocation["id"])
    wish = {"allocation_id": made["reversed"][1], "reason": "Booked to the wrong invoice"}
    api.post(f"/v1/payments/{made['reversed'][0]}/reversals", wish)
    back = till.pay("50.00", customer_id=till.customer)["id"]
    api.post(f"/v1/payments/{back}/refunds", {"reason": "Paid twice"}, expect=201)
    return {**made, "refunded": (back, str(uuid4()))}


def test_every_action_on_a_payment_in_every_state_by_every_role(
    api: Api, till: Till, payments: dict[str, tuple[str, str]]
) -> None:
    owed = till.invoice()["id"]

    def ask(action: str, state: str) -> tuple[str, Any]:
        payment, allocation = payments[state]
        return {
            "allocate": (
                f"/v1/payments/{payment}/allocations",
                {"allocations": [{"invoice_id": owed, "amount": "10.00"}]},
            ),
            "reverse": (f"/v1/payments/{payment}/reversals", {"allocation_id": allocation, "reason": "Wrong"}),
            "refund": (f"/v1/payments/{payment}/refunds", {"amount": "10.00", "reason": "Paid twice"}),
        }[action]

    before = everything(api)
    tried = try_all(api, PAYMENT_ACTIONS, list(payments), ask, {})
    assert tried == 3 * 4 * 6
    assert everything(api) == before


def try_all(
    api: Api,
    actions: dict[str, tuple[set[str], set[str], str]],
    states: list[str],
    ask: Callable[[str, str], tuple[str, Any]],
    not_there_yet: dict[str, int],
) -> int:
    tried = 0
    for action, (who, allowed, reason) in actions.items():
        for state in states:
            for role in SYSTEM_ROLES:
                path, body = ask(action, state)
                reply = api.as_role(role).post(path, body, params={"dry_run": "true"}, anything=True)
                if role not in who:
                    assert reply.status == 403, (action, state, role, reply)
                    assert reply.error["details"]["permission"] in reply.error["message"]
                elif state in allowed:
                    assert reply.status in (200, 201), (action, state, role, reply)
                elif state == "draft":
                    assert reply.status == not_there_yet[action], (action, state, role, reply)
                else:
                    is_conflict(reply, reason)
                tried += 1
    return tried


def is_conflict(reply: Reply, reason: str) -> None:
    assert reply.status == 409, reply
    assert reply.error["details"]["reason"] == reason
    assert reply.error["message"]


def everything(api: Api) -> list[Any]:
    return [
        api.get(f"/v1/{what}", params={"per_page": "100"}).data for what in ("invoices", "payments", "credit-notes")
    ]
