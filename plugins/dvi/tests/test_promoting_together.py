"""Two inspections of one job that are promoted at the same moment end in one draft, with what each recommends."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

from jemeti_platform.testing.api import Api

from .conftest import PATH, Inspect


def test_both_are_in_one_draft_and_nothing_twice(api: Api, completed: Inspect, vehicle: str) -> None:
    owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
    for _ in range(3):
        job = api.post("/v1/jobs", {"customer_id": owner, "vehicle_id": vehicle}).data["id"]
        both = [completed({"item": "pad", "measurement": "2.5"}, job_id=job) for _ in range(2)]
        barrier = Barrier(4)

        def attempt(inspection: dict[str, Any], barrier: Barrier = barrier) -> Any:
            barrier.wait(30)
            return api.post(f"{PATH}/{inspection['id']}/promote", {}, anything=True)

        with ThreadPoolExecutor(4) as pool:
            replies = list(pool.map(attempt, both * 2))
        assert [reply.status for reply in replies] == [200] * 4
        (draft,) = api.get("/v1/jobs/quotations", params={"job_id": job}).data
        assert {reply.data["quotation_id"] for reply in replies} == {draft["id"]}
        advised = [one for made in both for one in api.get(f"{PATH}/{made['id']}/recommendations").data]
        assert len(api.get(f"/v1/jobs/quotations/{draft['id']}").data["lines"]) == len(advised) >= 2
