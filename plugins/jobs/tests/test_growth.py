"""Work beyond what was approved: begun within the tolerance, and in words refused beyond it."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.testing.api import Api

from .billing_jobs import invoiced
from .opening import a_job, a_line, approve, moved

UNTAXED = {"tax_rate": "0"}


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job in progress, of which the customer has approved 1,000.00, all of it done."""
    job = a_job(api)
    a_line(api, job, status="done", **UNTAXED)
    approve(api, job)
    job = moved(api, job, "intake", "inspect", "quote", "approve", "start")
    for line in job["lines"]:
        do(api, job, line)
    return job


def finish(api: Api, job: dict[str, Any]) -> Any:
    return api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "finish"}, anything=True)


def tolerate(api: Api, **what: Any) -> None:
    api.patch("/v1/jobs/settings", what)


def begin(api: Api, job: dict[str, Any], line: dict[str, Any], expect: int = 200) -> Any:
    reply = api.post(f"/v1/jobs/{job['id']}/lines/{line['id']}/timer/start", {}, expect=expect)
    return reply.data if expect == 200 else reply.error


def do(api: Api, job: dict[str, Any], line: dict[str, Any]) -> None:
    api.patch(f"/v1/jobs/{job['id']}/lines/{line['id']}", {"status": "done"})


class TestBeginning:
    def test_without_a_tolerance_nothing_is_begun_that_is_not_approved(self, api: Api, job: dict[str, Any]) -> None:
        line = a_line(api, job, description="Wipers", unit_price="40", **UNTAXED)
        refused = begin(api, job, line, 409)
        assert refused["details"]["reason"] == "growth"
        assert refused["message"] == (
            "Wipers (40.00) is not approved. The customer approved 1000.00; without asking again a job may grow by 0,"
            " and this has grown by 40.00. Have it approved, or cancel it."
        )
        approve(api, job)
        assert begin(api, job, line)["within_tolerance"] is False

    def test_within_it_work_is_begun_and_counts_and_nobody_was_asked(self, api: Api, job: dict[str, Any]) -> None:
        tolerate(api, tolerance_percent="10")
        wipers = a_line(api, job, description="Wipers", unit_price="60", **UNTAXED)
        begun = begin(api, job, wipers)
        assert (begun["approval"], begun["within_tolerance"]) == ("approved", True)
        assert api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"] == "1060.00"
        kept = api.get(f"/v1/jobs/{job['id']}/approvals").data[0]
        assert (kept["channel"], kept["decisions"]) == (
            "tolerance", [{"line_id": wipers["id"], "decision": "approved"}],
        )  # fmt: skip

    def test_what_was_accepted_before_counts_and_is_no_measure(self, api: Api, job: dict[str, Any]) -> None:
        tolerate(api, tolerance_percent="10")
        begin(api, job, a_line(api, job, unit_price="60", **UNTAXED))
        api.post(f"/v1/jobs/{job['id']}/lines/{line_in_work(api, job)}/timer/stop", {})
        more = a_line(api, job, description="Bulbs", unit_price="40.01", **UNTAXED)
        assert "grow by 100" in begin(api, job, more, 409)["message"]
        api.patch(f"/v1/jobs/{job['id']}/lines/{more['id']}", {"unit_price": "40.00"})
        begin(api, job, more)

    @pytest.mark.parametrize(
        ("rule", "most"),
        [
            ({"tolerance_amount": "50.00"}, "50.00"),
            ({"tolerance_percent": "3.333"}, "33.33"),
            ({"tolerance_percent": "10", "tolerance_amount": "50.00"}, "50.00"),
            ({"tolerance_percent": "2", "tolerance_amount": "50.00"}, "20.00"),
        ],
    )
    def test_the_lesser_bound_counts_to_the_cent(self, api: Api, job: dict[str, Any], rule: Any, most: str) -> None:
        tolerate(api, **rule)
        line = a_line(api, job, unit_price=f"{most[:-1]}{int(most[-1]) + 1}", **UNTAXED)
        begin(api, job, line, 409)
        api.patch(f"/v1/jobs/{job['id']}/lines/{line['id']}", {"unit_price": most})
        begin(api, job, line)

    def test_a_part_is_taken_within_it(self, api: Api, job: dict[str, Any]) -> None:
        where = f"/v1/jobs/{job['id']}/parts"
        part = api.post(where, {"description": "Bulb", "unit_price": "20", **UNTAXED}, expect=201).data
        refused = api.post(f"{where}/{part['id']}/issue", {}, expect=409).error
        assert refused["details"]["work"] == [{"id": part["id"], "description": "Bulb", "total": "20.00"}]
        tolerate(api, tolerance_amount="20.00")
        taken = api.post(f"{where}/{part['id']}/issue", {}).data
        assert (taken["status"], taken["approval"], taken["within_tolerance"]) == ("issued", "approved", True)


class TestFinishing:
    def test_what_was_done_unasked_is_told_in_words(self, api: Api, job: dict[str, Any]) -> None:
        do(api, job, a_line(api, job, description="Wipers", unit_price="40", **UNTAXED))
        do(api, job, a_line(api, job, description="Bulbs", unit_price="10", **UNTAXED))
        (reason,) = finish(api, job).error["details"]["unmet"]
        assert reason["message"].startswith("Wipers (40.00), Bulbs (10.00) are not approved.")
        told = invoiced(api, job, 409)
        assert (told["details"]["reason"], len(told["details"]["work"])) == ("growth", 2)
        approve(api, job)
        assert finish(api, job).data["status"] == "qc"
        assert invoiced(api, job)[0]["total"] == "1050.00"

    def test_within_it_it_is_accepted_and_invoiced(self, api: Api, job: dict[str, Any]) -> None:
        tolerate(api, tolerance_amount="50")
        do(api, job, a_line(api, job, description="Wipers", unit_price="40", **UNTAXED))
        assert finish(api, job).data["totals"]["total"] == "1040.00"
        assert invoiced(api, job)[0]["total"] == "1040.00"

    def test_an_invoice_accepts_it_too(self, api: Api, job: dict[str, Any]) -> None:
        tolerate(api, tolerance_amount="50")
        do(api, job, a_line(api, job, description="Wipers", unit_price="40", **UNTAXED))
        a_line(api, job, description="For next time", unit_price="5", **UNTAXED)
        assert invoiced(api, job)[0]["total"] == "1040.00"

    def test_what_was_cancelled_is_no_growth(self, api: Api, job: dict[str, Any]) -> None:
        line = a_line(api, job, description="Wipers", unit_price="40", **UNTAXED)
        do(api, job, line)
        api.patch(f"/v1/jobs/{job['id']}/lines/{line['id']}", {"status": "cancelled"})
        assert finish(api, job).data["status"] == "qc"


class TestSettings:
    def test_they_have_defaults_and_change_one_by_one(self, api: Api) -> None:
        assert api.get("/v1/jobs/settings").data == {
            "tolerance_percent": None, "tolerance_amount": None, "quotation_validity_days": 14,
            "quotation_reminder_hours": 48,
        }  # fmt: skip
        tolerate(api, tolerance_percent="10")
        changed = api.patch("/v1/jobs/settings", {"quotation_validity_days": 30}).data
        assert changed == {
            "tolerance_percent": "10.000", "tolerance_amount": None, "quotation_validity_days": 30,
            "quotation_reminder_hours": 48,
        }  # fmt: skip
        assert api.patch("/v1/jobs/settings", {"quotation_validity_days": None}).data["quotation_validity_days"] == 14

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("tolerance_percent", "100.001"),
            ("tolerance_percent", "-1"),
            ("tolerance_amount", "-0.01"),
            ("quotation_validity_days", 0),
            ("quotation_validity_days", 366),
            ("quotation_reminder_hours", -1),
            ("quotation_reminder_hours", 721),
            ("nothing", 1),
        ],
    )
    def test_what_is_none_is_named(self, api: Api, field: str, value: Any) -> None:
        assert api.patch("/v1/jobs/settings", {field: value}, expect=400).error["details"][0]["field"] == field

    def test_the_office_reads_them_and_the_manager_changes_them(self, api: Api) -> None:
        api.as_role("staff").get("/v1/jobs/settings", expect=200)
        api.as_role("staff").patch("/v1/jobs/settings", {"tolerance_percent": "5"}, expect=403)
        api.as_role("manager").patch("/v1/jobs/settings", {"tolerance_percent": "5"}, expect=200)


def line_in_work(api: Api, job: dict[str, Any]) -> str:
    lines = api.get(f"/v1/jobs/{job['id']}").data["lines"]
    return next(str(line["id"]) for line in lines if line["status"] == "in_progress")
