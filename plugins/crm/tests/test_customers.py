"""Customers: telephones and e-mails that are somebody's, search, merging, what happened."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jemeti_platform.testing.api import Api


def a_customer(api: Api, **over: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post("/v1/crm/customers", {"name": "Rahim Uddin", **over}, expect=201).data
    return made


def a_vehicle(api: Api, customer: dict[str, Any], plate: str) -> dict[str, Any]:
    body = {"customer_id": customer["id"], "plate": plate}
    made: dict[str, Any] = api.post("/v1/vehicles/customer", body, expect=201).data
    return made


def test_a_local_number_is_kept_as_e164_of_the_workspaces_country(new_tenant: Any, api_of: Any) -> None:
    api = api_of(new_tenant(country="BD"))
    assert a_customer(api, phone="01712-345678")["phone"] == "+8801712345678"


@pytest.mark.parametrize(
    ("field", "first", "second"),
    [("phone", "+8801712345678", "+880 1712-345678"), ("email", "Rahim@mail.example", "rahim@MAIL.example")],
)
def test_what_somebody_else_has_is_refused_by_its_name(api: Api, field: str, first: str, second: str) -> None:
    a_customer(api, **{field: first})
    error = api.post("/v1/crm/customers", {"name": "Other", field: second}, expect=409).error
    assert error["details"] == {"reason": "duplicate", "fields": [field]}


@pytest.mark.parametrize("typed", ["rahim", "RAHIM UDIN", "Rahím", "1712345678", "rahim@mail"])
def test_people_are_found_as_people_type(api: Api, typed: str) -> None:
    made = a_customer(api, phone="+8801712345678", email="rahim@mail.example")
    a_customer(api, name="Somebody Else")
    assert [row["id"] for row in api.get("/v1/crm/customers", params={"q": typed}).data] == [made["id"]]


def test_a_name_in_bengali_is_found_in_bengali(api: Api) -> None:
    made = a_customer(api, name="মোঃ আব্দুল করিম")
    assert [row["id"] for row in api.get("/v1/crm/customers", params={"q": "আব্দুল"}).data] == [made["id"]]


def test_an_address_is_patched_part_by_part(api: Api) -> None:
    made = a_customer(api, address={"street": "12 Lake Road", "city": "Dhaka"})
    path = f"/v1/crm/customers/{made['id']}"
    changed = api.patch(path, {"address": {"city": "Sylhet", "street": None}}).data
    assert changed["address"]["city"] == "Sylhet"
    assert "street" not in changed["address"] or changed["address"]["street"] is None


class TestMerging:
    def test_everything_moves_and_empty_fields_are_filled(self, api: Api) -> None:
        stays = a_customer(api, phone="+8801712345678", tags=["regular"])
        goes = a_customer(api, name="R. Uddin", email="rahim@mail.example", tags=["fleet"])
        car = a_vehicle(api, goes, "GA-12-3456")
        merged = api.post(f"/v1/crm/customers/{stays['id']}/merge", {"duplicate_id": goes["id"]}).data
        assert (merged["email"], merged["phone"]) == ("rahim@mail.example", "+8801712345678")
        assert merged["tags"] == ["regular", "fleet"]
        assert api.get(f"/v1/vehicles/customer/{car['id']}").data["customer_id"] == stays["id"]

    def test_the_old_id_leads_to_the_one_that_stayed(self, api: Api) -> None:
        stays, goes = a_customer(api), a_customer(api)
        api.post(f"/v1/crm/customers/{stays['id']}/merge", {"duplicate_id": goes["id"]})
        reply = api.get(f"/v1/crm/customers/{goes['id']}", expect=308)
        assert reply.headers["Location"].endswith(f"/v1/crm/customers/{stays['id']}")

    def test_into_itself_or_of_nobody_is_refused(self, api: Api) -> None:
        one = a_customer(api)
        path = f"/v1/crm/customers/{one['id']}/merge"
        for wrong in (one["id"], "0193e7a0-0000-7000-8000-000000000000"):
            assert api.post(path, {"duplicate_id": wrong}, expect=400).error["details"][0]["field"] == "duplicate_id"

    def test_each_into_the_other_at_once_leaves_one(self, api: Api) -> None:
        for _ in range(5):
            one, two = a_customer(api), a_customer(api)
            pairs = ((one, two), (two, one))
            with ThreadPoolExecutor(2) as pool:
                replies = sorted(pool.map(lambda pair: status_of_merge(api, *pair), pairs))
            assert replies[0] == 200
            assert replies[1] in (400, 404), "the second finds that one of the two has gone"


def test_the_timeline_tells_who_changed_what(api: Api) -> None:
    made = a_customer(api)
    api.patch(f"/v1/crm/customers/{made['id']}", {"notes": "Comes by bicycle"})
    a_vehicle(api, made, "GA-12-3456")
    entries = api.get(f"/v1/crm/customers/{made['id']}/timeline").data
    told = [(entry["what"], entry["after"].get("notes")) for entry in entries]
    assert ("crm_customers.update", "Comes by bicycle") in told
    assert {what for what, _ in told} >= {"crm_customers.insert", "crm_vehicles.insert", "crm_ownerships.insert"}
    assert all(entry["by"] for entry in entries)


def status_of_merge(api: Api, stays: dict[str, Any], goes: dict[str, Any]) -> int:
    path = f"/v1/crm/customers/{stays['id']}/merge"
    return api.request("POST", path, {"duplicate_id": goes["id"]}, anything=True).status
