"""A customer shows what is owed and what credit there is: as the ledger says, and to nobody who may not see that."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from plugins.crm.contract import CustomerLedger

from .conftest import Till

FIELDS = ("outstanding_balance", "unallocated_credit")


def where(till: Till) -> str:
    return f"/v1/crm/customers/{till.customer}"


def shown(api: Api, till: Till) -> tuple[Any, Any]:
    found = api.get(where(till), expect=200).data
    return found["outstanding_balance"], found["unallocated_credit"]


def in_ledger(api: Api, till: Till) -> tuple[Any, Any]:
    meta = api.get(f"{where(till)}/ledger").meta
    return meta["outstanding_balance"], meta["unallocated_credit"]


def test_it_is_what_the_ledger_says_whatever_happens(api: Api, till: Till) -> None:
    seen = [shown(api, till)]
    assert seen == [("0.00", "0.00")]
    first = till.invoice("100.00")
    seen.append(shown(api, till))
    till.pay("30.00", first)
    seen.append(shown(api, till))
    second = till.invoice("50.00")
    paid = till.pay("90.00", first)
    seen.append(shown(api, till))
    assert shown(api, till) == in_ledger(api, till)
    till.credit(second)
    api.post(f"/v1/payments/{paid['id']}/refunds", {"amount": "5.00", "reason": "Change"}, expect=201)
    seen.append(shown(api, till))
    assert seen[1:] == [("100.00", "0.00"), ("70.00", "0.00"), ("50.00", "20.00"), ("0.00", "15.00")]
    assert shown(api, till) == in_ledger(api, till)


def test_what_others_owe_is_not_in_it(api: Api, till: Till) -> None:
    other = Till(api, api.post("/v1/crm/customers", {"name": "Nasrin"}, expect=201).data["id"], till.account)
    other.invoice("70.00")
    till.pay("10.00", customer_id=till.customer, allocations=[])
    assert (shown(api, till), shown(api, other)) == (("0.00", "10.00"), ("70.00", "0.00"))


@pytest.mark.parametrize(("role", "sees"), [("manager", True), ("staff", True), ("viewer", True), ("mechanic", False)])
def test_it_is_null_to_whoever_may_not_see_the_ledger(api: Api, till: Till, role: str, sees: bool) -> None:  # noqa: FBT001 (pytest's)
    till.invoice("100.00")
    somebody = api.as_role(role)
    somebody.get(f"{where(till)}/ledger", expect=200 if sees else 403)
    expected = ("100.00", "0.00") if sees else (None, None)
    assert shown(somebody, till) == expected
    asked = somebody.get(where(till), params={"fields": "name,outstanding_balance"}).data
    assert asked == {"name": "Rahim Uddin", "outstanding_balance": expected[0]}


def test_whoever_may_change_customers_but_not_see_the_ledger_learns_nothing_by_it(api: Api, till: Till) -> None:
    till.invoice("100.00")
    granted = ["crm.customers:read", "crm.customers:write", "crm.customers:merge"]
    role = api.post("/v1/roles", {"slug": "desk", "name": "Desk", "permissions": granted}, expect=201).data
    desk = api.as_role(role["slug"])
    changed = desk.patch(where(till), {"notes": "Prefers a call"}, expect=200).data
    assert [changed[name] for name in FIELDS] == [None, None]
    double = desk.post("/v1/crm/customers", {"name": "Rahim U."}, expect=201).data
    assert [double[name] for name in FIELDS] == [None, None]
    merged = desk.post(f"{where(till)}/merge", {"duplicate_id": double["id"]}, expect=200).data
    assert [merged[name] for name in FIELDS] == [None, None]
    assert shown(api, till) == ("100.00", "0.00")


def test_every_answer_of_one_customer_has_it(api: Api, till: Till) -> None:
    till.invoice("100.00")
    for changes in ({"notes": "Prefers a call"}, {}):
        changed = api.patch(where(till), changes, expect=200).data
        assert [changed[name] for name in FIELDS] == ["100.00", "0.00"]
    made = api.post("/v1/crm/customers", {"name": "Nasrin Akter"}, expect=201).data
    assert [made[name] for name in FIELDS] == ["0.00", "0.00"]


def test_it_is_not_written_and_not_in_lists(api: Api, till: Till) -> None:
    for name in FIELDS:
        assert api.patch(where(till), {name: "0.00"}, expect=400).error["details"][0]["field"] == name
        fault = api.get("/v1/crm/customers", params={"fields": f"id,{name}"}, expect=400).error["details"][0]
        assert fault["field"] == "fields"
    assert not set(FIELDS) & set(api.get("/v1/crm/customers").data[0])


def test_a_payment_makes_another_tag_but_no_other_version(api: Api, till: Till) -> None:
    invoice = till.invoice("100.00")
    tag = api.get(where(till)).headers["ETag"]
    api.get(where(till), headers={"If-None-Match": tag}, expect=304)
    till.pay("40.00", invoice)
    api.get(where(till), headers={"If-None-Match": tag}, expect=200)
    api.patch(where(till), {"notes": "Paid something"}, headers={"If-Match": tag}, expect=200)


def test_where_nobody_keeps_invoices_it_is_null(
    api: Api, till: Till, platform: Platform, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(platform.ports, CustomerLedger)
    assert shown(api, till) == (None, None)


def test_reading_one_stays_one_round_trip(api: Api, till: Till, platform: Platform) -> None:
    till.invoice("100.00")
    for query in ("", "?fields=name", "?fields=unallocated_credit"):
        api.get(f"{where(till)}{query}")
        with count_round_trips(platform) as counted:
            api.get(f"{where(till)}{query}")
        assert counted.count == 1
