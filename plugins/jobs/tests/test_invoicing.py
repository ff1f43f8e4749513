"""What was approved is invoiced, once, at what it was approved at."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work

from .billing_jobs import added_up, approved_job, credited, insured_job, invoiced, paid
from .opening import a_customer, a_job, a_line, approve
from .quoting import a_quotation, decide, sent


def balance(api: Api, invoice: dict[str, Any]) -> str:
    found: str = api.get(f"/v1/invoices/{invoice['id']}").data["balance"]
    return found


class TestInvoices:
    def test_an_invoice_is_what_was_approved(self, api: Api) -> None:
        job = approved_job(api, {"quantity": "1.5", "unit_price": "99.99", "tax_rate": "15"}, {"tax_rate": "7.5"})
        a_line(api, job, description="Not asked for yet")
        (made,) = invoiced(api, job)
        assert {name: made[name] for name in job["totals"]} == job["totals"]
        assert (made["customer_id"], made["source_type"], made["source_id"]) == (
            job["customer_id"], "jobs.job", job["id"],
        )  # fmt: skip
        lines = api.get(f"/v1/jobs/{job['id']}/invoices/{made['id']}/lines").data
        assert [line["source_line_id"] for line in lines] == [line["id"] for line in job["lines"]]
        assert api.get(f"/v1/jobs/{job['id']}/invoices").data[0]["id"] == made["id"]
        assert api.get(f"/v1/jobs/{job['id']}/invoices/{made['id']}").data == api.get(f"/v1/invoices/{made['id']}").data

    def test_a_tax_rate_that_changes_changes_nothing_that_was_approved(self, api: Api, work: Work) -> None:
        before, since = (str(work.today() - timedelta(days=ago)) for ago in (9, 1))
        body = {"name": "Levy", "code": "levy", "rate": "10", "valid_from": before}
        rate = api.post("/v1/tax-rates", body, expect=201).data["id"]
        by_word = approved_job(api, {"tax_rate_id": rate})
        quoted = a_quotation(api, {"kind": "part", "description": "Pads", "unit_price": "500", "tax_rate_id": rate})
        decide(api, sent(api, quoted), "approved")
        revised = {"rate": "20", "valid_from": since}
        api.post(f"/v1/tax-rates/{rate}/versions", revised, expect=201)
        for identity, total in ((by_word["id"], "1100.00"), (quoted["job_id"], "550.00")):
            a_line(api, {"id": identity}, description="Something else")  # has the job reckoned anew
            job = api.get(f"/v1/jobs/{identity}").data
            assert job["totals"]["total"] == total
            assert [float(tax["rate"]) for tax in job["tax_lines"]] == [10]
            (made,) = invoiced(api, job)
            assert made["total"] == total
            assert [float(tax["rate"]) for tax in made["tax_lines"]] == [10]

    def test_work_is_invoiced_once_and_an_amendment_in_a_further_invoice(self, api: Api) -> None:
        job = approved_job(api)
        (first,) = invoiced(api, job)
        assert invoiced(api, job, 409)["details"]["reason"] == "nothing_to_invoice"
        a_line(api, job, description="Discs", tax_rate="15", unit_price="200")
        approve(api, job)
        (second,) = invoiced(api, job)
        assert (first["total"], second["total"]) == ("1150.00", "230.00")
        assert [one["id"] for one in api.get(f"/v1/jobs/{job['id']}/invoices", params={"sort": "number"}).data] == [
            first["id"], second["id"],
        ]  # fmt: skip

    def test_what_is_named_is_invoiced_and_nothing_else(self, api: Api) -> None:
        job = approved_job(api, {"unit_price": "100"}, {"unit_price": "200"})
        (made,) = invoiced(api, job, line_ids=[job["lines"][1]["id"]])
        assert made["subtotal"] == "200.00"
        assert [one["invoiced"] for one in api.get(f"/v1/jobs/{job['id']}").data["lines"]] == [False, True]
        assert api.get(f"/v1/jobs/{job['id']}/lines/{job['lines'][1]['id']}").data["invoiced"] is True
        refused = invoiced(api, job, 400, line_ids=[job["lines"][1]["id"]])
        assert refused["details"][0]["field"] == "line_ids"
        assert invoiced(api, job, 400, part_ids=[str(uuid4())])["details"][0]["field"] == "part_ids"
        (rest,) = invoiced(api, job)
        assert rest["subtotal"] == "100.00"

    def test_what_is_taken_back_in_full_may_be_invoiced_again_and_what_is_let_off_may_not(self, api: Api) -> None:
        job = approved_job(api, {"unit_price": "100"}, {"unit_price": "200"})
        (wrong,) = invoiced(api, job)
        line = api.get(f"/v1/jobs/{job['id']}/invoices/{wrong['id']}/lines").data[0]
        credited(api, job, lines=[{"line_id": line["id"]}])
        assert invoiced(api, job, 409)["details"]["reason"] == "nothing_to_invoice"
        api.post(f"/v1/invoices/{wrong['id']}/credit-notes", {"reason": "Another address"}, expect=201)
        (right,) = invoiced(api, job)
        assert right["subtotal"] == "300.00"

    def test_an_invoice_of_another_job_is_not_there(self, api: Api) -> None:
        job, other = approved_job(api), approved_job(api)
        (made,) = invoiced(api, other)
        note = credited(api, other, invoice_id=made["id"])
        for path in (f"invoices/{made['id']}", f"invoices/{made['id']}/lines", f"credit-notes/{note['id']}"):
            api.get(f"/v1/jobs/{job['id']}/{path}", expect=404)
        assert credited(api, job, 400, invoice_id=made["id"])["details"][0]["field"] == "invoice_id"
        for word in ("invoices", "payments", "credit-notes"):
            assert api.get(f"/v1/jobs/{job['id']}/{word}").data == []
            api.get(f"/v1/jobs/{uuid4()}/{word}", expect=404)

    def test_without_its_feature_nothing_is_invoiced(self, api: Api, tenant: TestWorkspace) -> None:
        job = approved_job(api)
        tenant.set_feature("jobs.payments", "off")
        assert invoiced(api, job, 402)["details"]["feature"] == "jobs.payments"

    def test_one_key_makes_one_set_of_invoices(self, api: Api) -> None:
        job = approved_job(api)
        key = {"Idempotency-Key": str(uuid4())}
        first, again = (api.post(f"/v1/jobs/{job['id']}/invoices", {}, headers=key, expect=201).data for _ in range(2))
        assert first == again


class TestInsurance:
    def test_customer_and_insurer_together_are_the_job(self, api: Api) -> None:
        job = insured_job(
            api,
            {"unit_price": "1000", "tax_rate": "15", "insurance_percent": "80"},
            {"unit_price": "333.33", "tax_rate": "7.5", "insurance_percent": "50"},
            {"unit_price": "50", "tax_rate": "15"},
            deductible="100.00",
        )
        mine, theirs = invoiced(api, job)
        assert (mine["customer_id"], theirs["customer_id"]) == (job["customer_id"], job["insurance_payer_id"])
        assert added_up([mine, theirs]) == {name: job["totals"][name] for name in ("taxable", "tax", "total")}
        # 80 % of 1150.00, and 166.67 + 12.50 of 333.33 + 25.00, less 100.00
        assert theirs["total"] == "999.17"

    def test_the_insurer_pays_up_to_the_limit_over_all_invoices(self, api: Api) -> None:
        line = {"unit_price": "1000", "tax_rate": "0", "insurance_percent": "100"}
        job = insured_job(api, line, deductible="300.00", pre_auth_limit="1200.00")
        mine, theirs = invoiced(api, job)
        assert (mine["total"], theirs["total"]) == ("300.00", "700.00")
        a_line(api, job, **line)
        approve(api, job)
        mine, theirs = invoiced(api, job)
        assert (mine["total"], theirs["total"]) == ("500.00", "500.00")

    def test_what_is_covered_whole_is_no_invoice_for_the_customer(self, api: Api) -> None:
        job = insured_job(api, {"insurance_percent": "100"})
        (only,) = invoiced(api, job)
        assert only["customer_id"] == job["insurance_payer_id"]
        job = insured_job(api, {})
        (only,) = invoiced(api, job)
        assert only["customer_id"] == job["customer_id"]

    @pytest.mark.parametrize(
        ("locale", "mine", "theirs"),
        [
            ("en-IN", "Share of the customer in 2.5 × 1,00,000.00", "Share of the insurance in 2.5 × 1,00,000.00"),
            ("de-DE", "Anteil des Kunden an 2,5 × 100.000,00", "Anteil der Versicherung an 2,5 × 100.000,00"),
            ("bn-BD", "২.৫ × ১,০০,০০০.০০-এর মধ্যে গ্রাহকের অংশ", "২.৫ × ১,০০,০০০.০০-এর মধ্যে বিমার অংশ"),
            ("ar-EG", "حصة العميل من \u2066٢٫٥ × ١٠٠٬٠٠٠٫٠٠\u2069", "حصة التأمين من \u2066٢٫٥ × ١٠٠٬٠٠٠٫٠٠\u2069"),
        ],
    )
    def test_a_share_is_told_as_the_workspace_writes(self, api: Api, locale: str, mine: str, theirs: str) -> None:
        api.patch("/v1/workspace", {"locale": locale})
        job = insured_job(api, {"quantity": "2.5", "unit_price": "100000", "insurance_percent": "60"})
        for invoice, said in zip(invoiced(api, job), (mine, theirs), strict=True):
            (line,) = api.get(f"/v1/invoices/{invoice['id']}/lines").data
            assert line["detail"] == said

    def test_work_is_free_again_when_both_are_taken_back(self, api: Api) -> None:
        job = insured_job(api, {"tax_rate": "0", "insurance_percent": "60"}, deductible="50.00")
        mine, theirs = invoiced(api, job)
        assert credited(api, job, 400)["details"][0]["field"] == "invoice_id"
        credited(api, job, invoice_id=theirs["id"])
        assert invoiced(api, job, 409)["details"]["reason"] == "nothing_to_invoice"
        credited(api, job)
        again = invoiced(api, job)
        assert [one["total"] for one in again] == [mine["total"], theirs["total"]]


class TestPayments:
    def test_money_settles_the_oldest_and_what_is_over_is_credit_for_the_next(self, api: Api) -> None:
        job = approved_job(api, {"unit_price": "100", "tax_rate": "0"}, {"unit_price": "200", "tax_rate": "0"})
        (first,) = invoiced(api, job, line_ids=[job["lines"][0]["id"]])
        (second,) = invoiced(api, job)
        made = paid(api, job, "350.00")
        assert (made["allocated"], made["credit"], made["customer_id"]) == ("300.00", "50.00", job["customer_id"])
        assert (balance(api, first), balance(api, second)) == ("0.00", "0.00")
        ledger = api.get(f"/v1/crm/customers/{job['customer_id']}/ledger").meta
        assert ledger["unallocated_credit"] == "50.00"
        a_line(api, job, unit_price="80", tax_rate="0")
        approve(api, job)
        (third,) = invoiced(api, job, use_credit=True)
        assert third["balance"] == "30.00"

    def test_a_deposit_is_the_jobs_and_settles_its_invoice(self, api: Api) -> None:
        job = approved_job(api, {"unit_price": "100", "tax_rate": "0"})
        deposit = paid(api, job, "60.00")
        assert api.get(f"/v1/jobs/{job['id']}/payments").data[0]["id"] == deposit["id"]
        (made,) = invoiced(api, job)
        where = f"/v1/jobs/{job['id']}/invoices/{made['id']}/use-credit"
        assert api.post(where, {}, expect=200).data["balance"] == "40.00"

    def test_a_payment_is_split_as_said(self, api: Api) -> None:
        job = insured_job(api, {"tax_rate": "0", "insurance_percent": "60"})
        mine, theirs = invoiced(api, job)
        split = [{"invoice_id": theirs["id"], "amount": "100.00"}, {"invoice_id": mine["id"], "amount": "50.00"}]
        made = paid(api, job, "150.00", allocations=split)
        assert (balance(api, mine), balance(api, theirs)) == ("350.00", "500.00")
        assert made["credit"] == "0.00"
        whole = paid(api, job, "500.00", customer_id=job["insurance_payer_id"])
        assert (whole["allocated"], balance(api, theirs)) == ("500.00", "0.00")

    def test_an_invoice_of_another_job_is_not_settled(self, api: Api) -> None:
        job, other = approved_job(api), approved_job(api)
        (strange,) = invoiced(api, other)
        refused = paid(api, job, "10.00", 400, allocations=[{"invoice_id": strange["id"]}])
        assert [problem["field"] for problem in refused["details"]] == ["allocations.0.invoice_id"]

    def test_what_settles_nothing_can_be_given_back(self, api: Api) -> None:
        job = approved_job(api, {"unit_price": "100", "tax_rate": "0"})
        (made,) = invoiced(api, job)
        payment = paid(api, job, "130.00")
        where = f"/v1/jobs/{job['id']}/payments/{payment['id']}/refunds"
        assert api.post(where, {"reason": "Paid too much"}, expect=201).data["credit"] == "0.00"
        assert [back["amount"] for back in api.get(where).data] == ["30.00"]
        assert api.post(where, {"reason": "Once more"}, expect=409).error["details"]["reason"] == "more_than_credit"
        credited(api, job)
        assert api.get(f"/v1/jobs/{job['id']}/payments/{payment['id']}").data["credit"] == "100.00"
        assert balance(api, made) == "0.00"


class TestCreditNotes:
    def test_never_more_than_was_invoiced_less_what_was_taken_back(self, api: Api) -> None:
        job = approved_job(api, {"quantity": "3", "unit_price": "100"})
        (made,) = invoiced(api, job)
        (line,) = api.get(f"/v1/jobs/{job['id']}/invoices/{made['id']}/lines").data
        note = credited(api, job, lines=[{"line_id": line["id"], "quantity": "2"}])
        assert note["taxable"] == "200.00"
        refused = credited(api, job, 409, lines=[{"line_id": line["id"], "quantity": "2"}])
        assert refused["details"]["reason"] == "more_than_invoiced"
        assert refused["message"] == "Of this line 1 is left to take back"
        credited(api, job)
        assert credited(api, job, 409)["details"]["reason"] == "nothing_left"
        assert len(api.get(f"/v1/jobs/{job['id']}/credit-notes").data) == 2
        assert len(api.get(f"/v1/jobs/{job['id']}/credit-notes/{note['id']}/lines").data) == 1

    def test_who_names_no_line_takes_back_none(self, api: Api) -> None:
        job = approved_job(api)
        (made,) = invoiced(api, job)
        assert credited(api, job, 400, lines=[])["details"][0]["field"] == "lines"
        path = f"/v1/invoices/{made['id']}/credit-notes"
        assert api.post(path, {"reason": "No", "lines": []}, expect=400).error["details"][0]["field"] == "lines"
        assert balance(api, made) == "1150.00"

    def test_the_office_takes_nothing_back(self, api: Api) -> None:
        job = approved_job(api)
        invoiced(api, job)
        staff = api.as_role("staff")
        refused = staff.post(f"/v1/jobs/{job['id']}/credit-notes", {"reason": "Why not"}, expect=403).error
        assert refused["details"]["permission"] == "jobs.payments:refund"


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "x"])
def test_an_amount_that_is_none_is_named(api: Api, amount: str) -> None:
    job = approved_job(api)
    assert paid(api, job, amount, 400)["details"][0]["field"] == "amount"


def test_the_customer_of_a_job_without_approved_work_is_not_invoiced(api: Api) -> None:
    job = a_job(api, customer_id=a_customer(api))
    a_line(api, job)
    assert invoiced(api, job, 409)["details"]["reason"] == "nothing_to_invoice"


def test_deductible_and_limit_are_no_finer_than_the_currency(api: Api) -> None:
    """Otherwise nobody could invoice the job, and whoever tries would be told of a field that is not theirs."""
    api.patch("/v1/workspace", {"currency": "JPY"}, expect=200)
    insurer = a_customer(api, name="Delta Insurance", kind="company")
    insured = {"customer_id": a_customer(api), "payer_type": "insurance", "insurance_payer_id": insurer}
    fine = {"deductible": "0.50", "pre_auth_limit": "9.25"}
    faults = api.post("/v1/jobs", {**insured, **fine}, expect=400).error["details"]
    assert {fault["field"] for fault in faults} == set(fine)
    api.post("/v1/jobs", {**insured, "deductible": "50", "pre_auth_limit": "900.00"}, expect=201)
