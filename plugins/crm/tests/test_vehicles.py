"""Vehicles: plates compared as people compare them, one owner a day, every odometer reading kept."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.refusals import refusal_of
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.crm import odometer
from plugins.crm.contract import OdometerRead, Odometers, VehicleHistory
from plugins.crm.models import PLATE_KEY

PATH = "/v1/vehicles/customer"


@pytest.fixture
def owner(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=201).data
    return found


@pytest.fixture
def other(api: Api) -> dict[str, Any]:
    found: dict[str, Any] = api.post("/v1/crm/customers", {"name": "Nasrin Akter"}, expect=201).data
    return found


def register(api: Api, owner: dict[str, Any], plate: str = "GA-12-3456", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = api.post(PATH, {"customer_id": owner["id"], "plate": plate, **more}, expect=201).data
    return made


@pytest.mark.parametrize(
    "twin",
    [
        "ga 12 3456",
        "GA123456",
        "Ga-12.3456",
        "ga-১২-৩৪৫৬",
        "GA\u201312\u20133456",
        "GA\u00a012\u00b73456",
        "ＧＡ１２３４５６",
    ],
)
def test_one_plate_in_another_spelling_is_the_same_plate(api: Api, owner: dict[str, Any], twin: str) -> None:
    register(api, owner)
    error = api.post(PATH, {"customer_id": owner["id"], "plate": twin}, expect=409).error
    assert error["details"] == {"reason": "duplicate", "fields": ["plate"]}


def test_an_archived_vehicle_frees_its_plate(api: Api, owner: dict[str, Any]) -> None:
    first = register(api, owner)
    api.patch(f"{PATH}/{first['id']}", {"status": "archived"})
    second = register(api, owner)
    error = api.patch(f"{PATH}/{first['id']}", {"status": "active"}, expect=409).error
    assert error["details"]["fields"] == ["plate"]
    assert second["plate"] == first["plate"]


@given(
    words=st.lists(st.text(alphabet="ABCXYZ0123456789ঢাকামেট্রো", min_size=1, max_size=4), min_size=1, max_size=4),
    first=st.sampled_from([" ", "-", "", " - "]),
    second=st.sampled_from([" ", "-", "", "."]),
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_separators_and_case_never_matter(work: Any, words: list[str], first: str, second: str) -> None:
    key = Statement(f"SELECT {PLATE_KEY} AS key FROM unnest(%(plates)s::text[]) AS asked(plate)")
    (rows,) = work.read(key(plates=[first.join(words), second.join(words).lower()]))
    assert rows[0] == rows[1]


def test_a_vehicle_needs_a_plate_or_a_vin(api: Api, owner: dict[str, Any]) -> None:
    error = api.post(PATH, {"customer_id": owner["id"], "make": "Toyota"}, expect=400).error
    assert error["details"][0]["field"] == "plate"
    made = register(api, owner, vin="WVWZZZ1JZXW000001")
    api.patch(f"{PATH}/{made['id']}", {"plate": None})
    assert api.patch(f"{PATH}/{made['id']}", {"vin": None}, expect=400).error["details"][0]["field"] == "plate"


def test_the_owners_contact_is_shown_to_those_who_may_see_customers(api: Api, owner: dict[str, Any]) -> None:
    made = register(api, owner)
    driver = api.as_one_who_may("vehicles.customer:read")
    for path in (PATH, f"{PATH}/{made['id']}", f"{PATH}?cursor="):
        driver.get(path, expect=200)
        refused = driver.get(path, params={"expand": "customer"}, expect=403)
        assert refused.error["details"]["permission"] == "crm.customers:read"
    driver.get(PATH, params={"expand": "customer"}, headers={"Accept": "text/csv"}, expect=403)
    shown = api.get(f"{PATH}/{made['id']}", params={"expand": "customer"}).data["customer"]
    assert shown["name"] == owner["name"]


def test_neither_owner_nor_odometer_is_changed_by_hand(api: Api, owner: dict[str, Any], other: dict[str, Any]) -> None:
    made = register(api, owner)
    for change in ({"customer_id": other["id"]}, {"odometer": 1}):
        assert api.patch(f"{PATH}/{made['id']}", change, expect=400).error["details"][0]["field"] in change


def test_a_vin_that_looks_odd_is_kept_with_a_warning(api: Api, owner: dict[str, Any]) -> None:
    odd = register(api, owner, vin="WVWZZZ1JZXW000001")
    assert [warning["field"] for warning in odd["warnings"]] == ["vin"]
    fine = api.patch(f"{PATH}/{odd['id']}", {"vin": "1HGCM82633A004352"}).data
    assert fine["warnings"] == []
    api.patch(f"{PATH}/{odd['id']}", {"vin": "1HGCM82693A004352"}, expect=400)


@pytest.mark.parametrize("plate", ["-", "···", "– –"])
def test_a_plate_has_letters_or_digits(api: Api, owner: dict[str, Any], plate: str) -> None:
    body = {"customer_id": owner["id"], "plate": plate}
    assert api.post(PATH, body, expect=400).error["details"][0]["field"] == "plate"


def test_a_plate_is_asked_for_in_any_spelling(api: Api, owner: dict[str, Any]) -> None:
    made = register(api, owner)
    register(api, owner, "GA-99-9999")
    for plate in ("ga123456", "GA 12-3456,unknown", "গ-১", "Ga-১২-৩৪৫৬"):
        found = [row["id"] for row in api.get(PATH, params={"plate": plate}).data]
        assert found == ([] if plate == "গ-১" else [made["id"]])


class TestTransfer:
    def test_the_owner_changes_and_the_past_is_kept(
        self, api: Api, owner: dict[str, Any], other: dict[str, Any]
    ) -> None:
        made = register(api, owner, odometer=1000)
        handed = api.post(f"{PATH}/{made['id']}/transfer", {"customer_id": other["id"], "odometer": 1500}).data
        assert (handed["customer_id"], handed["odometer"]) == (other["id"], 1500)
        past = api.get(f"{PATH}/{made['id']}/history")
        told = {
            (entry["kind"], entry["reading_km"], (entry["customer"] or {}).get("id"), entry["customer_before"])
            for entry in ({**row, "customer_before": (row["customer_before"] or {}).get("id")} for row in past.data)
        }
        assert told == {
            ("registered", None, owner["id"], None),
            ("odometer", 1000, None, None),
            ("odometer", 1500, None, None),
            ("transferred", None, other["id"], owner["id"]),
        }
        assert past.meta["total"] == 4

    def test_to_the_same_owner_to_nobody_or_before_their_time_is_refused(
        self, api: Api, owner: dict[str, Any], other: dict[str, Any]
    ) -> None:
        path = f"{PATH}/{register(api, owner)['id']}/transfer"
        api.post(path, {"customer_id": owner["id"]}, expect=409)
        nobody = {"customer_id": "0193e7a0-0000-7000-8000-000000000000"}
        assert api.post(path, nobody, expect=400).error["details"][0]["field"] == "customer_id"
        for day in ("2001-01-01", "2199-01-01"):
            wrong = {"customer_id": other["id"], "since": day}
            assert api.post(path, wrong, expect=400).error["details"][0]["field"] == "since"

    def test_an_odometer_that_shows_less_at_hand_over_needs_a_reason(
        self, api: Api, owner: dict[str, Any], other: dict[str, Any]
    ) -> None:
        made = register(api, owner, odometer=1000)
        path, handed = f"{PATH}/{made['id']}/transfer", {"customer_id": other["id"], "odometer": 900}
        assert api.post(path, handed, expect=400).error["details"][0]["field"] == "reason"
        assert api.get(f"{PATH}/{made['id']}").data["customer_id"] == owner["id"]
        assert api.post(path, {**handed, "reason": "New cluster"}).data["odometer"] == 900

    def test_two_owners_on_one_day_are_refused_by_the_database(
        self, api: Api, owner: dict[str, Any], other: dict[str, Any], work: Any
    ) -> None:
        made = register(api, owner)
        twice = Statement(
            "INSERT INTO crm_ownerships (id, vehicle_id, customer_id, since) "
            "VALUES (gen_random_uuid(), %(vehicle)s, %(customer)s, %(day)s)"
        )
        with pytest.raises(psycopg.errors.ExclusionViolation) as caught:
            work.write(twice(vehicle=made["id"], customer=other["id"], day=work.today()))
        refusal = refusal_of(caught.value)
        assert isinstance(refusal, Conflict)
        assert refusal.details == {"reason": "overlap", "fields": ["vehicle_id", "since", "until"]}


class TestOdometer:
    def test_the_vehicle_shows_its_newest_reading(self, api: Api, owner: dict[str, Any]) -> None:
        path = f"{PATH}/{register(api, owner, odometer=1000)['id']}/odometer"
        assert api.post(path, {"reading_km": 2000}, expect=201).data["odometer"] == 2000
        late = {"reading_km": 500, "read_at": "2020-01-01T00:00:00Z"}
        assert api.post(path, late, expect=201).data["odometer"] == 2000
        assert [entry["reading_km"] for entry in api.get(path).data] == [2000, 1000, 500]

    def test_less_than_before_needs_a_reason(self, api: Api, owner: dict[str, Any]) -> None:
        path = f"{PATH}/{register(api, owner, odometer=1000)['id']}/odometer"
        error = api.post(path, {"reading_km": 900}, expect=400).error
        assert error["details"][0]["field"] == "reason"
        api.post(path, {"reading_km": 900, "reason": "New instrument cluster"}, expect=201)

    def test_a_reading_entered_late_must_fit_between_its_neighbours(self, api: Api, owner: dict[str, Any]) -> None:
        path = f"{PATH}/{register(api, owner, odometer=1000)['id']}/odometer"
        api.post(path, {"reading_km": 400, "read_at": "2020-01-01T00:00:00Z"}, expect=201)
        for km in (300, 1100):
            wrong = {"reading_km": km, "read_at": "2021-01-01T00:00:00Z"}
            assert api.post(path, wrong, expect=400).error["details"][0]["field"] == "reason"
        api.post(path, {"reading_km": 700, "read_at": "2021-01-01T00:00:00Z"}, expect=201)

    def test_of_two_readings_at_once_that_do_not_fit_one_is_taken(
        self, api: Api, owner: dict[str, Any], platform: Platform, database: Database
    ) -> None:
        assert self.post_at_once(api, owner, platform, database) == [201, 400]

    def test_without_the_lock_both_would_be_taken(
        self,
        api: Api,
        owner: dict[str, Any],
        platform: Platform,
        database: Database,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(odometer, "_LOCK", Statement(odometer._LOCK.sql.replace(" FOR UPDATE", "")))
        with pytest.raises(AssertionError, match="less than the one before"):
            self.post_at_once(api, owner, platform, database)

    def post_at_once(self, api: Api, owner: dict[str, Any], platform: Platform, database: Database) -> list[int]:
        """Read 2000 km, and 1500 km an hour later, each held back until the other one has looked, or waits."""
        path = f"{PATH}/{register(api, owner)['id']}/odometer"
        there, listeners = list[OdometerRead](), platform.listeners.setdefault(OdometerRead, [])

        def wait(work: Work, event: OdometerRead) -> None:
            there.append(event)
            wait_until_blocked(database, unless=lambda: len(there) == 2)

        def read(km: int, at: str) -> int:
            return api.request("POST", path, {"reading_km": km, "read_at": at}, anything=True).status

        listeners.append(("crm", wait))
        try:
            with ThreadPoolExecutor(2) as pool:
                statuses = sorted(pool.map(read, (2000, 1500), ("2021-03-01T10:00:00Z", "2021-03-01T11:00:00Z")))
        finally:
            listeners.remove(("crm", wait))
        shown = [entry["reading_km"] for entry in api.get(path).data][::-1]
        assert shown == sorted(shown), "a reading is less than the one before, without a reason"
        return statuses

    def test_the_future_is_refused(self, api: Api, owner: dict[str, Any]) -> None:
        path = f"{PATH}/{register(api, owner)['id']}/odometer"
        error = api.post(path, {"reading_km": 1, "read_at": "2199-01-01T00:00:00Z"}, expect=400).error
        assert error["details"][0]["field"] == "read_at"

    def test_whoever_reads_in_the_workshop_is_told_where_to_say_why(
        self, api: Api, owner: dict[str, Any], work: Work
    ) -> None:
        made = UUID(register(api, owner, odometer=1000)["id"])
        port = work.port(Odometers)  # type: ignore[type-abstract]  # that is what a port is
        assert port is not None
        with pytest.raises(Invalid) as refused:
            port.record(made, 999, reason=None, field="odometer_reason")
        assert refused.value.details == [
            {"field": "odometer_reason", "message": "Less than the 1000 km of the reading before; say why"}
        ]

    def test_a_reading_can_never_be_changed(self, work: Any) -> None:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            work.write(Statement("UPDATE crm_odometer_readings SET reading_km = 0")())


def test_the_demo_people_are_made_once(work: Any) -> None:
    from plugins.crm.demo import fill

    count = Statement(
        "SELECT (SELECT count(*) FROM crm_customers) AS people, (SELECT count(*) FROM crm_vehicles) AS cars"
    )
    fill(work)
    ((first,),) = work.read(count())
    fill(work)
    ((second,),) = work.read(count())
    assert first == second
    assert first["people"] > 20 < first["cars"]


def test_what_other_plugins_do_to_a_vehicle_is_noted_once(
    api: Api, owner: dict[str, Any], tenant: TestWorkspace
) -> None:
    made = register(api, owner)
    subject = {"subject_type": "dvi.inspection", "subject_id": uuid7(), "title": "DVI-2026-00001"}
    for _ in range(2):
        with tenant.work() as work:
            chronicle = work.port(VehicleHistory)  # type: ignore[type-abstract]  # that is what a port is
            assert chronicle is not None
            chronicle.note(UUID(made["id"]), "inspected", **subject)
    past = api.get(f"{PATH}/{made['id']}/history")
    assert [entry["kind"] for entry in past.data] == ["inspected", "registered"]
    shown = past.data[0]["subject"]
    assert (shown["type"], shown["id"], shown["title"]) == tuple(str(value) for value in subject.values())
