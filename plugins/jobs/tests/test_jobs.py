"""Jobs: opened for people and vehicles that fit, within the plan, and moved by whoever may."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace

from .opening import WAY, a_customer, a_job, moved
from .preparing import prepare


def unmet(api: Api, job: dict[str, Any], action: str) -> list[str]:
    body = {"action": action, "note": "So it is"}
    refused = api.post(f"/v1/jobs/{job['id']}/transitions", body, expect=409).error
    return [reason["message"] for reason in refused["details"]["unmet"]]


class TestOpening:
    def test_a_vehicle_of_somebody_else_is_taken_with_a_warning(self, api: Api) -> None:
        owner, other = a_customer(api), a_customer(api, name="Nasrin Akter")
        body = {"customer_id": owner, "plate": "GA-12-3456"}
        car = api.post("/v1/vehicles/customer", body, expect=201).data["id"]
        assert a_job(api, customer_id=owner, vehicle_id=car)["warnings"] == []
        strange = a_job(api, customer_id=other, vehicle_id=car)["warnings"]
        assert [warning["field"] for warning in strange] == ["vehicle_id"]

    def test_an_insurer_is_a_company(self, api: Api) -> None:
        person, company = a_customer(api), a_customer(api, name="Delta Insurance", kind="company")
        body = {"customer_id": person, "payer_type": "insurance"}
        fault = api.post("/v1/jobs", body, expect=400).error["details"]
        assert [problem["field"] for problem in fault] == ["insurance_payer_id"]
        fault = api.post("/v1/jobs", {**body, "insurance_payer_id": person}, expect=400).error["details"]
        assert [problem["field"] for problem in fault] == ["insurance_payer_id"]
        made = api.post("/v1/jobs", {**body, "insurance_payer_id": company, "deductible": "500.00"}, expect=201).data
        assert made["deductible"] == "500.00"

    def test_a_comeback_is_of_the_same_vehicle(self, api: Api) -> None:
        owner = a_customer(api)
        cars = [
            api.post("/v1/vehicles/customer", {"customer_id": owner, "plate": plate}, expect=201).data["id"]
            for plate in ("GA-1", "GA-2")
        ]
        first = a_job(api, customer_id=owner, vehicle_id=cars[0])
        back = a_job(api, customer_id=owner, vehicle_id=cars[0], comeback_of_id=first["id"])
        assert back["comeback_of_id"] == first["id"]
        body = {"customer_id": owner, "vehicle_id": cars[1], "comeback_of_id": first["id"]}
        assert api.post("/v1/jobs", body, expect=400).error["details"][0]["field"] == "comeback_of_id"

    def test_mechanics_keep_their_order_and_are_there(self, api: Api, tenant: TestWorkspace) -> None:
        hands = [str(tenant.login(role).user_id) for role in ("mechanic", "staff")]
        job = a_job(api, mechanic_ids=hands)
        assert job["mechanic_ids"] == hands
        assert api.patch(f"/v1/jobs/{job['id']}", {"mechanic_ids": hands[::-1]}).data["mechanic_ids"] == hands[::-1]
        found = api.get("/v1/jobs", params={"mechanic_id": hands[0]}).data
        assert [row["id"] for row in found] == [job["id"]]
        fault = api.patch(f"/v1/jobs/{job['id']}", {"mechanic_ids": [job["id"]]}, expect=400).error["details"]
        assert fault[0]["field"] == "mechanic_ids"

    @pytest.mark.parametrize("words", ["squeal", "rahim", "GA-12-3456", "ga123456", "corolla"])
    def test_a_job_is_found_by_what_people_know_of_it(self, api: Api, words: str) -> None:
        owner = a_customer(api)
        body = {"customer_id": owner, "plate": "GA-12-3456", "make": "Toyota", "model": "Corolla"}
        car = api.post("/v1/vehicles/customer", body, expect=201).data["id"]
        job = a_job(api, customer_id=owner, vehicle_id=car, concern="Brakes squeal")
        a_job(api, customer_id=a_customer(api, name="Nasrin Akter"), concern="Oil change")
        assert [row["id"] for row in api.get("/v1/jobs", params={"q": words}).data] == [job["id"]]


def test_a_job_is_found_by_the_name_that_its_customer_has_now(api: Api) -> None:
    job = a_job(api)
    api.patch(f"/v1/crm/customers/{job['customer_id']}", {"name": "Zebunnesa Haque"})
    assert [row["id"] for row in api.get("/v1/jobs", params={"q": "zebunnesa"}).data] == [job["id"]]


class TestGuards:
    def test_each_is_told_in_words_until_it_is_met(self, api: Api) -> None:
        job = a_job(api)
        assert unmet(api, job, "intake") == [
            "The job needs a vehicle",
            "The job needs what the odometer shows, odometer_in",
        ]
        job = moved(api, job, "intake")
        assert unmet(api, job, "quote") == ["The job needs a quotation that has been sent"]
        job = moved(api, job, "quote")
        assert "approved line" in unmet(api, job, "approve")[0]
        job = moved(api, job, "approve", "start")
        assert unmet(api, job, "finish") == ["1 of the service lines is not done"]
        job = moved(api, job, "finish")
        assert unmet(api, job, "release") == ["Of the quality check 3 of 3 points are open"]
        job = moved(api, job, "release")
        assert unmet(api, job, "deliver") == ["The job needs an issued invoice"]

    def test_rework_has_everything_checked_again(self, api: Api) -> None:
        job = moved(api, a_job(api), *WAY[:6])
        prepare(api, job["id"], "release")
        job = moved(api, job, "rework", "finish")
        assert [point["result"] for point in job["checklist"]] == [None, None, None]
        assert unmet(api, job, "release")

    def test_the_odometer_is_read_when_the_vehicle_is_taken_in(self, api: Api) -> None:
        job = moved(api, a_job(api), "intake")
        assert api.get(f"/v1/vehicles/customer/{job['vehicle_id']}").data["odometer"] == 54_000
        readings = api.get(f"/v1/vehicles/customer/{job['vehicle_id']}/odometer").data
        assert [reading["source"] for reading in readings] == ["job"]

    def test_it_does_not_leave_with_less_than_it_came_with(self, api: Api) -> None:
        job = moved(api, a_job(api), "intake")
        where = f"/v1/jobs/{job['id']}"
        refused = api.patch(where, {"odometer_out": 53_999}, expect=400).error["details"]
        assert refused == [
            {
                "field": "odometer_out",
                "message": "Less than the 54000 km that it came with; if it was replaced, read it at the vehicle",
            }
        ]
        assert api.patch(where, {"odometer_out": 54_000}).data["odometer_out"] == 54_000

    def test_a_closed_job_does_not_change(self, api: Api) -> None:
        job = moved(api, a_job(api), *WAY)
        assert api.patch(f"/v1/jobs/{job['id']}", {"concern": "More"}, expect=409).error["details"]["reason"] == "state"


class TestTheLimit:
    def test_the_job_beyond_it_is_402(self, api: Api) -> None:
        set_limit(api, 2)
        customer = a_customer(api)
        for _ in range(2):
            a_job(api, customer_id=customer)
        refused = api.post("/v1/jobs", {"customer_id": customer}, expect=402).error
        assert refused["details"]["limit"] == "jobs.per_month"
        assert refused["details"]["used"] == 3

    def test_many_at_once_stay_below_it(self, api: Api) -> None:
        set_limit(api, 3)
        customer = a_customer(api)
        with ThreadPoolExecutor(8) as pool:
            replies = list(
                pool.map(lambda _: api.post("/v1/jobs", {"customer_id": customer}, anything=True).status, range(8))
            )
        assert sorted(replies) == [201] * 3 + [402] * 5


def set_limit(api: Api, most: int) -> None:
    assert api.workspace is not None
    where = f"/platform/tenants/{api.workspace.slug}/subscription"
    api.platform.patch(where, {"limits": {"jobs.per_month": most}}, expect=200)
