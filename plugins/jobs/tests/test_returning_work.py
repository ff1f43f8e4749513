"""Declined work: it comes back in the next quotation of its vehicle, is taken up once, or given up."""

from __future__ import annotations

from typing import Any

from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api

from .quoting import FEE, LABOUR, PART, a_job, a_quotation, decide, sent

PATH = "/v1/jobs/quotations"


def declined(api: Api, *lines: dict[str, Any], job: dict[str, Any]) -> list[dict[str, Any]]:
    """Work that was declined in a quotation of this job, in the order of its lines."""
    decide(api, sent(api, a_quotation(api, *lines, job=job)), *["declined"] * len(lines))
    found = kept(api, job)
    return [next(one for one in found if one["description"] == line["description"]) for line in lines]


def kept(api: Api, job: dict[str, Any], **more: str) -> list[dict[str, Any]]:
    found = api.get("/v1/jobs/declined-work", params={"vehicle_id": job["vehicle_id"], **more}).data
    return list(found)


def next_job(api: Api, job: dict[str, Any]) -> dict[str, Any]:
    """The vehicle comes back."""
    body = {"customer_id": job["customer_id"], "vehicle_id": job["vehicle_id"]}
    made: dict[str, Any] = api.post("/v1/jobs", body, expect=201).data
    return made


def test_it_comes_back_in_the_next_quotation_by_itself(api: Api) -> None:
    job = a_job(api)
    pads, _ = declined(api, {**PART, "note": "2 mm are left"}, FEE, job=job)
    made = a_quotation(api, LABOUR, job=next_job(api, job))
    assert [line["description"] for line in made["lines"]] == [LABOUR["description"], PART["description"], "Disposal"]
    back = made["lines"][1]
    assert back["declined_work_id"] == pads["id"]
    assert (back["unit_price"], back["note"]) == ("6800.00", "2 mm are left")
    assert made["totals"]["subtotal"] == "8200.00"


def test_it_does_not_come_back_where_nobody_wants_it(api: Api) -> None:
    job = a_job(api)
    declined(api, FEE, job=job)
    without = a_quotation(api, LABOUR, job=job, with_declined_work=False)
    assert [line["declined_work_id"] for line in without["lines"]] == [None]
    other = a_quotation(api, LABOUR)
    assert [line["declined_work_id"] for line in other["lines"]] == [None]


def test_it_stands_in_one_quotation_at_a_time(api: Api) -> None:
    job = a_job(api)
    declined(api, FEE, job=job)
    first = a_quotation(api, LABOUR, job=job)
    assert len(first["lines"]) == 2
    assert len(a_quotation(api, LABOUR, job=next_job(api, job))["lines"]) == 1
    removed = api.patch(f"{PATH}/{first['id']}", {"lines": [LABOUR]}).data
    assert len(removed["lines"]) == 1
    assert len(a_quotation(api, LABOUR, job=next_job(api, job))["lines"]) == 2


def test_named_by_hand_it_is_not_doubled(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    made = a_quotation(api, {**FEE, "unit_price": "40", "declined_work_id": work["id"]}, job=job)
    assert [(line["unit_price"], line["declined_work_id"]) for line in made["lines"]] == [("40.00", work["id"])]


def test_approved_it_is_taken_up(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    later = next_job(api, job)
    made = a_quotation(api, LABOUR, job=later)
    decide(api, sent(api, made), "approved", "approved")
    taken = api.get(f"/v1/jobs/declined-work/{work['id']}").data
    assert (taken["status"], taken["taken_up_job_id"]) == ("taken_up", later["id"])
    assert len(a_quotation(api, LABOUR, job=later)["lines"]) == 1


def test_declined_again_it_stays_one(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    decide(api, sent(api, a_quotation(api, LABOUR, job=job)), "approved", "declined")
    assert [one["id"] for one in kept(api, job, status="open")] == [work["id"]]


def test_given_up_it_comes_back_no_more(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    api.patch(f"/v1/jobs/declined-work/{work['id']}", {"status": "dismissed", "reason": "Sold the car"})
    assert len(a_quotation(api, LABOUR, job=job)["lines"]) == 1


def test_what_was_offered_may_be_approved_though_the_workshop_gave_it_up(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    offered = sent(api, a_quotation(api, LABOUR, job=job))
    api.patch(f"/v1/jobs/declined-work/{work['id']}", {"status": "dismissed"})
    decide(api, offered, "", "approved")
    assert api.get(f"/v1/jobs/declined-work/{work['id']}").data["status"] == "taken_up"


def test_what_was_taken_up_elsewhere_is_not_done_twice(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    named = {**FEE, "declined_work_id": work["id"]}
    first, second = (sent(api, a_quotation(api, named, job=next_job(api, job))) for _ in range(2))
    decide(api, first, "approved")
    refused = decide(api, second, "approved", expect=409)
    assert refused.error["details"] == {"reason": "taken_up", "declined_work": [work["id"]]}
    assert api.get(f"{PATH}/{second['id']}").data["lines"][0]["decision"] is None
    decide(api, second, "declined")


def test_a_revision_of_what_was_rejected_takes_its_declined_work_up(api: Api) -> None:
    job = a_job(api)
    rejected = sent(api, a_quotation(api, FEE, job=job))
    decide(api, rejected, "declined")
    (work,) = kept(api, job)
    revised = api.post(f"{PATH}/{rejected['id']}/revisions", expect=201).data
    assert [line["declined_work_id"] for line in revised["lines"]] == [work["id"]]
    decide(api, sent(api, revised), "approved")
    assert [one["status"] for one in kept(api, job)] == ["taken_up"]


def test_a_revision_leaves_out_what_was_taken_up_meanwhile(api: Api) -> None:
    job = a_job(api)
    rejected = sent(api, a_quotation(api, FEE, job=job))
    decide(api, rejected, "declined")
    decide(api, sent(api, a_quotation(api, LABOUR, job=next_job(api, job))), "", "approved")
    assert api.post(f"{PATH}/{rejected['id']}/revisions", expect=201).data["lines"] == []


def test_a_service_that_was_archived_comes_back_at_its_price(api: Api) -> None:
    service = api.post("/v1/jobs/services", {"name": "Oil change", "price": "500"}, expect=201).data
    job = a_job(api)
    decide(api, sent(api, a_quotation(api, {"service_id": service["id"]}, job=job)), "declined")
    api.patch(f"/v1/jobs/services/{service['id']}", {"price": "650", "status": "archived"})
    (_, back) = a_quotation(api, LABOUR, job=job)["lines"]
    assert (back["description"], back["unit_price"], back["service_id"]) == ("Oil change", "500.00", service["id"])


def test_a_line_of_a_draft_keeps_where_it_comes_from(api: Api) -> None:
    job = a_job(api)
    (work,) = declined(api, FEE, job=job)
    made = a_quotation(api, LABOUR, job=job)
    own, back = made["lines"]
    lines = [{**FEE, "id": back["id"], "unit_price": "45"}, {**LABOUR, "id": own["id"]}]
    changed = api.patch(f"{PATH}/{made['id']}", {"lines": lines}).data
    assert [(line["id"], line["declined_work_id"]) for line in changed["lines"]] == [
        (back["id"], work["id"]),
        (own["id"], None),
    ]
    assert changed["lines"][0]["unit_price"] == "45.00"


def test_the_id_of_a_line_that_is_not_there_is_refused(api: Api) -> None:
    made = a_quotation(api, LABOUR)
    line = {**LABOUR, "id": made["lines"][0]["id"]}
    for lines, field in (([line, line], "lines.1.id"), ([{**LABOUR, "id": made["id"]}], "lines.0.id")):
        refused = api.patch(f"{PATH}/{made['id']}", {"lines": lines}, expect=400)
        assert refused.error["details"][0]["field"] == field
    body = {"job_id": made["job_id"], "lines": [line]}
    assert api.post(PATH, body, expect=400).error["details"][0]["field"] == "lines.0.id"


def test_products_that_nobody_sells_any_more_come_back_in_words(api: Api, platform: Platform) -> None:
    from uuid import UUID

    from plugins.jobs.contract import PartLine, Parts

    product = UUID(int=77)

    class Stock:
        def __init__(self, work: Any) -> None:
            self.work = work

        def find(self, work: Any, product_ids: Any) -> dict[UUID, PartLine]:
            from decimal import Decimal

            return {one: PartLine(one, "Brake pads", Decimal(6800)) for one in product_ids}

    job = a_job(api)
    platform.ports[Parts] = ("jobs", Stock)
    try:
        line = {"kind": "part", "product_id": str(product)}
        decide(api, sent(api, a_quotation(api, line, job=job)), "declined")
        again = a_quotation(api, job=job, with_declined_work=True)
        assert [line["product_id"] for line in again["lines"][3:]] == [str(product)]
        api.patch(f"{PATH}/{again['id']}", {"lines": []})
    finally:
        del platform.ports[Parts]
    back = a_quotation(api, LABOUR, job=job)["lines"][1]
    assert (back["description"], back["product_id"], back["unit_price"]) == ("Brake pads", None, "6800.00")
