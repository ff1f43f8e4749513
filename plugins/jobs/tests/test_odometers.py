"""What the odometer shows when a vehicle comes and leaves: less than before is taken with a reason, or not at all."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace

from .billing_jobs import invoiced
from .opening import WAY, a_customer, a_job, moved

REPLACED = "The instrument cluster was replaced"


@pytest.fixture
def owner(api: Api) -> str:
    return a_customer(api)


@pytest.fixture
def vehicle(api: Api, owner: str) -> str:
    """One that showed 60,000 km at its last visit."""
    body = {"customer_id": owner, "plate": "GA-12-3456", "odometer": 60_000}
    return str(api.post("/v1/vehicles/customer", body, expect=201).data["id"])


@pytest.fixture
def job(api: Api, owner: str, vehicle: str) -> dict[str, Any]:
    """A job to which it comes with less."""
    return a_job(api, customer_id=owner, vehicle_id=vehicle, odometer_in=6_123)


def act(api: Api, job: dict[str, Any], action: str, expect: int = 200) -> Any:
    return api.post(f"/v1/jobs/{job['id']}/transitions", {"action": action}, expect=expect)


def unmet(api: Api, job: dict[str, Any], action: str) -> list[tuple[str, str]]:
    return [(one["guard"], one["message"]) for one in act(api, job, action, 409).error["details"]["unmet"]]


def shown(api: Api, vehicle: str) -> int:
    return int(api.get(f"/v1/vehicles/customer/{vehicle}").data["odometer"])


def newest(api: Api, vehicle: str) -> tuple[int, str, str | None]:
    reading = api.get(f"/v1/vehicles/customer/{vehicle}/odometer").data[0]
    return reading["reading_km"], reading["source"], reading["reason"]


def test_less_than_before_is_told_with_what_was_read_last(api: Api, job: dict[str, Any], vehicle: str) -> None:
    said = (
        "odometer_in is 6123 km, less than the 60000 km of the reading before: correct it, or say why, odometer_reason"
    )
    (way,) = [
        one for one in api.get(f"/v1/jobs/{job['id']}/transitions").data["transitions"] if one["action"] == "intake"
    ]
    assert way["allowed"] is False
    assert [one["message"] for one in way["unmet"]] == [said]
    assert unmet(api, job, "intake") == [("odometer_fits", said)]
    assert newest(api, vehicle) == (60_000, "registration", None)


def test_with_a_reason_it_is_taken_in_and_the_reading_keeps_it(api: Api, job: dict[str, Any], vehicle: str) -> None:
    api.patch(f"/v1/jobs/{job['id']}", {"odometer_reason": REPLACED}, expect=200)
    act(api, job, "intake")
    assert newest(api, vehicle) == (6_123, "job", REPLACED)
    assert shown(api, vehicle) == 6_123


@pytest.mark.parametrize("km", [60_000, 60_001])
def test_what_fits_needs_no_reason_and_keeps_none(api: Api, job: dict[str, Any], vehicle: str, km: int) -> None:
    api.patch(f"/v1/jobs/{job['id']}", {"odometer_in": km, "odometer_reason": REPLACED}, expect=200)
    act(api, job, "intake")
    assert newest(api, vehicle) == (km, "job", None)


def test_what_was_read_meanwhile_counts_when_it_leaves(api: Api, job: dict[str, Any], vehicle: str) -> None:
    where = f"/v1/jobs/{job['id']}"
    api.patch(where, {"odometer_in": 60_100})
    act(api, job, "intake")
    job = moved(api, job, *WAY[1:7])
    invoiced(api, job)
    api.post(f"/v1/vehicles/customer/{vehicle}/odometer", {"reading_km": 60_150}, expect=201)
    api.patch(where, {"odometer_out": 60_110}, expect=200)
    ((guard, said),) = unmet(api, job, "deliver")
    assert (guard, "less than the 60150 km" in said) == ("odometer_fits", True)
    api.patch(where, {"odometer_out": 60_160}, expect=200)
    act(api, job, "deliver")
    assert newest(api, vehicle) == (60_160, "job", None)


def test_no_job_says_that_it_left_with_less_than_it_came_with(api: Api, owner: str, tenant: TestWorkspace) -> None:
    body = {"customer_id": owner, "odometer_in": 60_000, "odometer_out": 59_999}
    refused = api.post("/v1/jobs", body, expect=400).error["details"]
    assert [fault["field"] for fault in refused] == ["odometer_out"]
    job = a_job(api, customer_id=owner, odometer_in=60_000, odometer_out=60_000)
    where = f"/v1/jobs/{job['id']}"
    for changes in ({"odometer_out": 59_999}, {"odometer_in": 60_001}):
        (fault,) = api.patch(where, changes, expect=400).error["details"]
        assert fault["field"] == "odometer_out"
        assert "km that it came with" in fault["message"]
    wrong = Statement("UPDATE jobs_jobs SET odometer_out = 59999 WHERE id = %(id)s")
    with tenant.work() as work, pytest.raises(psycopg.errors.CheckViolation, match="left_with_no_less"):
        work.write(wrong(id=job["id"]))
