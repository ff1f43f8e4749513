"""Customers: telephones and e-mails that are somebody's, search, merging, what happened."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import UUID

import pytest

from jemeti_platform.db.references import move_references
from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.crm import customers
from plugins.crm.contract import CustomerMerged
from plugins.crm.models import Vehicle


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


class TestTimeline:
    def test_what_happened_is_told_with_who_did_it(self, api: Api) -> None:
        made = a_customer(api)
        api.patch(f"/v1/crm/customers/{made['id']}", {"notes": "Comes by bicycle", "email": "r@mail.example"})
        car = a_vehicle(api, made, "GA-12-3456")
        added, changed, created = api.get(f"/v1/crm/customers/{made['id']}/timeline").data
        assert [entry["kind"] for entry in (created, changed, added)] == ["created", "changed", "vehicle_added"]
        assert changed["changes"] == {
            "notes": {"before": None, "after": "Comes by bicycle"},
            "email": {"before": None, "after": "r@mail.example"},
        }
        assert (added["vehicle"]["id"], added["vehicle"]["plate"]) == (car["id"], "GA-12-3456")
        assert all(entry["by"] for entry in (created, changed, added))

    def test_a_merger_and_a_vehicle_handed_over_name_the_other_customer(self, api: Api) -> None:
        first, second = a_customer(api), a_customer(api, name="Nasrin Akter")
        car = a_vehicle(api, first, "GA-12-3456")
        api.post(f"/v1/vehicles/customer/{car['id']}/transfer", {"customer_id": second["id"]})
        third = a_customer(api, name="Kamal Hossain")
        api.post(f"/v1/crm/customers/{second['id']}/merge", {"duplicate_id": third["id"]})
        handed = api.get(f"/v1/crm/customers/{first['id']}/timeline").data[0]
        assert (handed["kind"], handed["customer"]["name"]) == ("vehicle_handed_over", "Nasrin Akter")
        merged, received = api.get(f"/v1/crm/customers/{second['id']}/timeline").data[:2]
        assert (merged["kind"], merged["customer"]) == ("merged", {"id": third["id"], "name": "Kamal Hossain"})
        assert (received["kind"], received["customer"]["id"]) == ("vehicle_received", first["id"])

    def test_it_comes_in_pages(self, api: Api) -> None:
        made = a_customer(api)
        for number in range(3):
            api.patch(f"/v1/crm/customers/{made['id']}", {"notes": f"Note {number}"})
        page = api.get(f"/v1/crm/customers/{made['id']}/timeline", params={"per_page": "3", "page": "2"})
        assert [entry["kind"] for entry in page.data] == ["created"]
        assert page.meta == {"page": 2, "per_page": 3, "total": 4, "total_pages": 2}
        api.get("/v1/crm/customers/0193e7a0-0000-7000-8000-000000000000/timeline", expect=404)


def test_a_customers_vehicles(api: Api) -> None:
    made, other = a_customer(api), a_customer(api, name="Other")
    cars = [a_vehicle(api, made, f"GA-12-345{number}") for number in range(3)]
    a_vehicle(api, other, "GA-99-9999")
    listed = api.get(f"/v1/crm/customers/{made['id']}/vehicles", params={"per_page": "2"})
    assert [row["id"] for row in listed.data] == [car["id"] for car in cars[:0:-1]]
    assert listed.meta["total"] == 3
    api.get("/v1/crm/customers/0193e7a0-0000-7000-8000-000000000000/vehicles", expect=404)


def test_an_email_is_asked_for_in_any_case(api: Api) -> None:
    made = a_customer(api, email="Rahim@mail.example")
    a_customer(api, email="karim@mail.example")
    found = api.get("/v1/crm/customers", params={"email": "rahim@MAIL.example,nobody@mail.example"}).data
    assert [row["id"] for row in found] == [made["id"]]


class TestMergingAtOnce:
    """Two duplicates merged into one customer at the same moment: neither may undo what the other has filled."""

    @pytest.fixture
    def at_once(self, platform: Platform, database: Database) -> Iterator[None]:
        """Hold each merger in its middle until the other one is there, too, or waits for a lock."""
        there: list[CustomerMerged] = []

        def wait(work: Work, event: CustomerMerged) -> None:
            there.append(event)
            wait_until_blocked(database, unless=lambda: len(there) == 2)

        listeners = platform.listeners.setdefault(CustomerMerged, [])
        listeners.append(("crm", wait))
        yield
        listeners.remove(("crm", wait))

    def merge_both(self, api: Api) -> list[str]:
        stays = a_customer(api, tags=[])
        goes = [a_customer(api, tags=[tag]) for tag in ("fleet", "VIP")]
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(partial(status_of_merge, api, stays), goes)) == [200, 200]
        tags: list[str] = api.get(f"/v1/crm/customers/{stays['id']}").data["tags"]
        return sorted(tags)

    def test_both_are_kept(self, api: Api, at_once: None) -> None:
        assert self.merge_both(api) == ["VIP", "fleet"]

    def test_without_the_lock_one_would_be_lost(self, api: Api, at_once: None, monkeypatch: pytest.MonkeyPatch) -> None:
        unlocked = Statement(customers._LOCK.sql.replace(" FOR UPDATE", ""))
        monkeypatch.setattr(customers, "_LOCK", unlocked)
        assert len(self.merge_both(api)) == 1

    def test_a_vehicle_registered_meanwhile_is_not_lost(self, api: Api) -> None:
        for number in range(5):
            stays, goes = a_customer(api), a_customer(api)
            plates = [f"GA-{number}-{n}" for n in range(4)]
            with ThreadPoolExecutor(3) as pool:
                merged = pool.submit(status_of_merge, api, stays, goes)
                tried = list(pool.map(partial(status_of_vehicle, api, goes), plates))
            assert merged.result() == 200
            assert set(tried) <= {201, 400}, "registered in time, or told that the customer is not there any more"
            moved = api.get(f"/v1/crm/customers/{stays['id']}/vehicles").meta["total"]
            assert moved == tried.count(201)


def test_what_may_not_be_changed_still_refers_to_the_old_row(api: Api, tenant: TestWorkspace) -> None:
    owner = a_customer(api)
    one, two = (
        api.post("/v1/vehicles/customer", {"customer_id": owner["id"], "plate": plate, "odometer": 5}).data["id"]
        for plate in ("GA-1", "GA-2")
    )
    with tenant.work() as work:
        work.write(Statement("UPDATE crm_ownerships SET until = since WHERE vehicle_id = %(id)s")(id=UUID(two)))
        move_references(work, Vehicle, UUID(one), UUID(two))
        readings, ownerships = work.read(
            Statement("SELECT DISTINCT vehicle_id FROM crm_odometer_readings")(),
            Statement("SELECT DISTINCT vehicle_id FROM crm_ownerships")(),
        )
    assert len(readings) == 2, "readings are append-only"
    assert [str(row["vehicle_id"]) for row in ownerships] == [two]


def test_search_finds_people_and_their_cars(api: Api, tenant: TestWorkspace) -> None:
    made = a_customer(api, phone="+8801711000101")
    a_vehicle(api, made, "DHAKA METRO GA-12-3456")
    (car,) = api.get("/v1/search?q=12-3456").data
    assert (car["type"], car["title"]) == ("vehicles.customer", "DHAKA METRO GA-12-3456")
    assert car["subtitle"] == "Rahim Uddin"
    (person,) = api.get("/v1/search?q=rahim&types=crm.customers").data
    assert person["path"] == f"/v1/crm/customers/{made['id']}"
    assert api.get(person["path"]).data["id"] == made["id"]
    tenant.set_feature("vehicles.customer", "off")
    assert api.get("/v1/search?q=12-3456").data == []


def test_the_dashboard_counts_customers_and_vehicles(api: Api, tenant: TestWorkspace) -> None:
    a_vehicle(api, a_customer(api), "GA-1")
    figures = {figure["name"]: figure for figure in api.get("/v1/dashboard").data["figures"]}
    assert {name: f["value"] for name, f in figures.items() if name.startswith(("crm", "vehicles"))} == {
        "crm.customers": 1, "crm.customers.new": 1, "vehicles.customer": 1,
    }  # fmt: skip
    for figure in figures.values():
        api.get(figure["path"], expect=200)
    tenant.set_feature("vehicles.customer", "off")
    assert "vehicles.customer" not in {f["name"] for f in api.get("/v1/dashboard").data["figures"]}


def status_of_merge(api: Api, stays: dict[str, Any], goes: dict[str, Any]) -> int:
    path = f"/v1/crm/customers/{stays['id']}/merge"
    return api.request("POST", path, {"duplicate_id": goes["id"]}, anything=True).status


def status_of_vehicle(api: Api, owner: dict[str, Any], plate: str) -> int:
    body = {"customer_id": owner["id"], "plate": plate}
    return api.request("POST", "/v1/vehicles/customer", body, anything=True).status
