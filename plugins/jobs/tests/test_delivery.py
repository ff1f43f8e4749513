"""A vehicle is handed over when everything approved is invoiced, and paid, or owed within what is allowed."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.testing.api import Api

from .billing_jobs import credited, invoiced, paid
from .opening import WAY, a_customer, a_job, a_line, approve, moved

WORK = {"unit_price": "300.00", "tax_rate": "0"}


@pytest.fixture
def job(api: Api) -> dict[str, Any]:
    """A job of 300.00 that is ready for delivery, of a customer who may owe 500.00."""
    job = a_job(api, customer_id=a_customer(api, credit_limit="500.00"))
    a_line(api, job, **WORK)
    approve(api, job)
    return moved(api, job, *WAY[:7])


def unmet(api: Api, job: dict[str, Any], action: str = "deliver") -> list[str]:
    refused = api.post(f"/v1/jobs/{job['id']}/transitions", {"action": action}, expect=409).error
    return [reason["message"] for reason in refused["details"]["unmet"]]


def deliver(api: Api, job: dict[str, Any]) -> str:
    done = api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "deliver"}, expect=200).data
    return str(done["status"])


def test_paid_in_full_it_is_handed_over(api: Api, job: dict[str, Any]) -> None:
    staff = api.as_role("staff")
    assert unmet(staff, job) == ["The job needs an issued invoice"]
    invoiced(api, job)
    assert unmet(staff, job) == ["300.00 of the invoice is not paid, and your role may not deliver on credit"]
    paid(api, job, "299.99")
    assert unmet(staff, job)[0].startswith("0.01 of the invoice is not paid")
    paid(api, job, "0.01")
    assert deliver(staff, job) == "completed"


def test_what_is_approved_is_invoiced_first(api: Api, job: dict[str, Any]) -> None:
    invoiced(api, job)
    paid(api, job, "300.00")
    a_line(api, job, description="Wipers", unit_price="40", tax_rate="0", status="done")
    approve(api, job)
    assert unmet(api, job) == ["Of what was approved 40.00 is not invoiced yet"]
    invoiced(api, job)
    paid(api, job, "40.00")
    assert deliver(api, job) == "completed"


def test_what_was_taken_back_in_full_is_no_invoice(api: Api, job: dict[str, Any]) -> None:
    invoiced(api, job)
    credited(api, job)
    assert unmet(api, job) == ["The job needs an issued invoice"]


def test_on_credit_it_takes_the_permission_and_the_limit(api: Api, job: dict[str, Any]) -> None:
    manager = api.as_role("manager")
    invoiced(api, job)
    other = a_job(api, customer_id=job["customer_id"])
    a_line(api, other, unit_price="200.01", tax_rate="0")
    approve(api, other)
    invoiced(api, other)
    assert unmet(manager, job) == [
        "300.00 of the invoice is not paid; with it the customer owes 500.01, the credit limit is 500.00"
    ]
    paid(api, other, "0.01")
    assert "may not deliver on credit" in unmet(api.as_role("staff"), job)[0]
    assert deliver(manager, job) == "completed"


def test_credit_of_the_customer_counts_against_what_is_owed(api: Api, job: dict[str, Any]) -> None:
    other = a_job(api, customer_id=job["customer_id"])
    paid(api, other, "250.00")
    a_line(api, other, unit_price="450.00", tax_rate="0")
    approve(api, other)
    invoiced(api, other)
    invoiced(api, job)
    assert deliver(api.as_role("manager"), job) == "completed"


def test_what_the_insurer_owes_keeps_nobody_waiting(api: Api) -> None:
    insurer = a_customer(api, name="Delta Insurance", kind="company")
    job = a_job(api, payer_type="insurance", insurance_payer_id=insurer, deductible="50.00")
    a_line(api, job, insurance_percent="100", **WORK)
    approve(api, job)
    job = moved(api, job, *WAY[:7])
    invoiced(api, job)
    staff = api.as_role("staff")
    assert unmet(staff, job)[0].startswith("50.00 of the invoice is not paid")
    paid(api, job, "50.00")
    assert deliver(staff, job) == "completed"


def added(api: Api, job: dict[str, Any], **over: Any) -> dict[str, Any]:
    """Wipers for 40.00, approved when everything else was done."""
    line = a_line(api, job, description="Wipers", unit_price="40", tax_rate="0", **over)
    approve(api, job)
    return line


def test_what_was_approved_late_is_done_before_it_is_handed_over(api: Api, job: dict[str, Any]) -> None:
    line = added(api, job)
    invoiced(api, job)
    paid(api, job, "340.00")
    assert unmet(api, job) == ["1 of the service lines is not done"]
    api.patch(f"/v1/jobs/{job['id']}/lines/{line['id']}", {"status": "done"})
    assert deliver(api, job) == "completed"


def test_what_is_taken_up_after_the_delivery_is_done_and_invoiced_before_it_is_closed(
    api: Api, job: dict[str, Any]
) -> None:
    invoiced(api, job)
    paid(api, job, "300.00")
    line = added(api, job)
    where = f"/v1/jobs/{job['id']}/lines/{line['id']}"
    api.patch(where, {"status": "cancelled"})
    deliver(api, job)
    api.patch(where, {"status": "open"})
    assert unmet(api, job, "close") == [
        "1 of the service lines is not done", "Of what was approved 40.00 was never invoiced",
    ]  # fmt: skip
    api.patch(where, {"status": "done"})
    invoiced(api, job)
    assert moved(api, job, "close")["status"] == "closed"


def test_what_was_taken_back_after_the_delivery_need_not_be_invoiced_again_to_close_it(
    api: Api, job: dict[str, Any]
) -> None:
    invoiced(api, job)
    paid(api, job, "300.00")
    deliver(api, job)
    credited(api, job)
    assert moved(api, job, "close")["status"] == "closed"


def test_what_is_invoiced_is_dropped_only_when_it_was_taken_back(api: Api, job: dict[str, Any]) -> None:
    line = added(api, job, status="done")
    (invoice,) = invoiced(api, job)
    where = f"/v1/jobs/{job['id']}/lines/{line['id']}"
    refused = api.patch(where, {"status": "cancelled"}, expect=409).error
    assert refused["message"] == f"This stands on {invoice['number']}: take it back there with a credit note first."
    assert refused["details"] == {"reason": "invoiced", "invoices": [invoice["number"]]}
    assert api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"] == "340.00"
    on_it = api.get(f"/v1/jobs/{job['id']}/invoices/{invoice['id']}/lines").data
    (its,) = [one["id"] for one in on_it if one["source_line_id"] == line["id"]]
    credited(api, job, lines=[{"line_id": its, "amount": "39.99"}])
    api.patch(where, {"status": "cancelled"}, expect=409)
    credited(api, job, lines=[{"line_id": its, "amount": "0.01"}])
    assert api.patch(where, {"status": "cancelled"}).data["status"] == "cancelled"
    balance = api.get(f"/v1/invoices/{invoice['id']}").data["balance"]
    assert balance == api.get(f"/v1/jobs/{job['id']}").data["totals"]["total"] == "300.00"
