"""Quiet hours: what can wait waits for their end on the wall clock of the workspace, whatever clocks are put to."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.db.statement import Statement
from jemeti_platform.messages.quiet_hours import QuietHours
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace

from .messaging import messages_to, write

BERLIN, DHAKA = ZoneInfo("Europe/Berlin"), ZoneInfo("Asia/Dhaka")
ZONES = ["Europe/Berlin", "Asia/Dhaka", "America/New_York", "Australia/Lord_Howe", "Africa/Cairo", "Pacific/Chatham"]
CLOCKS = st.builds(time, st.integers(0, 23), st.integers(0, 59))
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 (bounds are naive)


def night(zone: ZoneInfo = BERLIN) -> QuietHours:
    return QuietHours(time(21), time(8), zone)


class TestClock:
    @pytest.mark.parametrize(
        ("moment", "expected"),
        [
            ("2026-01-10T19:59:59+00:00", "2026-01-10T19:59:59+00:00"),
            ("2026-01-10T20:00:00+00:00", "2026-01-11T07:00:00+00:00"),
            ("2026-01-11T02:00:00+00:00", "2026-01-11T07:00:00+00:00"),
            ("2026-01-11T07:00:00+00:00", "2026-01-11T07:00:00+00:00"),
            # the clock is put forward in the night, and back in the autumn: 8 o'clock is 8 o'clock
            ("2026-03-28T22:00:00+00:00", "2026-03-29T06:00:00+00:00"),
            ("2026-10-24T22:00:00+00:00", "2026-10-25T07:00:00+00:00"),
        ],
    )
    def test_the_night_ends_at_eight_by_the_wall(self, moment: str, expected: str) -> None:
        assert night().after(datetime.fromisoformat(moment)) == datetime.fromisoformat(expected)

    def test_a_rest_at_noon_ends_the_same_day(self) -> None:
        noon = QuietHours(time(12), time(14), DHAKA)
        assert noon.after(datetime(2026, 5, 1, 7, tzinfo=UTC)) == datetime(2026, 5, 1, 8, tzinfo=UTC)
        assert not noon.covers(datetime(2026, 5, 1, 8, tzinfo=UTC))

    def test_an_end_that_the_clock_jumps_over_is_late_by_the_jump_at_most(self) -> None:
        hours = QuietHours(time(22), time(2, 30), BERLIN)
        assert hours.after(datetime(2026, 3, 29, 0, tzinfo=UTC)) == datetime(2026, 3, 29, 1, 30, tzinfo=UTC)

    @pytest.mark.parametrize("ends", [(None, None), (time(8), time(8))])
    def test_none_at_all(self, ends: tuple[time | None, time | None]) -> None:
        moment = datetime(2026, 5, 1, 23, tzinfo=UTC)
        assert QuietHours(*ends, BERLIN).after(moment) == moment

    @given(CLOCKS, CLOCKS, st.sampled_from(ZONES), MOMENTS)
    def test_what_waits_is_let_go_outside_and_within_a_day(
        self, begin: time, end: time, zone: str, moment: datetime
    ) -> None:
        hours = QuietHours(begin, end, ZoneInfo(zone))
        later = hours.after(moment)

        assert not hours.covers(later)
        assert moment <= later <= moment + timedelta(hours=25)
        if hours.covers(moment):
            assert later > moment
            # all of the way there is quiet, but for an end that the clock jumps over
            if later.astimezone(hours.zone).time() == end:
                assert all(hours.covers(moment + (later - moment) * n / 20) for n in range(20))
        else:
            assert later == moment


class TestMessages:
    @pytest.fixture
    def at_night(self, api: Api) -> Api:
        """A workspace whose quiet hours began two hours ago and last for another: its clock stands at noon."""
        api.patch("/v1/workspace", {"quiet_from": "10:00", "quiet_to": "14:00"})
        return api

    def test_what_can_wait_is_held_until_their_end(
        self, tenant: TestWorkspace, at_night: Api, run_jobs: RunJobs
    ) -> None:
        with tenant.work() as work:
            write(work, "a@night.example", "News", transactional=False)
        run_jobs()
        (message,) = messages_to(at_night, "a@night.example")
        assert message["status"] == "held"
        assert message["send_after"].endswith(":00Z")

        with tenant.work() as work:
            work.write(Statement("UPDATE workspaces SET quiet_from = NULL, quiet_to = NULL")())
            work.write(Statement("UPDATE messages SET send_after = now()")())
        run_jobs(ahead=timedelta(hours=2))
        assert messages_to(at_night, "a@night.example")[0]["status"] == "sent"

    def test_what_is_expected_goes_at_once(self, tenant: TestWorkspace, at_night: Api, run_jobs: RunJobs) -> None:
        with tenant.work() as work:
            write(work, "a@urgent.example", "Your car is ready")
        run_jobs()
        assert messages_to(at_night, "a@urgent.example")[0]["status"] == "sent"

    def test_a_worker_that_comes_late_does_not_wake_people(
        self, tenant: TestWorkspace, api: Api, run_jobs: RunJobs
    ) -> None:
        api.patch("/v1/workspace", {"quiet_from": None, "quiet_to": None})
        with tenant.work() as work:
            write(work, "a@late.example", "News", transactional=False)
        api.patch("/v1/workspace", {"quiet_from": "10:00", "quiet_to": "14:00"})
        run_jobs()

        (message,) = messages_to(api, "a@late.example")
        assert (message["status"], message["attempts"]) == ("held", 0)

    def test_both_ends_or_none(self, api: Api) -> None:
        reply = api.patch("/v1/workspace", {"quiet_from": None}, expect=400)
        assert reply.error["details"][0]["field"] == "quiet_to"
        reply = api.patch("/v1/workspace", {"quiet_from": "24:00", "quiet_to": "8"}, expect=400)
        assert {problem["field"] for problem in reply.error["details"]} == {"quiet_from", "quiet_to"}
