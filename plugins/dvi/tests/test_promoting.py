"""Recommendations become lines of a quotation: each of them once, and only where there are quotations."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.dvi import inspections, promoting
from plugins.dvi.promoting import Promoted, promote

from .conftest import PADS, PATH, Inspect

QUOTATIONS = "/v1/jobs/quotations"
BAD = ({"item": "pad", "measurement": "2.5", "note_customer": "Both sides", "note_internal": "Ask for the discs"},
       {"item": "fluid", "choice": "dark"})  # fmt: skip


@pytest.fixture
def job(api: Api, vehicle: str) -> dict[str, Any]:
    owner = api.get(f"/v1/vehicles/customer/{vehicle}").data["customer_id"]
    made: dict[str, Any] = api.post("/v1/jobs", {"customer_id": owner, "vehicle_id": vehicle}).data
    return made


@pytest.fixture
def found(completed: Inspect, job: dict[str, Any]) -> dict[str, Any]:
    """A completed inspection of the job that recommends two things."""
    return completed(*BAD, job_id=job["id"])


def put(api: Api, inspection: dict[str, Any], expect: int = 200, **wish: Any) -> Any:
    return api.post(f"{PATH}/{inspection['id']}/promote", wish, expect=expect)


def advised(api: Api, inspection: dict[str, Any]) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(f"{PATH}/{inspection['id']}/recommendations").data
    return rows


def lines(api: Api, quotation_id: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = api.get(f"{QUOTATIONS}/{quotation_id}").data["lines"]
    return rows


def test_what_is_recommended_becomes_a_draft(api: Api, found: dict[str, Any], job: dict[str, Any]) -> None:
    assert [one["quotation_id"] for one in advised(api, found)] == [None, None]
    done = put(api, found).data
    quotation = api.get(f"{QUOTATIONS}/{done['quotation_id']}").data
    assert (quotation["job_id"], quotation["status"], done["added"]) == (job["id"], "draft", 2)
    assert [(line["description"], line["note"], line["source"], line["source_id"]) for line in quotation["lines"]] == [
        ("Replace brake pads (Brake pad)", "Both sides", "dvi.inspection", found["id"]),
        ("Brake fluid", None, "dvi.inspection", found["id"]),
    ]
    now = advised(api, found)
    assert now == done["recommendations"]
    assert {one["quotation_number"] for one in now} == {quotation["number"]}
    assert all(one["promoted_at"] for one in now)


def test_what_was_said_among_colleagues_stays_among_them(api: Api, found: dict[str, Any]) -> None:
    assert advised(api, found)[0]["note_internal"] == "Ask for the discs"
    reply = api.get(f"{QUOTATIONS}/{put(api, found).data['quotation_id']}")
    assert "Ask for the discs" not in reply.text


def test_asked_again_nothing_is_added(api: Api, found: dict[str, Any]) -> None:
    first = put(api, found).data
    again = put(api, found).data
    assert (again["quotation_id"], again["added"]) == (first["quotation_id"], 0)
    assert again["recommendations"] == first["recommendations"]
    assert len(lines(api, first["quotation_id"])) == 2


def test_some_now_and_the_rest_into_the_same_draft(api: Api, found: dict[str, Any]) -> None:
    pad, fluid = advised(api, found)
    first = put(api, found, item_ids=[fluid["item_id"]]).data
    assert [one["item"] for one in first["recommendations"]] == ["fluid"]
    assert advised(api, found)[0]["quotation_id"] is None
    rest = put(api, found, item_ids=[fluid["item_id"], pad["item_id"]]).data
    assert (rest["added"], rest["quotation_id"]) == (1, first["quotation_id"])
    assert [line["description"] for line in lines(api, rest["quotation_id"])] == [
        "Brake fluid", "Replace brake pads (Brake pad)"
    ]  # fmt: skip


def test_items_that_nothing_is_recommended_for_are_named(api: Api, found: dict[str, Any]) -> None:
    rows = api.get(f"{PATH}/{found['id']}/items").data
    good = next(row["id"] for row in rows if row["key"] == "rust")
    refused = put(api, found, 400, item_ids=[advised(api, found)[0]["item_id"], good])
    assert refused.error["details"] == [
        {"field": "item_ids.1", "message": "Nothing is recommended for this item"}
    ]  # fmt: skip
    assert put(api, found, 400, item_ids=[]).error["details"][0]["field"] == "item_ids"
    assert api.get(QUOTATIONS).data == []


def test_the_template_says_how_it_is_proposed(api: Api, vehicle: str, job: dict[str, Any]) -> None:
    service = {"name": "Front brake pads", "default_hours": "1.5", "price": "90.00"}
    service_id = api.post("/v1/jobs/services", service).data["id"]
    items = [
        {**PADS, "proposed": {"service_id": service_id}},
        {"key": "blades", "title": "Wiper blades", "kind": "grade",
         "proposed": {"kind": "part", "quantity": "2", "unit_price": "12.50"}},
        {"key": "horn", "title": "Horn", "kind": "grade"},
    ]  # fmt: skip
    body = {"code": "priced", "name": "Priced", "sections": [{"title": "All", "items": items}]}
    template = api.post(f"{PATH}/templates", body).data
    made = api.post(PATH, {"template_id": template["id"], "job_id": job["id"], "odometer": 1}).data
    move(api, made, "start")
    answers = [{"item": "pad", "measurement": "1"}, *({"item": key, "condition": "poor"} for key in ("blades", "horn"))]
    api.post(f"{PATH}/{made['id']}/answers", {"answers": answers})
    shown = api.get(f"{PATH}/{made['id']}/items").data
    assert shown[1]["proposed"] == {
        "kind": "part", "service_id": None, "quantity": "2.000", "unit_price": "12.50"
    }  # fmt: skip
    move(api, made, "complete")
    written = lines(api, put(api, made).data["quotation_id"])
    assert [(line["kind"], line["service_id"], line["quantity"], line["unit_price"]) for line in written] == [
        ("labour", service_id, "1.000", "90.00"),
        ("part", None, "2.000", "12.50"),
        ("labour", None, "1.000", "0.00"),
    ]


def test_a_service_that_is_not_there_is_named(api: Api, other_tenant: TestWorkspace, api_of: Any) -> None:
    foreign = api_of(other_tenant).post("/v1/jobs/services", {"name": "Theirs"}).data["id"]
    sections = [{"title": "A", "items": [{**PADS, "proposed": {"service_id": foreign}}]}]
    refused = api.post(f"{PATH}/templates", {"code": "x", "name": "X", "sections": sections}, expect=400)
    assert [one["field"] for one in refused.error["details"]] == ["sections.0.items.0.proposed.service_id"]


def test_before_it_is_completed_nothing_is_promoted(api: Api, started: Inspect, job: dict[str, Any]) -> None:
    refused = put(api, started(job_id=job["id"]), 409)
    assert refused.error["message"] == "Complete the inspection first."
    assert refused.error["details"]["reason"] == "state"


def test_where_all_is_good_there_is_nothing_to_promote(api: Api, completed: Inspect, job: dict[str, Any]) -> None:
    assert put(api, completed(job_id=job["id"]), 409).error["details"]["reason"] == "nothing_recommended"


def test_an_inspection_without_a_job_is_told_which(api: Api, completed: Inspect, job: dict[str, Any]) -> None:
    alone = completed(*BAD)
    assert put(api, alone, 409).error["details"]["reason"] == "no_job"
    done = put(api, alone, job_id=job["id"]).data
    assert api.get(f"{QUOTATIONS}/{done['quotation_id']}").data["job_id"] == job["id"]


def test_a_job_of_another_vehicle_is_refused_by_name(
    api: Api, completed: Inspect, found: dict[str, Any], job: dict[str, Any]
) -> None:
    body = {"customer_id": job["customer_id"], "plate": "OTHER 1"}
    other = api.post("/v1/vehicles/customer", body).data["id"]
    strange = api.post("/v1/jobs", {"customer_id": job["customer_id"], "vehicle_id": other}).data["id"]
    for inspection in (completed(*BAD), found):
        refused = put(api, inspection, 400, job_id=strange)
        assert [one["field"] for one in refused.error["details"]] == ["job_id"]


@pytest.mark.parametrize("value", ["off", "read_only"])
def test_without_quotations_it_says_so(api: Api, tenant: TestWorkspace, found: dict[str, Any], value: str) -> None:
    tenant.set_feature("jobs.quotations", value)
    refused = put(api, found, 409)
    assert refused.error["details"] == {"reason": "no_quotations", "feature": "jobs.quotations"}
    tenant.set_feature("jobs.quotations", None)
    assert [one["quotation_id"] for one in advised(api, found)] == [None, None]


def test_whoever_only_inspects_does_not_promote(api: Api, found: dict[str, Any]) -> None:
    put(api.as_role("mechanic"), found, 403)
    put(api.as_one_who_may("jobs.dvi:read", "jobs.dvi:inspect"), found, 403)
    put(api.as_role("staff"), found)


def test_into_a_draft_that_is_named(api: Api, found: dict[str, Any], job: dict[str, Any]) -> None:
    line = {"kind": "labour", "description": "Wash", "unit_price": "5"}
    drafts = [api.post(QUOTATIONS, {"job_id": job["id"], "lines": [line]}).data["id"] for _ in range(2)]
    assert put(api, found, quotation_id=drafts[0]).data["quotation_id"] == drafts[0]
    assert [len(lines(api, draft)) for draft in drafts] == [3, 1]


def test_a_quotation_that_was_sent_or_is_anothers_takes_nothing(
    api: Api, found: dict[str, Any], job: dict[str, Any]
) -> None:
    line = {"kind": "labour", "description": "Wash", "unit_price": "5"}
    other = api.post("/v1/jobs", {"customer_id": job["customer_id"], "vehicle_id": job["vehicle_id"]}).data["id"]
    strange = api.post(QUOTATIONS, {"job_id": other, "lines": [line]}).data["id"]
    refused = put(api, found, 400, quotation_id=strange)
    assert [one["field"] for one in refused.error["details"]] == ["quotation_id"]
    sent = api.post(QUOTATIONS, {"job_id": job["id"], "lines": [line]}).data["id"]
    api.post(f"{QUOTATIONS}/{sent}/transitions", {"action": "send"})
    put(api, found, 409, quotation_id=sent)
    assert [one["quotation_id"] for one in advised(api, found)] == [None, None]


def test_a_rehearsal_leaves_nothing(api: Api, found: dict[str, Any]) -> None:
    done = api.post(f"{PATH}/{found['id']}/promote?dry_run=true", {}).data
    assert (done["added"], len(done["recommendations"])) == (2, 2)
    assert api.get(QUOTATIONS).data == []
    assert [one["quotation_id"] for one in advised(api, found)] == [None, None]


def test_it_is_told_as_an_event(api: Api, found: dict[str, Any]) -> None:
    done = put(api, found).data
    put(api, found)
    (event,) = api.get("/v1/events", params={"type": "dvi.inspection.promoted"}).data
    assert event["data"]["quotation_id"] == done["quotation_id"]
    assert len(event["data"]["item_ids"]) == 2


LINES = Statement("SELECT count(*) AS n FROM jobs_quotation_lines")
UNLOCKED = Statement(inspections._LOCK.sql.removesuffix(" FOR UPDATE"))


class TestAtOnce:
    def test_two_at_once_add_every_line_once(
        self, found: dict[str, Any], tenant: TestWorkspace, database: Database
    ) -> None:
        first, second = promote_twice(tenant, found, database)
        assert (first.added, second.result(LONG).added) == (2, 0)
        assert first.quotation_id == second.result().quotation_id
        assert written(tenant) == 2

    def test_whoever_forgets_the_lock_is_refused_by_the_database(
        self, found: dict[str, Any], tenant: TestWorkspace, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(inspections, "_LOCK", UNLOCKED)
        _, second = promote_twice(tenant, found, database)
        with pytest.raises(psycopg.errors.UniqueViolation, match="recommendation"):
            second.result(LONG)
        assert written(tenant) == 2

    def test_with_neither_every_line_would_be_there_twice(
        self, found: dict[str, Any], tenant: TestWorkspace, database: Database, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The negative control: the same race without the lock, without the rule, and of items that nobody names."""
        monkeypatch.setattr(inspections, "_LOCK", UNLOCKED)
        proposed = promoting._line
        monkeypatch.setattr(promoting, "_line", lambda one: replace(proposed(one), item_id=None))
        with without_the_rule(database):
            _, second = promote_twice(tenant, found, database)
            assert second.result(LONG).added == 2
            assert written(tenant) == 4


def promote_twice(
    tenant: TestWorkspace, inspection: dict[str, Any], database: Database
) -> tuple[Promoted, Future[Promoted]]:
    """Promote, and before that is committed promote once more elsewhere."""

    def alone() -> Promoted:
        with tenant.work() as work:
            return promote(work, UUID(inspection["id"]))

    pool = ThreadPoolExecutor(1)
    with tenant.work() as work:
        first = promote(work, UUID(inspection["id"]))
        work.write()
        second = pool.submit(alone)
        wait_until_blocked(database, unless=second.done)
    pool.shutdown()
    return first, second


def written(tenant: TestWorkspace) -> int:
    with tenant.work() as work:
        return int(work.read(LINES())[0][0]["n"])


@contextmanager
def without_the_rule(database: Database) -> Iterator[None]:
    name = "uq_dvi_promotions_recommendation_id"
    with database.connect() as superuser:
        superuser.execute(f"ALTER TABLE dvi_promotions DROP CONSTRAINT {name}")
        try:
            yield
        finally:
            superuser.execute("DELETE FROM dvi_promotions")
            superuser.execute(f"ALTER TABLE dvi_promotions ADD CONSTRAINT {name} UNIQUE (tenant_id, recommendation_id)")


class TestTheJob:
    @pytest.mark.parametrize(("before", "after"), [((), "draft"), (("intake",), "dvi"), (("intake", "inspect"), "dvi")])
    def test_a_job_that_was_taken_in_is_inspected(
        self, api: Api, started: Inspect, job: dict[str, Any], before: tuple[str, ...], after: str
    ) -> None:
        api.patch(f"/v1/jobs/{job['id']}", {"odometer_in": 54_000})
        for action in before:
            api.post(f"/v1/jobs/{job['id']}/transitions", {"action": action})
        inspection = started(job_id=job["id"], odometer=None)
        assert api.get(f"/v1/jobs/{job['id']}").data["status"] == after
        assert inspection["odometer"] == 54_000
        if before == ("intake",):
            past = api.get(f"/v1/jobs/{job['id']}/history").data[0]
            assert (past["action"], past["note"]) == ("inspect", inspection["number"])

    def test_a_job_that_is_closed_is_not_inspected(
        self, api: Api, template: dict[str, Any], job: dict[str, Any]
    ) -> None:
        made = api.post(PATH, {"template_id": template["id"], "job_id": job["id"]}).data
        api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "cancel", "note": "Gone"})
        refused = api.post(f"{PATH}/{made['id']}/transitions", {"action": "start"}, expect=409)
        assert refused.error["message"] == f"Job {job['number']} is cancelled."
        assert api.get(f"{PATH}/{made['id']}").data["status"] == "draft"


def move(api: Api, inspection: dict[str, Any], action: str) -> None:
    api.post(f"{PATH}/{inspection['id']}/transitions", {"action": action})
