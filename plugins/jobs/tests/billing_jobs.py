"""Jobs with approved work, and their invoices and payments, as tests want them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jemeti_platform.testing.api import Api

from .opening import a_customer, a_job, a_line, approve

FIGURES = ("taxable", "tax", "total")


def approved_job(api: Api, *lines: dict[str, Any], **over: Any) -> dict[str, Any]:
    """A job with these lines approved by word; without any with one of 1,150.00."""
    job = a_job(api, **over)
    for line in lines or ({"tax_rate": "15"},):
        a_line(api, job, **line)
    return approve(api, job)


def insured_job(api: Api, *lines: dict[str, Any], **over: Any) -> dict[str, Any]:
    insurer = a_customer(api, name="Delta Insurance", kind="company")
    return approved_job(api, *lines, payer_type="insurance", insurance_payer_id=insurer, **over)


def invoiced(api: Api, job: dict[str, Any], expect: int = 201, **wish: Any) -> Any:
    reply = api.post(f"/v1/jobs/{job['id']}/invoices", wish, expect=expect)
    return reply.data if expect == 201 else reply.error


def paid(api: Api, job: dict[str, Any], amount: str, expect: int = 201, **wish: Any) -> Any:
    account = api.get("/v1/payment-accounts", params={"kind": "cash"}).data[0]["id"]
    body = {"payment_account_id": account, "amount": amount, **wish}
    reply = api.post(f"/v1/jobs/{job['id']}/payments", body, expect=expect)
    return reply.data if expect == 201 else reply.error


def credited(api: Api, job: dict[str, Any], expect: int = 201, **wish: Any) -> Any:
    reply = api.post(f"/v1/jobs/{job['id']}/credit-notes", {"reason": "So it is", **wish}, expect=expect)
    return reply.data if expect == 201 else reply.error


def added_up(documents: list[dict[str, Any]]) -> dict[str, str]:
    return {name: f"{sum(Decimal(one[name]) for one in documents):f}" for name in FIGURES}
