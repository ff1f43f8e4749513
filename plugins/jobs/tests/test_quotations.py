"""Quotations: priced, sent and frozen, revised, expired, decided on line by line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.jobs.decisions import content_hash

from .quoting import FEE, LABOUR, PART, a_job, a_quotation, decide, sent

PATH = "/v1/jobs/quotations"
_SURPRISE = (
    "INSERT INTO jobs_quotation_lines (id, quotation_id, kind, description)"
    " VALUES (gen_random_uuid(), %(id)s, 'fee', 'Surprise')"
)


def test_a_quotation_is_priced_as_billing_prices(api: Api) -> None:
    made = a_quotation(api)
    assert made["number"].startswith("QUO-")
    assert made["reference"] == f"{made['number']} r1"
    assert made["status"] == "draft"
    totals = {name: Decimal(value) for name, value in made["totals"].items()}
    assert totals["subtotal"] == Decimal("8200.00")
    assert totals["total"] == totals["taxable"] + totals["tax"] == sum(Decimal(line["total"]) for line in made["lines"])
    assert Decimal(made["lines"][1]["tax"]) > 0
    assert Decimal(made["lines"][2]["tax"]) == 0


def test_what_was_sent_does_not_change(api: Api, tenant: TestWorkspace) -> None:
    quotation = sent(api, a_quotation(api))
    assert quotation["status"] == "sent"
    assert quotation["valid_until"] is not None
    refused = api.patch(f"{PATH}/{quotation['id']}", {"note": "cheaper"}, expect=409)
    assert refused.error["details"]["reason"] == "state"
    line = quotation["lines"][0]["id"]
    for statement, values in (
        ("UPDATE jobs_quotations SET note = 'cheaper' WHERE id = %(id)s", {"id": quotation["id"]}),
        ("UPDATE jobs_quotations SET total = 1 WHERE id = %(id)s", {"id": quotation["id"]}),
        ("UPDATE jobs_quotations SET status = 'draft' WHERE id = %(id)s", {"id": quotation["id"]}),
        ("UPDATE jobs_quotations SET sent_at = NULL, expires_at = NULL WHERE id = %(id)s", {"id": quotation["id"]}),
        ("UPDATE jobs_quotation_lines SET unit_price = 1 WHERE id = %(id)s", {"id": line}),
        ("DELETE FROM jobs_quotation_lines WHERE id = %(id)s", {"id": line}),
        (_SURPRISE, {"id": quotation["id"]}),
    ):
        with pytest.raises(psycopg.Error, match=r"was sent|draft_is_unsent"), tenant.work() as work:
            work.write(Statement(statement)(**values))
    assert api.get(f"{PATH}/{quotation['id']}").data == quotation


def test_the_negative_control_a_draft_takes_the_same_statements(api: Api, tenant: TestWorkspace) -> None:
    quotation = a_quotation(api)
    with tenant.work() as work:
        work.write(
            Statement("UPDATE jobs_quotations SET note = 'cheaper' WHERE id = %(id)s")(id=quotation["id"]),
            Statement("DELETE FROM jobs_quotation_lines WHERE quotation_id = %(id)s")(id=quotation["id"]),
        )
    shown = api.get(f"{PATH}/{quotation['id']}").data
    assert (shown["note"], shown["lines"]) == ("cheaper", [])


def test_a_draft_is_rewritten_as_a_whole(api: Api) -> None:
    quotation = a_quotation(api)
    changed = api.patch(f"{PATH}/{quotation['id']}", {"lines": [FEE]}).data
    assert [line["description"] for line in changed["lines"]] == ["Disposal"]
    assert changed["totals"]["total"] == "50.00"


@pytest.mark.parametrize(
    ("line", "field"),
    [
        ({"kind": "labour", "unit_price": "1"}, "lines.0.description"),
        ({"kind": "labour", "description": "Something"}, "lines.0.unit_price"),
        ({**LABOUR, "service_id": "01990000-0000-7000-8000-000000000000"}, "lines.0.service_id"),
        ({**LABOUR, "declined_work_id": "01990000-0000-7000-8000-000000000000"}, "lines.0.declined_work_id"),
        ({**LABOUR, "discount_amount": "100000"}, "lines.0.discount_amount"),
    ],
)
def test_a_line_that_cannot_be_is_named(api: Api, line: dict[str, Any], field: str) -> None:
    body = {"job_id": a_job(api)["id"], "lines": [line]}
    assert api.post(PATH, body, expect=400).error["details"][0]["field"] == field


def test_a_product_is_refused_where_nobody_keeps_stock(api: Api, platform: Platform) -> None:
    from plugins.jobs.contract import Parts

    assert Parts not in platform.ports
    line = {**PART, "product_id": "01990000-0000-7000-8000-000000000000"}
    refused = api.post(PATH, {"job_id": a_job(api)["id"], "lines": [line]}, expect=409)
    assert refused.error["details"]["reason"] == "no_inventory"


def test_the_catalogue_fills_what_a_line_leaves_out(api: Api) -> None:
    service = api.post("/v1/jobs/services", {"name": "Oil change", "price": "500"}, expect=201).data
    (line,) = a_quotation(api, {"service_id": service["id"]})["lines"]
    assert (line["description"], line["quantity"], line["unit_price"]) == ("Oil change", "1.000", "500.00")


def test_an_empty_quotation_is_not_sent(api: Api) -> None:
    made = api.post(PATH, {"job_id": a_job(api)["id"]}, expect=201).data
    refused = api.post(f"{PATH}/{made['id']}/transitions", {"action": "send"}, expect=409)
    assert [reason["guard"] for reason in refused.error["details"]["unmet"]] == ["has_lines"]


def test_approved_lines_become_the_job_and_declined_ones_are_kept(api: Api) -> None:
    job = a_job(api)
    quotation = sent(api, a_quotation(api, job=job))
    decided = decide(api, quotation, "approved", "approved", "declined").data
    assert decided["status"] == "partially_approved"
    assert [line["decision"] for line in decided["lines"]] == ["approved", "approved", "declined"]
    shown = api.get(f"/v1/jobs/{job['id']}").data
    assert [(line["description"], line["approval"]) for line in shown["lines"]] == [(LABOUR["description"], "approved")]
    assert [(part["description"], part["approval"]) for part in shown["parts"]] == [(PART["description"], "approved")]
    both = sum(Decimal(line["total"]) for line in decided["lines"][:2])
    assert Decimal(shown["totals"]["total"]) == both
    (kept,) = api.get("/v1/jobs/declined-work", params={"vehicle_id": job["vehicle_id"]}).data
    assert (kept["description"], kept["status"]) == ("Disposal", "open")


def test_an_approval_record_says_exactly_what_was_approved(api: Api, tenant: TestWorkspace) -> None:
    quotation = sent(api, a_quotation(api))
    decide(api, quotation, "approved", name="Rahima Begum", channel="in_person")
    (record,) = api.get(f"{PATH}/{quotation['id']}/decisions").data
    assert (record["name"], record["channel"], record["revision"]) == ("Rahima Begum", "in_person", 1)
    assert record["address"]
    (line,) = record["decisions"]
    assert {line[name] == quotation["lines"][0][name] for name in ("quantity", "unit_price", "total")} == {True}
    assert line["line_id"] == quotation["lines"][0]["id"]
    told = (quotation["number"], 1, quotation["currency"])
    assert record["content_hash"] == content_hash(*told, record["decisions"])
    assert record["content_hash"] != content_hash(*told, [{**line, "total": "0.01"}])
    for verb in ("UPDATE jobs_approvals SET name = 'Somebody'", "DELETE FROM jobs_quotation_decisions"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), tenant.work() as work:
            work.write(Statement(verb)())


def test_a_line_is_decided_on_once(api: Api) -> None:
    quotation = sent(api, a_quotation(api))
    assert decide(api, quotation, "approved").data["status"] == "partially_approved"
    refused = decide(api, quotation, "declined", expect=409)
    assert refused.error["details"] == {"reason": "decided", "lines": [quotation["lines"][0]["id"]]}
    assert decide(api, quotation, "", "approved", "approved").data["status"] == "approved"


@pytest.mark.parametrize(("decision", "status"), [("approved", "approved"), ("declined", "rejected")])
def test_what_all_lines_are_the_quotation_is(api: Api, decision: str, status: str) -> None:
    quotation = sent(api, a_quotation(api))
    assert decide(api, quotation, *([decision] * 3)).data["status"] == status


def test_nobody_says_approved_without_decisions(api: Api) -> None:
    quotation = sent(api, a_quotation(api))
    for action in ("approve", "approve_partly", "reject", "expire", "supersede"):
        refused = api.post(f"{PATH}/{quotation['id']}/transitions", {"action": action}, expect=409)
        assert refused.error["details"]["unmet"]


def test_a_draft_and_lines_of_another_quotation_are_not_decided_on(api: Api) -> None:
    draft = a_quotation(api)
    assert decide(api, draft, "approved", expect=409).error["details"]["reason"] == "state"
    other = sent(api, a_quotation(api))
    body = {
        "decisions": [{"line_id": draft["lines"][0]["id"], "decision": "approved"}],
        "name": "R",
        "channel": "phone",
    }
    refused = api.post(f"{PATH}/{other['id']}/decisions", body, expect=400)
    assert refused.error["details"][0]["field"] == "decisions.0.line_id"


def test_revising_makes_the_next_revision_of_what_is_open(api: Api) -> None:
    first = sent(api, a_quotation(api))
    decide(api, first, "approved")
    second = api.post(f"{PATH}/{first['id']}/revisions", expect=201).data
    assert (second["number"], second["revision"], second["status"]) == (first["number"], 2, "draft")
    assert second["reference"] == f"{first['number']} r2"
    assert [line["description"] for line in second["lines"]] == [PART["description"], FEE["description"]]
    assert second["supersedes_id"] == first["id"]
    assert api.get(f"{PATH}/{first['id']}").data["status"] == "superseded"
    decide(api, first, "", "approved", expect=409)
    api.post(f"{PATH}/{first['id']}/revisions", expect=409)


def test_the_expired_is_not_approved_even_before_the_task_has_run(
    api: Api, tenant: TestWorkspace, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from plugins.jobs import settings

    monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)
    quotation = sent(api, a_quotation(api))
    assert (quotation["status"], quotation["is_expired"]) == ("sent", True)
    assert decide(api, quotation, "approved", expect=409).error["details"]["reason"] == "expired"
    run_jobs.by_the_clock("jobs.quotations.expire")
    assert api.get(f"{PATH}/{quotation['id']}").data["status"] == "expired"
    assert decide(api, quotation, "approved", expect=409).error["details"]["reason"] == "expired"
    assert api.post(f"{PATH}/{quotation['id']}/revisions", expect=201).data["revision"] == 2


def test_a_worker_whose_clock_is_slow_has_it_expire_all_the_same(
    api: Api, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is late is for the database to say, which chose the late ones: else one such would hold up all others."""
    from plugins.jobs import settings

    monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)
    quotation = sent(api, a_quotation(api))
    monkeypatch.setattr(Work, "now", lambda self: datetime.now(UTC) - timedelta(days=2))
    run_jobs.by_the_clock("jobs.quotations.expire")
    assert api.get(f"{PATH}/{quotation['id']}").data["status"] == "expired"


def test_a_day_that_is_past_is_not_sent(api: Api, work: Any) -> None:
    yesterday = str(work.today() - timedelta(days=1))
    made = a_quotation(api, valid_until=yesterday)
    refused = api.post(f"{PATH}/{made['id']}/transitions", {"action": "send"}, expect=409)
    assert [reason["guard"] for reason in refused.error["details"]["unmet"]] == ["valid"]


def test_an_amendment_adds_to_the_job_after_approval_only(api: Api) -> None:
    job = a_job(api)
    quotation = sent(api, a_quotation(api, LABOUR, job=job))
    body = {"lines": [PART]}
    api.post(f"{PATH}/{quotation['id']}/amendments", body, expect=409)
    decide(api, quotation, "approved")
    before = api.get(f"/v1/jobs/{job['id']}").data
    amendment = api.post(f"{PATH}/{quotation['id']}/amendments", body, expect=201).data
    assert amendment["number"].startswith("AMD-")
    assert (amendment["kind"], amendment["amends_id"]) == ("amendment", quotation["id"])
    decide(api, sent(api, amendment), "approved")
    after = api.get(f"/v1/jobs/{job['id']}").data
    assert [line["id"] for line in after["lines"]] == [line["id"] for line in before["lines"]]
    assert len(after["parts"]) == 1
    assert Decimal(after["totals"]["total"]) == Decimal(before["totals"]["total"]) + Decimal(
        amendment["totals"]["total"]
    )
    (record,) = api.get(f"{PATH}/{amendment['id']}/decisions").data
    assert record["subject_type"] == "amendment"
    (listed,) = api.get(f"{PATH}/{quotation['id']}/amendments").data
    assert listed["id"] == amendment["id"]


def test_the_customer_is_told_of_a_quotation(api: Api, run_jobs: Any) -> None:
    job = a_job(api)
    api.patch(f"/v1/crm/customers/{job['customer_id']}", {"email": "rahim@mail.example"})
    quotation = sent(api, a_quotation(api, job=job))
    run_jobs(failing=True)
    (message,) = api.get("/v1/messages", params={"template": "jobs.quotation.sent"}).data
    shown = api.get(f"/v1/messages/{message['id']}").data
    assert quotation["number"] in str(shown)


def test_the_job_may_be_quoted_once_a_quotation_is_sent(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    api.patch(f"/v1/jobs/{job['id']}", {"odometer_in": 54_000})
    api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "intake"})
    api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "quote"}, expect=409)
    quotation = sent(api, a_quotation(api, job=job))
    with tenant.work() as work:
        move(work, "jobs.job", UUID(job["id"]), "quote")
    decide(api, quotation, "approved")
    assert api.post(f"/v1/jobs/{job['id']}/transitions", {"action": "approve"}).data["status"] == "approved"


@pytest.mark.parametrize("size", [1, 50])
def test_whatever_its_size_a_quotation_takes_the_same_round_trips(api: Api, platform: Platform, size: int) -> None:
    job = a_job(api)
    lines = [{**LABOUR, "description": f"Line {n}"} for n in range(size)]
    with count_round_trips(platform) as creating:
        quotation = a_quotation(api, *lines, job=job)
    where = f"{PATH}/{quotation['id']}"
    api.get(where)
    with count_round_trips(platform) as read:
        api.get(where)
    with count_round_trips(platform) as listed:
        api.get(PATH)
    with count_round_trips(platform) as sending:
        sent(api, quotation)
    with count_round_trips(platform) as deciding:
        decide(api, quotation, *(["approved"] * size))
    assert (creating.count, read.count, listed.count) == (3, 1, 1)
    assert (sending.count, deciding.count) == SENDING_AND_DECIDING


SENDING_AND_DECIDING = (6, 8)
