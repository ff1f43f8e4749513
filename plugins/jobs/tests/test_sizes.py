"""Whatever their size, jobs and quotations take the same statements in the same round trips."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.work import Work
from plugins.jobs import board

from .opening import a_customer, a_line
from .quoting import LABOUR, PART, a_job, a_quotation, decide, sent

Cost = tuple[int, int]
"""Round trips and statements."""
QUOTATIONS = "/v1/jobs/quotations"


def cost(platform: Platform, call: Callable[[], Any]) -> Cost:
    with count_round_trips(platform) as counted:
        call()
    return counted.count, counted.statements


@pytest.fixture
def measure(api: Api, platform: Platform) -> Callable[..., Cost]:
    """What a call costs once everything has been warmed up."""

    def measured(method: str, path: str, body: Any = None, **more: Any) -> Cost:
        return cost(platform, lambda: api.request(method, path, body, **more))

    return measured


def test_a_job_is_read_at_the_same_cost(api: Api, measure: Callable[..., Cost]) -> None:
    small, large = (approved(api, size) for size in (1, 50))
    assert len(api.get(f"/v1/jobs/{large['id']}").data["lines"]) == 50
    for below in ("", "/lines", "/parts", "/approvals", "/timeline", "/profit", "/transitions", "/timers"):
        found = [measure("GET", f"/v1/jobs/{job['id']}{below}") for job in (small, small, large)]
        assert found[1:] == [found[1]] * 2, below
        assert found[1][0] == 1, below


def test_a_quotation_takes_the_same_at_every_step(api: Api, platform: Platform) -> None:
    steps(api, platform, 3)  # what is remembered of the workspace is remembered from now on
    assert steps(api, platform, 2) == steps(api, platform, 50)


def steps(api: Api, platform: Platform, size: int) -> dict[str, Cost]:
    """What each step of a quotation with so many lines of each kind costs."""
    lines = [{**kind, "description": f"{kind['kind']} {n}"} for n in range(size) for kind in (LABOUR, PART)]
    body = {"job_id": a_job(api)["id"], "lines": lines}
    found = {"write": cost(platform, lambda: api.post(QUOTATIONS, body, expect=201))}
    (written,) = api.get(QUOTATIONS, params={"job_id": body["job_id"]}).data
    at = f"{QUOTATIONS}/{written['id']}"
    found["change"] = cost(platform, lambda: api.patch(at, {"lines": lines}))
    found["send"] = cost(platform, lambda: sent(api, written))
    quotation = api.get(at).data
    assert len(quotation["lines"]) == 2 * size
    half = ["approved"] * size
    found["approve half"] = cost(platform, lambda: decide(api, quotation, *half))
    found["read"] = cost(platform, lambda: api.get(at))
    found["list decisions"] = cost(platform, lambda: api.get(f"{at}/decisions"))
    found["decline half"] = cost(platform, lambda: decide(api, quotation, *[""] * size, *["declined"] * size))
    found["amend"] = cost(platform, lambda: api.post(f"{at}/amendments", {"lines": lines}, expect=201))
    found["revise"] = cost(platform, lambda: api.post(f"{at}/revisions", expect=201))
    return found


def test_a_line_more_takes_the_same_whatever_is_there(api: Api, platform: Platform) -> None:
    jobs = [approved(api, size) for size in (1, 1, 50)]
    found = [cost(platform, lambda job=job: a_line(api, job)) for job in jobs]
    assert found[1] == found[2]


def test_lists_and_the_board_are_one_question_however_many_there_are(api: Api, measure: Callable[..., Cost]) -> None:
    paths = ("/v1/jobs/board", "/v1/jobs?per_page=100&expand=customer,vehicle", f"{QUOTATIONS}?per_page=100")
    approved(api, 1)
    for path in paths:
        api.get(path)
    few = {path: measure("GET", path) for path in paths}
    customer = a_customer(api)
    for _ in range(49):
        job = api.post("/v1/jobs", {"customer_id": customer}, expect=201).data
        a_quotation(api, LABOUR, job=job)
    approved(api, 50)
    assert api.get("/v1/jobs/board").data["total"] == 51
    assert {path: measure("GET", path) for path in paths} == few
    assert {trips for trips, _ in few.values()} == {1}


def test_the_negative_control_a_question_for_each_is_counted(
    api: Api, measure: Callable[..., Cost], monkeypatch: pytest.MonkeyPatch
) -> None:
    one_by_one = Statement("SELECT id FROM jobs_lines WHERE job_id = %(id)s")

    def looking(work: Work) -> dict[str, Any]:
        cards, *_ = work.read(board._CARDS(states=list(board.OPEN), most=board.MOST))
        work.read(*(one_by_one(id=card["id"]) for card in cards))
        return {"states": [], "bays": [], "shown": len(cards), "total": len(cards)}

    a_job(api)
    api.get("/v1/jobs/board")
    monkeypatch.setattr(board, "board", looking)
    one = measure("GET", "/v1/jobs/board")
    a_job(api)
    two = measure("GET", "/v1/jobs/board")
    assert one[0] == two[0], "the round trips do not tell"
    assert two[1] == one[1] + 1, "the statements do"


def approved(api: Api, size: int) -> dict[str, Any]:
    """A job with so many approved lines, and as many parts."""
    job = a_job(api)
    lines = [{**kind, "description": f"{kind['kind']} {n}"} for n in range(size) for kind in (LABOUR, PART)]
    decide(api, sent(api, a_quotation(api, *lines, job=job)), *["approved"] * (2 * size))
    return job
