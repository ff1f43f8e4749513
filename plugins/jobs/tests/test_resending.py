"""A quotation is sent again as it is: no new revision, the link that leads there now, the address of today."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import pytest

from jemeti_platform.testing.api import Api
from plugins.jobs import settings

from .opening import moved
from .quoting import a_job, a_quotation, decide, sent

PATH = "/v1/jobs/quotations"
TEMPLATE = "jobs.quotation.sent"


@pytest.fixture
def quotation(api: Api) -> dict[str, Any]:
    """One that was sent to somebody with an address."""
    job = a_job(api)
    api.patch(f"/v1/crm/customers/{job['customer_id']}", {"email": "rahim@mail.example"})
    return sent(api, a_quotation(api, job=job))


def resend(api: Api, quotation: dict[str, Any], expect: int = 200) -> Any:
    reply = api.post(f"{PATH}/{quotation['id']}/resend", {}, expect=expect)
    return reply.data if expect == 200 else reply.error


def messages(api: Api) -> list[dict[str, Any]]:
    found = api.get("/v1/messages", params={"template": TEMPLATE, "sort": "created_at"}).data
    return [api.get(f"/v1/messages/{one['id']}").data for one in found]


def test_it_goes_to_the_address_of_today_with_the_link_of_today(
    api: Api, quotation: dict[str, Any], run_jobs: Any
) -> None:
    run_jobs(failing=True)
    before = api.get(f"{PATH}/{quotation['id']}").data
    api.patch(f"/v1/crm/customers/{quotation['customer_id']}", {"email": "new@mail.example"})
    url = api.post(f"{PATH}/{quotation['id']}/link", {}).data["url"]
    shown = resend(api, quotation)
    run_jobs(failing=True)
    first, again = messages(api)
    assert (first["recipient"], again["recipient"]) == ("rahim@mail.example", "new@mail.example")
    assert url in again["text"]
    assert url not in first["text"]
    assert {name: shown[name] for name in ("reference", "status", "sent_at", "totals", "lines")} == {
        name: before[name] for name in ("reference", "status", "sent_at", "totals", "lines")
    }


def test_it_happens_once_for_one_key(api: Api, quotation: dict[str, Any], run_jobs: Any) -> None:
    key = {"Idempotency-Key": str(uuid4())}
    for _ in range(2):
        api.post(f"{PATH}/{quotation['id']}/resend", {}, headers=key, expect=200)
    run_jobs(failing=True)
    assert len(messages(api)) == 2  # when it was sent, and again


def test_what_waits_for_nobody_is_not_sent_again(
    api: Api, quotation: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert resend(api, a_quotation(api), 409)["details"]["reason"] == "state"
    decide(api, quotation, *["approved"] * len(quotation["lines"]))
    assert resend(api, quotation, 409)["message"].startswith("This quotation is approved")
    monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)
    assert resend(api, sent(api, a_quotation(api)), 409)["message"].startswith("This quotation is expired")
    api.post(f"{PATH}/{uuid4()}/resend", {}, expect=404)


def test_of_a_job_that_is_over_nothing_is_sent_again_nor_asked_for(api: Api, quotation: dict[str, Any]) -> None:
    path = urlsplit(api.get(f"{PATH}/{quotation['id']}/link").data["url"]).path
    assert "Waiting for your decision" in api.anonymous.get(path, headers={"Accept": "*/*"}).text
    moved(api, {"id": quotation["job_id"]}, "cancel")
    assert resend(api, quotation, 409)["message"].startswith("The vehicle has left, or the job is cancelled")
    page = api.anonymous.get(path, headers={"Accept": "*/*"}).text
    assert "No longer open" in page
    assert "Waiting for your decision" not in page
    assert "Tell us what we should do" not in page


def test_with_a_revoked_link_nothing_is_sent(api: Api, quotation: dict[str, Any], run_jobs: Any) -> None:
    run_jobs(failing=True)
    api.delete(f"{PATH}/{quotation['id']}/link", expect=204)
    assert resend(api, quotation, 409)["details"]["reason"] == "link_revoked"
    api.post(f"{PATH}/{quotation['id']}/link", {})
    resend(api, quotation)
    assert len(messages(api)) == 2


def test_where_nobody_can_be_written_to_that_is_said(api: Api, quotation: dict[str, Any]) -> None:
    api.patch(f"/v1/crm/customers/{quotation['customer_id']}", {"email": None, "phone": None})
    assert resend(api, quotation, 409)["details"]["reason"] == "nobody_to_write_to"
    api.patch(f"/v1/message-templates/{TEMPLATE}", {"enabled": False})
    assert resend(api, quotation, 409)["details"]["reason"] == "message_off"


def test_who_may_not_send_may_not_send_again(api: Api, quotation: dict[str, Any]) -> None:
    api.as_role("viewer").post(f"{PATH}/{quotation['id']}/resend", {}, expect=403)
