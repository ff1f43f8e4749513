"""Owners are told once that the season begins, where the workspace wants that."""

from datetime import date, timedelta

import pytest
from jemeti_tyre_hotel.seasons import wanted_again

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.clocks import another_day

DUE = "tyre_hotel.tyre_set.due"
_BRING_FORWARD = Statement("UPDATE tyre_hotel_tyre_sets SET due_on = %(day)s WHERE due_on IS NOT NULL")


@pytest.mark.parametrize(
    ("season", "day", "due"),
    [
        ("winter", date(2026, 4, 11), date(2026, 10, 1)),
        ("winter", date(2026, 10, 1), date(2027, 10, 1)),
        ("summer", date(2026, 10, 20), date(2027, 4, 1)),
        ("summer", date(2026, 1, 2), date(2026, 4, 1)),
        ("all_season", date(2026, 1, 2), None),
    ],
)
def test_when_a_set_is_wanted_again(season, day, due):
    assert wanted_again(season, day) == due


def test_storing_plans_the_reminder(tenant, api, add_set, store):
    store(add_set())
    store(add_set(season="all_season"), "A-13")
    with tenant.work() as work:
        today = work.today()
    due = {row["season"]: row["due_on"] for row in api.get("/v1/tyre-hotel/tyre-sets").data}
    assert due == {"winter": wanted_again("winter", today).isoformat(), "all_season": None}


@pytest.mark.parametrize(("days", "due"), [(30, 1), (31, 0)])
def test_the_dashboard_counts_the_sets_of_the_next_thirty_days(tenant, api, add_set, store, days, due):
    api.patch("/v1/workspace", {"timezone": another_day()})
    store(add_set())
    with tenant.work() as work:
        work.write(_BRING_FORWARD(day=work.today() + timedelta(days=days)))
    figures = {one["name"]: one["value"] for one in api.get("/v1/dashboard").data["figures"]}
    assert figures["tyre_hotel.due"] == due


def test_the_owner_of_a_due_set_is_written_to_once(tenant, api, add_set, store, run_jobs):
    api.patch(f"/v1/message-templates/{DUE}", {"enabled": True}, expect=200)
    store(add_set(owner_email="shirin@mail.example"))
    store(add_set(season="summer", owner_email="later@mail.example"), "A-13")
    with tenant.work() as work:
        today = work.today()
        work.write(_BRING_FORWARD(day=today + timedelta(days=1)))
    run_jobs.by_the_clock("tyre_hotel.remind")
    assert api.get("/v1/messages", params={"recipient": "shirin@mail.example"}).data == []
    with tenant.work() as work:
        work.write(_BRING_FORWARD(day=today))
    for _ in range(2):
        run_jobs.by_the_clock("tyre_hotel.remind")
    (message,) = api.get("/v1/messages", params={"recipient": "shirin@mail.example"}).data
    assert message["template"] == DUE
    assert len(api.get("/v1/messages", params={"recipient": "later@mail.example"}).data) == 1


def test_a_workspace_that_has_not_switched_it_on_writes_nothing(tenant, api, add_set, store, run_jobs):
    store(add_set(owner_email="shirin@mail.example"))
    with tenant.work() as work:
        work.write(_BRING_FORWARD(day=work.today()))
    run_jobs.by_the_clock("tyre_hotel.remind")
    assert api.get("/v1/messages").data == []
    assert [event["type"] for event in api.get("/v1/events").data][-1] == "tyre_hotel.set.due"
