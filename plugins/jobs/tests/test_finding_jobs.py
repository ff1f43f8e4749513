"""Jobs are found as a workshop asks for them: today's, the late ones, a mechanic's, a bay's, that plate's."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .opening import a_customer, a_job, moved

PATH = "/v1/jobs"


def found(api: Api, **asked: str) -> list[str]:
    """The concerns of the jobs that a query finds, the oldest first."""
    shown = api.get(PATH, params={"sort": "number", **asked}, expect=200)
    assert shown.meta["total"] == len(shown.data)
    return [one["concern"] for one in shown.data]


@pytest.fixture
def days(api: Api, tenant: TestWorkspace) -> dict[str, str]:
    """Jobs promised for the first and last moments of today and around it, by the workspace's clock; today's date."""
    with tenant.work() as work:
        today, zone = work.today(), work.timezone
    owner = a_customer(api)
    for concern, day, at in (
        ("yesterday", -1, time(23, 59, 59)),
        ("first", 0, time(0, 0)),
        ("last", 0, time(23, 59, 59)),
        ("tomorrow", 1, time(0, 0)),
    ):
        moment = datetime.combine(today + timedelta(days=day), at, tzinfo=zone)
        a_job(api, customer_id=owner, concern=concern, promised_at=moment.isoformat())
    a_job(api, customer_id=owner, concern="whenever")
    return {"today": str(today), "tomorrow": str(today + timedelta(days=1))}


@pytest.mark.parametrize("zone", ["Asia/Dhaka", "America/Los_Angeles", "Pacific/Kiritimati"])
def test_what_was_promised_for_a_day_by_the_workspaces_clock(api: Api, request: Any, zone: str) -> None:
    api.patch("/v1/workspace", {"timezone": zone}, expect=200)
    days = request.getfixturevalue("days")
    assert found(api, promised_on="today") == found(api, promised_on=days["today"]) == ["first", "last"]
    assert found(api, promised_on=days["tomorrow"]) == ["tomorrow"]


@pytest.mark.usefixtures("days")
def test_late_is_what_is_open_and_later_than_promised(api: Api) -> None:
    late = found(api, is_late="true")
    assert "yesterday" in late
    assert not {"tomorrow", "whenever"} & set(late)
    assert sorted(found(api, is_late="false") + late) == sorted(found(api))
    (job,) = [one for one in api.get(PATH).data if one["concern"] == "yesterday"]
    moved(api, job, "cancel")
    assert "yesterday" not in found(api, is_late="true")


def test_open_is_what_is_still_to_be_done_or_handed_over(api: Api) -> None:
    owner = a_customer(api)
    kept, gone = (a_job(api, customer_id=owner, concern=concern) for concern in ("kept", "gone"))
    moved(api, gone, "cancel")
    assert found(api, is_open="true") == [kept["concern"]]
    assert found(api, is_open="false") == ["gone"]
    set_state = Statement("UPDATE jobs_jobs SET status = %(state)s WHERE id = %(id)s")
    assert api.workspace is not None
    for state, is_open in (("pending_delivery", "true"), ("completed", "false"), ("closed", "false")):
        with api.workspace.work() as work:
            work.write(set_state(state=state, id=kept["id"]))
        assert "kept" in found(api, is_open=is_open)


@pytest.mark.parametrize("plate", ["DHAKA METRO GA-12-3456", "dhakametroga123456", "Dhaka Metro GA.12.3456"])
def test_the_jobs_of_a_plate_however_it_is_spelt(api: Api, plate: str) -> None:
    owner = a_customer(api)
    body = {"customer_id": owner, "plate": "DHAKA METRO GA-12-3456"}
    car = api.post("/v1/vehicles/customer", body, expect=201).data["id"]
    a_job(api, customer_id=owner, vehicle_id=car, concern="this")
    other = api.post("/v1/vehicles/customer", {**body, "plate": "DHAKA METRO GA-12-3457"}, expect=201).data["id"]
    a_job(api, customer_id=owner, vehicle_id=other, concern="that")
    a_job(api, customer_id=owner, concern="none")
    assert found(api, plate=plate) == ["this"]
    assert found(api, plate=f"{plate},DHAKA METRO GA-12-3457") == ["this", "that"]


@pytest.mark.usefixtures("days")
def test_they_go_together_and_stay_one_round_trip(api: Api, platform: Platform) -> None:
    asked = {"promised_on": "today", "is_open": "true", "is_late": "false", "plate": "GA 1", "q": "first"}
    api.get(PATH, params=asked)
    with count_round_trips(platform) as counted:
        api.get(PATH, params=asked, expect=200)
    assert counted.count == 1
    walked = api.get(PATH, params={"promised_on": "today", "cursor": "", "per_page": "1", "sort": "number"})
    rest = {"promised_on": "today", "per_page": "1", "sort": "number", "cursor": walked.meta["next_cursor"]}
    assert [one["concern"] for one in (*walked.data, *api.get(PATH, params=rest).data)] == ["first", "last"]


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"promised_on": "now"}, "or today"),
        ({"promised_on": "2026-02-30"}, "or today"),
        ({"is_late": "yes"}, "true or false"),
        ({"is_open": ""}, "true or false"),
    ],
)
def test_what_is_no_day_or_answer_is_refused(api: Api, asked: dict[str, str], said: str) -> None:
    (fault,) = api.get(PATH, params=asked, expect=400).error["details"]
    assert fault["field"] == next(iter(asked))
    assert said in fault["message"]
