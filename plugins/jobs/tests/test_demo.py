"""The demo workspace has jobs in many states, and gets them once."""

from __future__ import annotations

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.crm import demo as people
from plugins.jobs import demo


def test_a_dozen_jobs_in_different_states(api: Api, tenant: TestWorkspace) -> None:
    for _ in range(2):
        with tenant.work() as work:
            people.fill(work)
            demo.fill(work)
    found = api.get("/v1/jobs", params={"per_page": "100"}).data
    assert len(found) == 12
    assert {job["status"] for job in found} == {
        "draft", "intake", "dvi", "quoted", "in_progress", "on_hold", "qc", "pending_delivery", "cancelled",
    }  # fmt: skip
    assert any(float(job["totals"]["total"]) > 5000 for job in found)
