"""A fault that is found after the release leads back to work; a vehicle that has left takes no new work along."""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from decimal import Decimal
from threading import Event
from typing import Any
from uuid import UUID, uuid4

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.lifecycle import move
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.jobs import jobs
from plugins.jobs.contract import ProposedLine, QuotationDrafts

from .billing_jobs import credited, invoiced, paid
from .opening import WAY, a_line, approve, moved
from .opening import a_job as opened
from .preparing import prepare
from .quoting import LABOUR, PART, a_quotation, decide, sent

QUOTATIONS = "/v1/jobs/quotations"
WORK = {"unit_price": "300.00", "tax_rate": "0"}
MORE = {"kind": "labour", "description": "Polish the scratch", "quantity": "1", "unit_price": "80", "tax_rate": "0"}
LEFT = "the vehicle has left: what is still to be done is for another job"


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job of 300.00 that is ready for delivery."""
    job = opened(api)
    a_line(api, job, **WORK)
    approve(api, job)
    return moved(api, job, *WAY[:7])


@pytest.fixture
def quoted(api: Api) -> tuple[dict[str, Any], dict[str, Any]]:
    """A job that is ready for delivery and paid, and the quotation that it was approved by."""
    job = opened(api)
    job = moved(api, job, "intake")
    quotation = sent(api, a_quotation(api, LABOUR, job=job))
    decide(api, quotation, "approved")
    job = moved(api, job, *WAY[2:7])
    invoiced(api, job)
    paid(api, job, api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"])
    return job, quotation


def act(api: Api, job: dict[str, Any], action: str, expect: int = 200, **more: Any) -> Any:
    return api.post(f"/v1/jobs/{job['id']}/transitions", {"action": action, **more}, expect=expect)


def unmet(api: Api, job: dict[str, Any], action: str) -> list[str]:
    return [reason["message"] for reason in act(api, job, action, 409, note="So").error["details"]["unmet"]]


def failed(api: Api, job: dict[str, Any]) -> str:
    """Have a point of the check fail; returns its path."""
    point = api.get(f"/v1/jobs/{job['id']}/checklist").data[2]
    where = f"/v1/jobs/{job['id']}/checklist/{point['id']}"
    api.as_role("mechanic").patch(where, {"result": "failed", "note": "A scratch at the sill"}, expect=200)
    return where


class TestBackToWork:
    def test_it_takes_a_note_and_the_office(self, api: Api, job: dict[str, Any]) -> None:
        assert act(api, job, "rework", 400).error["details"][0]["field"] == "note"
        act(api.as_role("mechanic"), job, "rework", 403, note="A scratch")
        assert act(api.as_role("staff"), job, "rework", note="A scratch at the sill").data["status"] == "in_progress"
        last = api.get(f"/v1/jobs/{job['id']}/history").data[0]
        assert (last["from_state"], last["to_state"], last["note"]) == (
            "pending_delivery", "in_progress", "A scratch at the sill",
        )  # fmt: skip

    def test_the_check_that_was_passed_is_void(self, api: Api, job: dict[str, Any]) -> None:
        act(api, job, "rework", note="A scratch")
        again = act(api, job, "finish").data
        assert [point["result"] for point in again["checklist"]] == [None, None, None]
        assert unmet(api, job, "release") == ["Of the quality check 3 of 3 points are open"]

    def test_a_point_that_fails_after_the_release_keeps_the_vehicle(self, api: Api, job: dict[str, Any]) -> None:
        invoiced(api, job)
        paid(api, job, "300.00")
        where = failed(api, job)
        assert unmet(api, job, "deliver") == ["Of the quality check 1 of 3 points failed"]
        api.patch(where, {"result": "passed"})
        assert act(api, job, "deliver").data["status"] == "completed"

    def test_what_was_invoiced_stays_and_new_work_comes_in_an_amendment_and_a_further_invoice(
        self, api: Api, quoted: tuple[dict[str, Any], dict[str, Any]]
    ) -> None:
        job, quotation = quoted
        failed(api, job)
        act(api, job, "rework", note="A scratch at the sill")
        before = api.get(f"/v1/jobs/{job['id']}/invoices").data
        amendment = api.post(f"{QUOTATIONS}/{quotation['id']}/amendments", {"lines": [MORE]}, expect=201).data
        decide(api, sent(api, amendment), "approved")
        assert unmet(api, job, "finish") == ["1 of the service lines is not done"]
        prepare(api, job["id"], "finish")
        job = moved(api, job, "finish", "release")
        assert unmet(api, job, "deliver") == ["Of what was approved 80.00 is not invoiced yet"]
        (new,) = invoiced(api, job)
        assert unmet(api.as_role("staff"), job, "deliver")[0].startswith("80.00 of the invoice is not paid")
        paid(api, job, "80.00")
        assert act(api, job, "deliver").data["status"] == "completed"
        after = api.get(f"/v1/jobs/{job['id']}/invoices", params={"sort": "created_at"}).data
        assert [(one["number"], one["totals"]["total"]) for one in after[:-1]] == [
            (one["number"], one["totals"]["total"]) for one in before
        ]
        assert after[-1]["number"] == new["number"]

    def test_a_job_whose_work_is_on_an_invoice_is_cancelled_when_that_was_taken_back(
        self, api: Api, job: dict[str, Any]
    ) -> None:
        (invoice,) = invoiced(api, job)
        act(api, job, "rework", note="They do not want it any more")
        assert unmet(api, job, "cancel") == [
            f"Its work stands on {invoice['number']}: take it back there with a credit note first"
        ]
        credited(api, job)
        assert act(api, job, "cancel", note="So").data["status"] == "cancelled"


class TestWhatHasLeft:
    @pytest.fixture
    def left(self, api: Api, quoted: tuple[dict[str, Any], dict[str, Any]]) -> dict[str, dict[str, Any]]:
        """A vehicle that has left, with a quotation and an amendment that wait for a decision."""
        job, quotation = quoted
        api.patch(f"/v1/crm/customers/{job['customer_id']}", {"email": "rahim@mail.example"})
        amendment = api.post(f"{QUOTATIONS}/{quotation['id']}/amendments", {"lines": [MORE, PART]}, expect=201).data
        found = {
            "approved": quotation,
            "draft": a_quotation(api, PART, job=job),
            "quotation": sent(api, a_quotation(api, PART, MORE, job=job)),
            "amendment": sent(api, amendment),
        }
        return {**found, "job": act(api, job, "deliver").data}

    @pytest.mark.parametrize("kind", ["quotation", "amendment"])
    def test_nothing_is_approved_any_more(self, api: Api, left: dict[str, Any], kind: str) -> None:
        job, offer = left["job"], left[kind]
        for decisions in (["approved", "approved"], ["declined", "approved"]):
            refused = decide(api, offer, *decisions, expect=409).error
            assert refused["message"] == f"Job {job['number']} is delivered, {LEFT}."
            assert refused["details"] == {"reason": "state", "status": "completed"}
        assert api.get(f"{QUOTATIONS}/{offer['id']}").data["status"] == "sent"
        assert api.get(f"/v1/jobs/{job['id']}").data["totals"] == job["totals"]
        approval = {"name": "Rahim Uddin", "channel": "phone"}
        assert LEFT in api.post(f"/v1/jobs/{job['id']}/approvals", approval, expect=409).error["message"]

    @pytest.mark.parametrize("kind", ["quotation", "amendment"])
    def test_declining_is_written_down_for_the_next_visit(self, api: Api, left: dict[str, Any], kind: str) -> None:
        assert decide(api, left[kind], "declined", "declined").data["status"] == "rejected"
        job = left["job"]
        kept = api.get("/v1/jobs/declined-work", params={"vehicle_id": job["vehicle_id"]}).data
        assert {one["description"] for one in kept} == {PART["description"], MORE["description"]}
        next_visit = opened(api, customer_id=job["customer_id"], vehicle_id=job["vehicle_id"])
        assert len(a_quotation(api, LABOUR, job=next_visit)["lines"]) == 3

    def test_nothing_is_written_sent_or_added(self, api: Api, left: dict[str, Any], tenant: TestWorkspace) -> None:
        job = left["job"]
        new = {"job_id": job["id"], "lines": [PART]}
        wipers = {"description": "Wipers", "unit_price": "40"}
        for path, body in (
            (QUOTATIONS, new),
            (f"{QUOTATIONS}/{left['approved']['id']}/amendments", {"lines": [PART]}),
            (f"{QUOTATIONS}/{left['quotation']['id']}/revisions", {}),
            (f"/v1/jobs/{job['id']}/lines", wipers),
            (f"/v1/jobs/{job['id']}/parts", wipers),
        ):
            assert LEFT in api.post(path, body, expect=409).error["message"], path
        again = api.post(f"{QUOTATIONS}/{left['quotation']['id']}/resend", {}, expect=409).error
        assert again["message"].startswith("The vehicle has left")
        sending = api.post(f"{QUOTATIONS}/{left['draft']['id']}/transitions", {"action": "send"}, expect=409).error
        assert [reason["guard"] for reason in sending["details"]["unmet"]] == ["job_open"]
        wanted = [ProposedLine("part", "Wiper blades", Decimal(2), Decimal(450), item_id=uuid4())]
        with tenant.work() as work:
            port = work.port(QuotationDrafts)  # type: ignore[type-abstract]  # that is what a port is
            assert port is not None
            with pytest.raises(Conflict, match=LEFT):
                port.add(work, UUID(job["id"]), wanted, source="dvi.inspection", source_id=uuid4())

    def test_nobody_is_written_to_about_what_cannot_be_approved(
        self, api: Api, left: dict[str, Any], run_jobs: Any
    ) -> None:
        run_jobs(failing=True)  # the mails about the two were on their way when the vehicle left
        assert api.get("/v1/messages", params={"template": "jobs.quotation.sent"}).data == []

    def test_what_was_begun_without_asking_is_not_asked_for(self, api: Api, job: dict[str, Any]) -> None:
        api.patch("/v1/jobs/settings", {"tolerance_percent": "50"})
        invoiced(api, job)
        paid(api, job, "300.00")
        line = a_line(api, job, description="Wipers", unit_price="40", tax_rate="0", status="done")
        act(api, job, "deliver")
        assert invoiced(api, job, 409)["details"]["reason"] == "nothing_to_invoice"
        assert api.get(f"/v1/jobs/{job['id']}/lines/{line['id']}").data["approval"] == "proposed"
        assert act(api, job, "close").data["status"] == "closed"


class TestAtOnce:
    """Somebody approves an amendment while somebody else hands the vehicle over."""

    def approving(
        self, api: Api, quoted: tuple[dict[str, Any], dict[str, Any]], tenant: TestWorkspace
    ) -> tuple[int, str]:
        """Approve while a hand-over is about to be committed; returns the answer's status and the job's state."""
        job, quotation = quoted
        amendment = api.post(f"{QUOTATIONS}/{quotation['id']}/amendments", {"lines": [MORE]}, expect=201).data
        amendment = sent(api, amendment)
        line = amendment["lines"][0]["id"]
        body = {"decisions": [{"line_id": line, "decision": "approved"}], "name": "R", "channel": "phone"}
        begun = Event()

        def approve_it() -> int:
            begun.set()
            return int(api.post(f"{QUOTATIONS}/{amendment['id']}/decisions", body, anything=True).status)

        with ThreadPoolExecutor(1) as pool:
            with tenant.work() as work:
                move(work, "jobs.job", UUID(job["id"]), "deliver")
                answer: Future[int] = pool.submit(approve_it)
                begun.wait(30)
                waited(work, answer)
            return answer.result(30), str(api.get(f"/v1/jobs/{job['id']}").data["status"])

    def test_the_approval_waits_and_is_refused(
        self, api: Api, quoted: tuple[dict[str, Any], dict[str, Any]], tenant: TestWorkspace
    ) -> None:
        assert self.approving(api, quoted, tenant) == (409, "completed")

    def test_the_negative_control_without_the_lock_work_is_approved_on_what_has_left(
        self,
        api: Api,
        quoted: tuple[dict[str, Any], dict[str, Any]],
        tenant: TestWorkspace,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        unlocked = Statement(jobs.LOCK_OF_QUOTATION.sql.replace(" FOR UPDATE", ""))
        monkeypatch.setattr(jobs, "LOCK_OF_QUOTATION", unlocked)
        assert self.approving(api, quoted, tenant) == (200, "completed")


_BLOCKED = Statement(
    "SELECT count(*) AS n FROM pg_locks WHERE NOT granted AND pg_backend_pid() = ANY(pg_blocking_pids(pid))"
)


def waited(work: Any, answer: Future[int]) -> None:
    """Return when the other one has answered, or waits for this transaction."""
    while not answer.done() and not work.write(_BLOCKED())[0][0]["n"]:
        pass
