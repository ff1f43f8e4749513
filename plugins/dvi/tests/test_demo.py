"""The demo workspace has a car whose wear can be seen, and gets it once."""

from __future__ import annotations

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.crm import demo as people
from plugins.dvi import demo, inspection_templates
from plugins.jobs import demo as jobs

from .conftest import PATH


def test_a_car_that_comes_back_has_a_forecast(api: Api, tenant: TestWorkspace) -> None:
    for _ in range(2):
        with tenant.work() as work:
            inspection_templates.sow(work)
            people.fill(work)
            jobs.fill(work)
            demo.fill(work)
    found = api.get(PATH, params={"sort": "created_at"}).data
    assert [one["status"] for one in found] == ["completed"] * 3
    last = found[-1]
    assert api.get(f"/v1/jobs/{last['job_id']}").data["status"] == "dvi"
    series = api.get(f"{PATH}/series", params={"vehicle_id": last["vehicle_id"], "item": "brake_pad_front_left"}).data
    assert series["forecast"]["status"] == "expected"
    assert api.get(f"{PATH}/{last['id']}/recommendations").data
