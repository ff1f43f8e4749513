"""Work on a job: lines and parts that are priced and approved, clocks, notes, pictures, checks, the timeline."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.making import PICTURE
from jemeti_platform.testing.waiting import LONG, wait_until_blocked
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.jobs import timers

from .billing_jobs import credited, invoiced
from .opening import a_job, a_line, approve, moved

_RUNNING = Statement("SELECT count(*) AS n FROM jobs_timers WHERE stopped_at IS NULL")


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job that is in progress."""
    return moved(api, a_job(api), "intake", "inspect", "quote", "approve", "start")


class TestPrices:
    def test_totals_count_what_is_approved_to_the_cent(self, api: Api) -> None:
        job = a_job(api)
        line = a_line(api, job, quantity="1.5", unit_price="99.99", discount_percent="10", tax_rate="15")
        assert (line["amount"], line["discount"], line["taxable"], line["tax"], line["total"]) == (
            "149.99", "15.00", "134.99", "20.25", "155.24",
        )  # fmt: skip
        part = api.post(f"/v1/jobs/{job['id']}/parts", {"description": "Pads", "unit_price": "100", "tax_rate": "15"})
        assert api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"] == "0.00"
        agreed = approve(api, job, line_ids=[line["id"]])
        assert agreed["totals"] == {
            "subtotal": "149.99", "discount": "15.00", "taxable": "134.99", "tax": "20.25", "total": "155.24",
        }  # fmt: skip
        agreed = approve(api, job, part_ids=[part.data["id"]])
        assert agreed["totals"]["total"] == "270.24"
        assert [(tax["rate"], tax["tax"]) for tax in agreed["tax_lines"]] == [("15.000", "35.25")]

    def test_a_service_fills_a_line(self, api: Api) -> None:
        api.patch("/v1/workspace", {"labour_rate": "800.00"})
        fixed = api.post("/v1/jobs/services", {"name": "Oil change", "default_hours": "0.5", "price": "650.00"}).data
        hourly = api.post("/v1/jobs/services", {"name": "Diagnosis", "default_hours": "1.5"}).data
        job = a_job(api)
        where = f"/v1/jobs/{job['id']}/lines"
        made = api.post(where, {"service_id": fixed["id"]}, expect=201).data
        assert (made["description"], made["quantity"], made["unit_price"], made["hours"]) == (
            "Oil change", "1.000", "650.00", "0.500",
        )  # fmt: skip
        made = api.post(where, {"service_id": hourly["id"]}, expect=201).data
        assert (made["quantity"], made["unit_price"], made["amount"]) == ("1.500", "800.00", "1200.00")
        assert api.post(where, {}, expect=400).error["details"][0]["field"] == "description"

    def test_what_cannot_be_priced_names_its_field(self, api: Api) -> None:
        where = f"/v1/jobs/{a_job(api)['id']}/lines"
        for over, field in (
            ({"discount_amount": "1001.00"}, "discount_amount"),
            ({"discount_amount": "1.00", "discount_percent": "5"}, "discount_amount"),
            ({"tax_rate_id": str(uuid4())}, "tax_rate_id"),
            ({"sublet_vendor": "Painter & Sons"}, "sublet_vendor"),
        ):
            body = {"description": "Pads", "unit_price": "1000.00", **over}
            assert [fault["field"] for fault in api.post(where, body, expect=400).error["details"]] == [field]

    def test_what_is_approved_stays_as_it_was_agreed(self, api: Api) -> None:
        job = a_job(api)
        line = a_line(api, job)
        approve(api, job)
        where = f"/v1/jobs/{job['id']}/lines/{line['id']}"
        refused = api.patch(where, {"unit_price": "2000.00"}, expect=409).error["details"]
        assert refused["reason"] == "approved"
        assert api.delete(where, expect=409).error["details"]["reason"] == "approved"
        assert api.patch(where, {"note": "Use the good ones"}).data["note"] == "Use the good ones"

    def test_an_approval_keeps_who_how_and_what(self, api: Api) -> None:
        job = a_job(api)
        line = a_line(api, job)
        approve(api, job, note="On the way to work")
        (kept,) = api.get(f"/v1/jobs/{job['id']}/approvals").data
        assert (kept["name"], kept["channel"], kept["by"]) == ("Rahim Uddin", "phone", "owner")
        (told,) = kept["decisions"]
        assert (told["line_id"], told["decision"]) == (line["id"], "approved")
        assert {name: told[name] for name in ("description", "total")} == {
            name: line[name] for name in ("description", "total")
        }
        assert "note" not in told
        assert len(kept["content_hash"]) == 64
        again = {"name": "R", "channel": "phone", "line_ids": [line["id"]]}
        assert api.post(f"/v1/jobs/{job['id']}/approvals", again, expect=400).error["details"][0]["field"] == "line_ids"

    @pytest.mark.parametrize("named", [{"line_ids": []}, {"part_ids": []}, {"line_ids": [], "part_ids": []}])
    def test_naming_nothing_approves_nothing(self, api: Api, named: dict[str, Any]) -> None:
        job = a_job(api)
        a_line(api, job)
        body = {"name": "Rahim Uddin", "channel": "phone", **named}
        assert api.post(f"/v1/jobs/{job['id']}/approvals", body, expect=400).error["details"][0]["field"] == "line_ids"
        assert api.get(f"/v1/jobs/{job['id']}/approvals").data == []


class TestParts:
    def test_a_product_needs_somebody_who_keeps_stock(self, api: Api) -> None:
        job = a_job(api)
        refused = api.post(f"/v1/jobs/{job['id']}/parts", {"product_id": str(uuid4())}, expect=409).error
        assert refused["details"]["reason"] == "no_inventory"

    def test_what_the_customer_brings_along_costs_nothing(self, api: Api) -> None:
        where = f"/v1/jobs/{a_job(api)['id']}/parts"
        made = api.post(where, {"description": "Own wiper blades", "customer_supplied": True}, expect=201).data
        assert (made["unit_price"], made["total"]) == ("0.00", "0.00")
        body = {"description": "Own oil", "customer_supplied": True, "unit_price": "5.00"}
        assert api.post(where, body, expect=400).error["details"][0]["field"] == "unit_price"

    def test_a_part_is_issued_once_approved_and_returned_once(self, api: Api, job: dict[str, Any]) -> None:
        made = api.post(f"/v1/jobs/{job['id']}/parts", {"description": "Bulb", "unit_price": "120.00"}, expect=201).data
        where = f"/v1/jobs/{job['id']}/parts/{made['id']}"
        api.post(f"{where}/issue", expect=409)
        approve(api, job)
        assert api.post(f"{where}/issue").data["status"] == "issued"
        api.post(f"{where}/issue", expect=409)
        before = api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"]
        assert api.post(f"{where}/return").data["status"] == "returned"
        api.post(f"{where}/return", expect=409)
        after = api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"]
        assert float(before) - float(after) == float(made["total"])

    def test_a_part_that_is_invoiced_is_not_returned(self, api: Api, job: dict[str, Any]) -> None:
        made = api.post(f"/v1/jobs/{job['id']}/parts", {"description": "Bulb", "unit_price": "120.00"}, expect=201).data
        where = f"/v1/jobs/{job['id']}/parts/{made['id']}"
        approve(api, job)
        api.post(f"{where}/issue")
        invoiced(api, job)
        assert api.post(f"{where}/return", expect=409).error["details"]["reason"] == "invoiced"
        credited(api, job)
        assert api.post(f"{where}/return").data["status"] == "returned"


class TestTimers:
    def test_time_is_clocked_on_the_line(self, api: Api, job: dict[str, Any]) -> None:
        line = job["lines"][0]
        where = f"/v1/jobs/{job['id']}/lines/{line['id']}"
        running = api.post(f"{where}/timer/start", {}).data
        assert (running["status"], running["timer_running"], running["clocked_seconds"]) == ("in_progress", True, 0)
        refused = api.post(f"{where}/timer/start", {}, expect=409).error
        assert refused["details"]["reason"] == "timer_running"
        assert job["number"] in refused["message"]
        assert api.post(f"{where}/timer/stop", {}).data["timer_running"] is False
        assert api.post(f"{where}/timer/stop", {}, expect=409).error["details"]["reason"] == "timer_stopped"
        (kept,) = api.get(f"/v1/jobs/{job['id']}/timers").data
        assert kept["line_id"] == line["id"]
        assert kept["stopped_at"] is not None

    def test_a_mechanic_clocks_only_himself(self, api: Api, job: dict[str, Any], tenant: TestWorkspace) -> None:
        where = f"/v1/jobs/{job['id']}/lines/{job['lines'][0]['id']}/timer/start"
        somebody = {"mechanic_id": str(tenant.login("owner").user_id)}
        api.as_role("mechanic").post(where, somebody, expect=403)
        api.as_role("mechanic").post(where, {}, expect=200)
        api.post(where, somebody, expect=200)

    def test_holding_a_job_stops_its_clocks(self, api: Api, job: dict[str, Any], tenant: TestWorkspace) -> None:
        api.post(f"/v1/jobs/{job['id']}/lines/{job['lines'][0]['id']}/timer/start", {})
        moved(api, job, "hold")
        with tenant.work() as work:
            assert work.read(_RUNNING())[0][0]["n"] == 0

    def test_no_work_is_clocked_on_a_job_that_has_not_begun(self, api: Api) -> None:
        job = a_job(api)
        line = a_line(api, job)
        approve(api, job)
        refused = api.post(f"/v1/jobs/{job['id']}/lines/{line['id']}/timer/start", {}, expect=409).error
        assert refused["message"] == f"Job {job['number']} is 'Draft'; this takes one that is 'In progress'."

    def test_two_clocks_at_once_are_one(
        self, api: Api, job: dict[str, Any], tenant: TestWorkspace, database: Database
    ) -> None:
        second = self.second_to_start(api, job, tenant, database)
        with pytest.raises(Conflict, match="started elsewhere"):
            second.result(timeout=LONG)
        with tenant.work() as work:
            assert work.read(_RUNNING())[0][0]["n"] == 1

    def test_without_the_index_both_would_run(
        self, api: Api, job: dict[str, Any], tenant: TestWorkspace, database: Database
    ) -> None:
        """The negative control: who looks before starting sees nothing of what is not committed."""
        with database.connect() as superuser:
            superuser.execute("DROP INDEX uq_jobs_timers_running")
            try:
                self.second_to_start(api, job, tenant, database).result(timeout=LONG)
                with tenant.work() as work:
                    assert work.read(_RUNNING())[0][0]["n"] == 2
            finally:
                superuser.execute("UPDATE jobs_timers SET stopped_at = now() WHERE stopped_at IS NULL")
                superuser.execute(
                    "CREATE UNIQUE INDEX uq_jobs_timers_running ON jobs_timers (tenant_id, mechanic_id)"
                    " WHERE stopped_at IS NULL"
                )

    def second_to_start(self, api: Api, job: dict[str, Any], tenant: TestWorkspace, database: Database) -> Future[None]:
        """A mechanic's clock is started on one job, and before that is committed on another one."""
        other = moved(api, a_job(api), "intake", "inspect", "quote", "approve", "start")
        mechanic = tenant.login("mechanic").user_id

        def start(work: Work, on: dict[str, Any]) -> None:
            timers.start(work, UUID(on["id"]), UUID(on["lines"][0]["id"]), mechanic)

        def alone() -> None:
            with tenant.work() as work:
                start(work, other)

        pool = ThreadPoolExecutor(1)
        with tenant.work() as first:
            start(first, job)
            first.write()
            second = pool.submit(alone)
            wait_until_blocked(database, unless=second.done)
        pool.shutdown(wait=False)
        return second


class TestTheRest:
    def test_a_mechanic_does_a_line_but_does_not_price_it(self, api: Api, job: dict[str, Any]) -> None:
        mechanic, where = api.as_role("mechanic"), f"/v1/jobs/{job['id']}/lines/{job['lines'][0]['id']}"
        assert mechanic.patch(where, {"status": "done"}).data["status"] == "done"
        mechanic.patch(where, {"labour_cost": "1.00"}, expect=403)
        mechanic.post(f"/v1/jobs/{job['id']}/lines", {"description": "More"}, expect=403)

    def test_notes_pictures_milestones_and_checks(self, api: Api, job: dict[str, Any]) -> None:
        where = f"/v1/jobs/{job['id']}"
        note = api.post(f"{where}/notes", {"text": "Left rear knocks", "visibility": "customer"}, expect=201).data
        assert note["author_name"] == "owner"
        picture = api.upload("/v1/files", PICTURE, "knock.png").data["id"]
        image = api.post(f"{where}/images", {"file_id": picture, "caption": "The bush"}, expect=201).data
        assert api.patch(f"{where}/images/{image['id']}", {"visibility": "customer"}).data["visibility"] == "customer"
        text = api.upload("/v1/files", b"name\nA\n", "rows.csv").data["id"]
        assert api.post(f"{where}/images", {"file_id": text}, expect=400).error["details"][0]["field"] == "file_id"
        stone = api.post(f"{where}/milestones", {"title": "Parts are here"}, expect=201).data
        api.patch(f"{where}/milestones/{stone['id']}", {"reached_at": "2026-11-24T10:00:00Z"})
        point = api.post(f"{where}/checklist", {"title": "Torque of the wheel bolts"}, expect=201).data
        checked = api.patch(f"{where}/checklist/{point['id']}", {"result": "failed", "note": "Two are loose"}).data
        assert checked["checked_at"] is not None
        shown = api.get(where).data
        assert [stone["title"] for stone in shown["milestones"]] == ["Parts are here"]
        assert [point["result"] for point in shown["checklist"]] == ["failed"]

    def test_the_timeline_tells_all_of_it(self, api: Api) -> None:
        job = a_job(api)
        a_line(api, job)
        approve(api, job)
        api.post(f"/v1/jobs/{job['id']}/notes", {"text": "He waits"})
        moved(api, job, "intake")
        told = api.get(f"/v1/jobs/{job['id']}/timeline")
        assert [entry["kind"] for entry in told.data] == ["moved", "note", "approved", "line_added"]
        assert (told.data[0]["from"], told.data[0]["to"], told.data[0]["by"]) == ("draft", "intake", "owner")

    def test_what_is_of_another_job_is_not_found_below_this_one(self, api: Api) -> None:
        mine, other = a_job(api), a_job(api)
        line = a_line(api, other)
        for method in ("get", "delete"):
            getattr(api, method)(f"/v1/jobs/{mine['id']}/lines/{line['id']}", expect=404)
        api.patch(f"/v1/jobs/{mine['id']}/lines/{line['id']}", {"note": "x"}, expect=404)


@pytest.mark.parametrize("action", ["hold", "cancel"])
def test_a_clock_that_a_move_stops_is_told(api: Api, job: dict[str, Any], action: str) -> None:
    line = job["lines"][0]["id"]
    api.post(f"/v1/jobs/{job['id']}/lines/{line}/timer/start", {})
    moved(api, job, action)
    (clock,) = api.get(f"/v1/jobs/{job['id']}/timers").data
    (told,) = api.get("/v1/events", params={"type": "jobs.timer.stopped"}).data
    assert told["data"]["timer_id"] == clock["id"]
    assert (told["data"]["line_id"], told["data"]["mechanic_id"]) == (line, clock["mechanic_id"])
    assert told["data"]["seconds"] == clock["seconds"]


def test_a_visit_stands_in_the_history_of_the_vehicle(api: Api) -> None:
    job = moved(api, a_job(api, concern="Brakes\nsqueal"), "intake")
    happened = api.get(f"/v1/vehicles/customer/{job['vehicle_id']}/history").data
    assert [one["subject"] for one in happened if one["kind"] == "visited"] == [
        {"type": "jobs.job", "id": job["id"], "title": f"{job['number']}: Brakes squeal"}
    ]
