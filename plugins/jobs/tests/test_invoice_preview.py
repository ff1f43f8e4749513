"""What the preview of a job's invoices shows is what is issued then, to the last figure, and asking writes nothing."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import uuid4

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jemeti_platform.testing.api import Api

from .billing_jobs import approved_job, credited, insured_job, invoiced
from .opening import a_job, a_line, approve, moved
from .test_growth import UNTAXED, do, tolerate

NOT_YET = frozenset({"id", "credited_quantity", "credited"})


def previewed(api: Api, job: dict[str, Any], expect: int = 200) -> Any:
    reply = api.get(f"/v1/jobs/{job['id']}/invoices/preview", expect=expect)
    return reply.data if expect == 200 else reply.error


def as_issued(api: Api, job: dict[str, Any]) -> list[dict[str, Any]]:
    """Invoice the job, and return the invoices as far as a preview has them."""
    found = []
    for made in invoiced(api, job):
        lines = api.get(f"/v1/invoices/{made['id']}").data, api.get(f"/v1/jobs/{job['id']}/invoices/{made['id']}/lines")
        invoice = {**lines[0], "lines": [{k: v for k, v in one.items() if k not in NOT_YET} for one in lines[1].data]}
        found.append(invoice)
    return found


def assert_is_issued(api: Api, job: dict[str, Any]) -> list[dict[str, Any]]:
    shown = previewed(api, job)
    made = as_issued(api, job)
    assert len(shown) == len(made)
    for one, invoice in zip(shown, made, strict=True):
        expected = {name: invoice[name] for name in one}
        expected["totals"] = {name: invoice["totals"][name] for name in one["totals"]}
        assert one == expected
    return made


money = st.decimals(0, 5000, places=2).map(str)
line = st.fixed_dictionaries(
    {
        "quantity": st.decimals("0.001", 20, places=3).map(str),
        "unit_price": money,
        "tax_rate": st.sampled_from(("0", "7.5", "15")),
        "insurance_percent": st.none() | st.decimals(0, 100, places=1).map(str),
    }
)


class TestWhatIsShown:
    @settings(
        max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )  # each example is a job of its own
    @given(
        lines=st.lists(line, min_size=1, max_size=4),
        deductible=st.none() | money,
        limit=st.none() | money,
        cut=st.integers(0, 3),
    )
    def test_it_is_what_is_issued_whatever_is_insured_and_invoiced_before(
        self, api: Api, lines: list[dict[str, Any]], deductible: str | None, limit: str | None, cut: int
    ) -> None:
        job = insured_job(api, *lines, deductible=deductible, pre_auth_limit=limit)
        if before := [one["id"] for one in job["lines"][:cut]]:
            invoiced(api, job, line_ids=before)
        if cut < len(lines):
            assert_is_issued(api, job)
        assert previewed(api, job, 409)["details"]["reason"] == "nothing_to_invoice"

    def test_customer_and_insurer_are_shown_with_payer_vehicle_lines_and_taxes(self, api: Api) -> None:
        job = insured_job(
            api,
            {"unit_price": "1000", "tax_rate": "15", "insurance_percent": "80"},
            {"unit_price": "33.33", "tax_rate": "7.5"},
            deductible="100.00",
        )
        customer, insurer = previewed(api, job)
        assert (customer["customer_id"], insurer["customer_id"]) == (job["customer_id"], job["insurance_payer_id"])
        assert insurer["payer"]["name"] == "Delta Insurance"
        assert (customer["source_number"], len(customer["lines"]), len(insurer["lines"])) == (job["number"], 2, 1)
        assert [float(tax["rate"]) for tax in customer["tax_lines"]] == [15, 7.5]
        both = Decimal(customer["totals"]["total"]) + Decimal(insurer["totals"]["total"])
        assert f"{both:f}" == job["totals"]["total"]
        assert_is_issued(api, job)

    def test_what_was_taken_back_in_full_is_shown_again(self, api: Api) -> None:
        job = approved_job(api)
        (made,) = invoiced(api, job)
        credited(api, job, invoice_id=made["id"])
        (shown,) = previewed(api, job)
        assert shown["total"] == made["total"]
        assert_is_issued(api, job)


class TestNothingIsWritten:
    def test_asking_makes_no_invoice_and_changes_no_job(self, api: Api) -> None:
        job = approved_job(api)
        before = api.get(f"/v1/jobs/{job['id']}").data
        assert previewed(api, job) == previewed(api, job)
        assert api.get(f"/v1/jobs/{job['id']}/invoices").data == []
        assert api.get(f"/v1/jobs/{job['id']}").data == before

    def test_begun_work_within_the_tolerance_is_shown_and_accepted_by_nobody(self, api: Api) -> None:
        job = _with_begun_work(api)
        tolerate(api, tolerance_percent="10")
        before = api.get(f"/v1/jobs/{job['id']}").data
        (shown,) = previewed(api, job)
        assert shown["totals"]["total"] == "1060.00"
        after = api.get(f"/v1/jobs/{job['id']}").data
        assert after == before
        assert "proposed" in {one["approval"] for one in after["lines"]}
        (made,) = assert_is_issued(api, job)
        assert made["total"] == "1060.00"


class TestWhatIsRefused:
    def test_it_is_refused_as_invoicing_is(self, api: Api) -> None:
        job = a_job(api)
        a_line(api, job)
        assert _told(previewed(api, job, 409)) == _told(invoiced(api, job, 409))
        begun = _with_begun_work(api)
        refused = previewed(api, begun, 409)
        assert refused["details"]["reason"] == "growth"
        assert _told(refused) == _told(invoiced(api, begun, 409))
        api.get(f"/v1/jobs/{uuid4()}/invoices/preview", expect=404)


def _told(error: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in error.items() if name != "request_id"}


def _with_begun_work(api: Api) -> dict[str, Any]:
    """A job with 1,000.00 approved and 60.00 done that nobody approved."""
    job = a_job(api)
    a_line(api, job, status="done", **UNTAXED)
    approve(api, job)
    job = moved(api, job, "intake", "inspect", "quote", "approve", "start")
    do(api, job, a_line(api, job, description="Wipers", unit_price="60", **UNTAXED))
    return job
