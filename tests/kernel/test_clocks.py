"""The time zones that the kit gives to workspaces, at whatever hour they are asked for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from jemeti_platform.testing import clocks
from jemeti_platform.testing.workspaces import TestWorkspace

MOMENTS = [datetime(2028, 2, 29, hour, minute, tzinfo=UTC) for hour in range(24) for minute in (0, 59)]


@pytest.fixture(params=MOMENTS, ids=lambda moment: f"{moment:%H:%M}")
def moment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> datetime:
    now: datetime = request.param
    stopped = type("Stopped", (datetime,), {"now": classmethod(lambda cls, zone: now.astimezone(zone))})
    monkeypatch.setattr(clocks, "datetime", stopped)
    return now


def test_at_noon_it_is_the_day_of_utc(moment: datetime) -> None:
    there = moment.astimezone(ZoneInfo(clocks.noon()))
    assert (there.hour, there.date()) == (12, moment.date())


def test_any_hour_is_somewhere(moment: datetime) -> None:
    for hour in range(24):
        assert moment.astimezone(ZoneInfo(clocks.where_it_is(hour))).hour == hour


def test_another_day_does_not_end_meanwhile(moment: datetime) -> None:
    there = moment.astimezone(ZoneInfo(clocks.another_day()))
    assert there.date() != moment.date()
    assert there.date() == (there + timedelta(hours=1)).date()


def test_in_a_workspace_of_the_kit_it_is_noon(tenant: TestWorkspace) -> None:
    with tenant.work() as work:
        assert work.now().astimezone(work.timezone).hour in (12, 13)
