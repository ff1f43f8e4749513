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


def unmet(api: Api, job: dict[str, Any]) -> list[str]:
    refused = api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "deliver"}, expect=409).error
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
