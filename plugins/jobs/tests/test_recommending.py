"""Recommended work in drafts of quotations, by the port: put there once, with where it comes from."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from decimal import Decimal
from threading import Barrier
from typing import Any
from uuid import UUID, uuid4

import pytest

from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.jobs.contract import PlacedLine, ProposedLine, QuotationDrafts

from .quoting import FEE, a_job, a_quotation, decide, sent

PATH = "/v1/jobs/quotations"
INSPECTION = uuid4()
WIPERS = ProposedLine("part", "Wiper blades", Decimal(2), Decimal(450), note="Torn on the left", item_id=uuid4())
COOLANT = ProposedLine("labour", "Renew the coolant", Decimal(1), item_id=uuid4())


def put(tenant: TestWorkspace, job: dict[str, Any], *lines: ProposedLine, **more: Any) -> list[PlacedLine]:
    with tenant.work() as work:
        port = work.port(QuotationDrafts)  # type: ignore[type-abstract]  # that is what a port is
        assert port is not None
        return port.add(work, UUID(job["id"]), lines, source="dvi.inspection", source_id=INSPECTION, **more)


def quotation(api: Api, placed: PlacedLine) -> dict[str, Any]:
    found: dict[str, Any] = api.get(f"{PATH}/{placed.quotation_id}").data
    return found


def test_a_draft_is_made_where_there_is_none(api: Api, tenant: TestWorkspace) -> None:
    placed = put(tenant, a_job(api), WIPERS, COOLANT)
    made = quotation(api, placed[0])
    assert [str(one.line_id) for one in placed] == [line["id"] for line in made["lines"]]
    assert [one.is_new for one in placed] == [True, True]
    first = made["lines"][0]
    assert (first["source"], first["source_id"], first["source_item_id"]) == (
        "dvi.inspection",
        str(INSPECTION),
        str(WIPERS.item_id),
    )
    assert (first["note"], first["unit_price"], made["lines"][1]["unit_price"]) == (
        "Torn on the left",
        "450.00",
        "0.00",
    )


def test_what_is_recommended_twice_stands_there_once(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    (first,) = put(tenant, job, WIPERS)
    again, new, same = put(tenant, job, WIPERS, COOLANT, COOLANT)
    assert again == replace(first, is_new=False)
    assert (again.is_new, new.is_new, same.is_new) == (False, True, False)
    assert new.line_id == same.line_id
    assert len(quotation(api, first)["lines"]) == 2


def test_lines_that_stand_in_the_draft_stay_as_they_are(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    draft = a_quotation(api, {**FEE, "note": "For the oil"}, job=job)
    (placed,) = put(tenant, job, WIPERS)
    assert str(placed.quotation_id) == draft["id"]
    assert quotation(api, placed)["lines"][0] == draft["lines"][0]


def test_a_draft_may_be_named(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    first, latest = a_quotation(api, FEE, job=job), a_quotation(api, FEE, job=job)
    (placed,) = put(tenant, job, WIPERS, quotation_id=UUID(first["id"]))
    assert str(placed.quotation_id) == first["id"] != latest["id"]
    with pytest.raises(NotFound):
        put(tenant, job, COOLANT, quotation_id=UUID(a_quotation(api, FEE)["id"]))
    sent(api, first)
    with pytest.raises(Conflict, match="revise"):
        put(tenant, job, COOLANT, quotation_id=UUID(first["id"]))


def test_what_is_offered_or_sold_is_not_added_once_more(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    (placed,) = put(tenant, job, WIPERS)
    offered = sent(api, quotation(api, placed))
    assert put(tenant, job, WIPERS)[0].line_id == placed.line_id
    decide(api, offered, "approved")
    assert put(tenant, job, WIPERS)[0].line_id == placed.line_id
    assert len(api.get(PATH, params={"job_id": job["id"]}).data) == 1


def test_what_was_declined_is_offered_again_and_not_twice(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    (placed,) = put(tenant, job, WIPERS)
    decide(api, sent(api, quotation(api, placed)), "declined")
    (kept,) = api.get("/v1/jobs/declined-work", params={"vehicle_id": job["vehicle_id"]}).data
    (again,) = put(tenant, job, WIPERS)
    (line,) = quotation(api, again)["lines"]
    assert again.is_new
    assert (line["declined_work_id"], line["source_item_id"]) == (kept["id"], str(WIPERS.item_id))


def test_what_comes_back_by_itself_is_known_by_its_item(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    (placed,) = put(tenant, job, WIPERS)
    decide(api, sent(api, quotation(api, placed)), "declined")
    draft = a_quotation(api, FEE, job=job)
    assert draft["lines"][1]["source_item_id"] == str(WIPERS.item_id)
    (again,) = put(tenant, job, WIPERS)
    assert (str(again.line_id), again.is_new) == (draft["lines"][1]["id"], False)


def test_recommended_again_at_the_next_visit_declined_work_stands_there_once(api: Api, tenant: TestWorkspace) -> None:
    first = a_job(api)
    (placed,) = put(tenant, first, COOLANT)
    line = quotation(api, placed)["lines"][0]
    priced = {"lines": [{**{name: line[name] for name in ("id", "kind", "description")}, "unit_price": "900"}]}
    api.patch(f"{PATH}/{placed.quotation_id}", priced)
    decide(api, sent(api, quotation(api, placed)), "declined")
    body = {"customer_id": first["customer_id"], "vehicle_id": first["vehicle_id"]}
    next_visit = api.post("/v1/jobs", body, expect=201).data
    (again,) = put(tenant, next_visit, replace(COOLANT, item_id=uuid4()))
    (back,) = quotation(api, again)["lines"]
    (kept,) = api.get("/v1/jobs/declined-work", params={"vehicle_id": first["vehicle_id"]}).data
    assert (back["declined_work_id"], back["unit_price"]) == (kept["id"], "900.00")
    decide(api, sent(api, quotation(api, again)), "declined")
    assert len(api.get("/v1/jobs/declined-work", params={"vehicle_id": first["vehicle_id"]}).data) == 1


def test_of_many_who_recommend_at_once_one_adds(api: Api, tenant: TestWorkspace) -> None:
    job, barrier = a_job(api), Barrier(8)

    def recommend(_: int) -> list[PlacedLine]:
        barrier.wait(30)
        return put(tenant, job, WIPERS, COOLANT)

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(recommend, range(8)))
    assert len({(one.quotation_id, one.line_id) for placed in found for one in placed}) == 2
    assert sum(one.is_new for placed in found for one in placed) == 2
    (draft,) = api.get(PATH, params={"job_id": job["id"]}).data
    assert len(draft["lines"]) == 2
