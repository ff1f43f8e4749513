"""A quotation as its customer sees it: on paper, under a public address, and what proves what was approved."""

from __future__ import annotations

import hashlib
import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
from pypdf import PdfReader

from jemeti_platform.documents import render
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.clocks import where_it_is
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.work import Work
from plugins.jobs import settings
from plugins.jobs.offer.certificate import TYPE
from plugins.jobs.offer.sharing import POLICY

from .opening import a_line, moved
from .quoting import FEE, LABOUR, PART, a_job, a_quotation, decide, sent

PATH = "/v1/jobs/quotations"


def pdf(api: Api, quotation: dict[str, Any]) -> bytes:
    return bytes(api.get(f"{PATH}/{quotation['id']}.pdf", headers={"Accept": "*/*"}).response.body)


def words(content: bytes) -> str:
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(content)).pages).split())


def link(api: Api, quotation: dict[str, Any]) -> str:
    """The path of the public address."""
    return urlsplit(api.get(f"{PATH}/{quotation['id']}/link").data["url"]).path


def public(api: Api, path: str, **more: Any) -> Any:
    return api.anonymous.get(path, headers={"Accept": "*/*"}, **more)


class TestThePaper:
    def test_it_is_kept_as_it_was_sent(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api))
        run_jobs()
        first = pdf(api, quotation)
        assert pdf(api, quotation) == first
        (document,) = api.get("/v1/documents", params={"subject_id": quotation["id"]}).data
        assert (document["type"], document["number"]) == ("quotation", quotation["reference"])
        text = words(first)
        for line in quotation["lines"]:
            assert line["description"] in text
        assert quotation["reference"] in text

    def test_in_the_seconds_before_it_is_issued_it_is_the_same(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api))
        before = pdf(api, quotation)
        run_jobs()
        assert pdf(api, quotation) == before

    def test_decisions_are_on_it_and_what_was_sent_stays(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api))
        run_jobs()
        plain = pdf(api, quotation)
        decide(api, quotation, "approved", "declined")
        marked = words(pdf(api, quotation))
        assert marked.count("Approved") == 2  # the line, and the sum
        assert marked.count("Declined") == 2
        (document,) = api.get("/v1/documents", params={"subject_id": quotation["id"]}).data
        kept = api.get(f"/v1/documents/{document['id']}/pdf", headers={"Accept": "*/*"}).response.body
        assert kept == plain
        assert "Approved" not in words(plain)

    def test_a_draft_has_no_link_on_it(self, api: Api) -> None:
        draft = a_quotation(api)
        assert "/quotation/" not in words(pdf(api, draft))
        assert api.get(f"{PATH}/{draft['id']}/link").data == {"url": None, "revoked_at": None}

    def test_the_worker_may_be_asked_twice(self, api: Api, tenant: TestWorkspace, run_jobs: Any) -> None:
        from plugins.jobs.offer.printout import print_quotation

        quotation = sent(api, a_quotation(api))
        run_jobs()
        with tenant.work() as work:
            print_quotation(work, UUID(quotation["id"]))
        assert len(api.get("/v1/documents", params={"subject_id": quotation["id"]}).data) == 1

    def test_an_amendment_says_what_it_adds_to(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api, LABOUR))
        decide(api, quotation, "approved")
        amendment = api.post(f"{PATH}/{quotation['id']}/amendments", {"lines": [PART]}, expect=201).data
        sent(api, amendment)
        run_jobs()
        text = words(pdf(api, amendment))
        assert f"Amendment {amendment['reference']}" in text
        assert quotation["reference"] in text

    def test_who_may_not_see_quotations_sees_no_paper(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        for path in (".pdf", "/link"):
            api.as_role("mechanic").get(f"{PATH}/{quotation['id']}{path}", headers={"Accept": "*/*"}, expect=403)
        missing = "01990000-0000-7000-8000-000000000000"
        api.get(f"{PATH}/{missing}.pdf", headers={"Accept": "*/*"}, expect=404)
        api.get(f"{PATH}/{missing}/link", expect=404)


class TestThePage:
    def test_a_customer_sees_what_was_sent(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api, {**LABOUR, "note": "Both <sides>"}, PART))
        page = public(api, link(api, quotation))
        assert quotation["reference"] in page.text
        assert "Both &lt;sides&gt;" in page.text
        assert "Waiting for your decision" in page.text
        assert "script" not in page.text
        assert public(api, link(api, quotation) + "/pdf").response.body.startswith(b"%PDF")

    def test_what_was_decided_is_on_it(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        decide(api, quotation, "approved", "declined")
        text = public(api, link(api, quotation)).text
        for word in ("Approved", "Declined", "Not decided yet", "Partly approved"):
            assert word in text

    def test_a_draft_is_behind_no_link(self, api: Api, tenant: TestWorkspace) -> None:
        from plugins.jobs.offer.reading import read_offer

        draft = a_quotation(api)
        with tenant.work() as work:
            word = read_offer(work, UUID(draft["id"])).head["share_token"]
            slug = work.state.slug
        for path in (f"/quotation/{slug}.{word}", f"/quotation/{slug}.{word}/pdf", f"/quotation/{slug}.{'0' * 32}"):
            public(api, path, expect=404)
        sent(api, draft)
        public(api, f"/quotation/{slug}.{word}")

    def test_the_word_is_nowhere_but_in_the_link(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api))
        word = link(api, quotation).rpartition(".")[2]
        assert word not in json.dumps(api.get(f"{PATH}/{quotation['id']}").data)
        assert word not in json.dumps(api.get("/v1/audit-log", params={"per_page": 100}).data)
        assert word not in json.dumps(api.get("/v1/events", params={"per_page": 100}).data)

    def test_an_expired_one_says_so_kindly(self, api: Api, monkeypatch: pytest.MonkeyPatch, run_jobs: Any) -> None:
        monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)
        quotation = sent(api, a_quotation(api))
        path = link(api, quotation)
        for _ in range(2):  # before the task has run, and afterwards
            page = public(api, path, expect=410)
            assert "has expired" in page.text
            assert LABOUR["description"] not in page.text
            public(api, path + "/pdf", expect=410)
            run_jobs.by_the_clock("jobs.quotations.expire")

    def test_a_replaced_one_leads_to_its_successor(self, api: Api) -> None:
        first = sent(api, a_quotation(api))
        path = link(api, first)
        second = api.post(f"{PATH}/{first['id']}/revisions", expect=201).data
        waiting = public(api, path, expect=410)
        assert "is being revised" in waiting.text
        assert "href" not in waiting.text.split("</header>")[1].split("tel:")[0]
        sent(api, second)
        page = public(api, path, expect=410)
        assert link(api, second) in page.text
        public(api, path + "/pdf", expect=410)

    def test_looks_are_counted_by_address(self, api: Api, app: Any) -> None:
        path = link(api, sent(api, a_quotation(api)))
        limits = app.registry.limiter.policies.limits
        assert str(limits[POLICY]) == "120 per 1 minute"
        reply = public(api, path)
        assert POLICY in reply.response.headers["RateLimit-Policy"]

    @pytest.mark.parametrize("size", [1, 50])
    def test_whatever_its_size_a_look_costs_the_same(self, api: Api, platform: Platform, size: int) -> None:
        lines = [{**LABOUR, "description": f"Line {n}"} for n in range(size)]
        path = link(api, sent(api, a_quotation(api, *lines)))
        public(api, path)
        with count_round_trips(platform) as looking:
            public(api, path)
        assert looking.count == 2  # which workspace, and everything else


class TestTheCertificate:
    def test_it_proves_by_itself_what_was_approved(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api, {**LABOUR, "description": 'ব্রেক "প্যাড" বদল'}, PART))
        decide(api, quotation, "approved", "declined", name="Rahima Begum", note="By telephone at ten")
        run_jobs()
        (record,) = api.get(f"{PATH}/{quotation['id']}/decisions").data
        path = f"{PATH}/{quotation['id']}/decisions/{record['id']}.pdf"
        content = api.get(path, headers={"Accept": "*/*"}).response.body
        assert api.get(path, headers={"Accept": "*/*"}).response.body == content
        reader = PdfReader(io.BytesIO(content))
        ((attached,),) = reader.attachments.values()
        assert hashlib.sha256(attached).hexdigest() == record["content_hash"]
        ((said),) = json.loads(attached)
        assert said["lines"] == record["decisions"]
        text = words(content)
        for shown in (
            "Rahima Begum",
            "By telephone",
            record["content_hash"],
            quotation["reference"],
            record["address"],
        ):
            assert shown in text

    def test_anybody_can_reckon_the_hash_from_the_record(self, api: Api) -> None:
        quotation = sent(api, a_quotation(api, {**LABOUR, "description": "Bremsbeläge \\ \u2028"}))
        decide(api, quotation, "approved")
        (record,) = api.get(f"{PATH}/{quotation['id']}/decisions").data
        said = {name: quotation[name] for name in ("number", "revision", "currency")}
        told = [{**said, "lines": record["decisions"]}]
        text = json.dumps(told, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        assert hashlib.sha256(text.encode()).hexdigest() == record["content_hash"]

    def test_decisions_are_numbered_and_each_has_its_own(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api))
        decide(api, quotation, "approved")
        decide(api, quotation, "", "declined", "approved")
        run_jobs()
        found = api.get("/v1/documents", params={"type": "approval_certificate", "sort": "number"}).data
        reference = quotation["reference"]
        assert [one["number"] for one in found] == [f"{reference}-1", f"{reference}-2"]

    def test_what_was_approved_by_word_has_the_same(self, api: Api, run_jobs: Any) -> None:
        job = a_job(api)
        a_line(api, job, description="Bremsen erneuern", note="Customer haggles")
        api.post(f"/v1/jobs/{job['id']}/parts", {"description": "Bremsbeläge", "unit_price": "80.00"}, expect=201)
        said = {"name": "Rahima Begum", "channel": "phone", "note": "On the way to work"}
        api.post(f"/v1/jobs/{job['id']}/approvals", said, expect=201)
        a_line(api, job, description="Wischer")
        api.post(f"/v1/jobs/{job['id']}/approvals", {**said, "channel": "chat"}, expect=201)
        second, first = api.get(f"/v1/jobs/{job['id']}/approvals").data
        path = f"/v1/jobs/{job['id']}/approvals/{first['id']}.pdf"
        drawn = api.get(path, headers={"Accept": "*/*"}).response.body
        run_jobs()
        content = api.get(path, headers={"Accept": "*/*"}).response.body
        for paper in (drawn, content):
            ((attached,),) = PdfReader(io.BytesIO(paper)).attachments.values()
            assert hashlib.sha256(attached).hexdigest() == first["content_hash"]
            assert json.loads(attached)[0]["number"] == job["number"]
            assert json.loads(attached)[0]["lines"] == first["decisions"]
        text = words(content)
        for shown in ("Rahima Begum", "On the way to work", "Bremsen erneuern", "Bremsbeläge", first["content_hash"]):
            assert shown in text
        for hidden in ("haggles", "Wischer"):
            assert hidden not in text
        found = api.get("/v1/documents", params={"type": TYPE, "sort": "number"}).data
        assert [one["number"] for one in found] == [f"{job['number']}-1", f"{job['number']}-2"]
        assert {one["subject_id"] for one in found} == {first["id"], second["id"]}

    def test_by_word_it_belongs_to_its_job_and_who_sees_jobs_sees_it(self, api: Api) -> None:
        job, other = a_job(api), a_job(api)
        a_line(api, job)
        api.post(f"/v1/jobs/{job['id']}/approvals", {"name": "Rahim", "channel": "phone"}, expect=201)
        (record,) = api.get(f"/v1/jobs/{job['id']}/approvals").data
        path = f"/approvals/{record['id']}.pdf"
        api.get(f"/v1/jobs/{other['id']}{path}", headers={"Accept": "*/*"}, expect=404)
        api.as_role("mechanic").get(f"/v1/jobs/{job['id']}{path}", headers={"Accept": "*/*"})
        api.as_one_who_may("crm.customers:read").get(
            f"/v1/jobs/{job['id']}{path}", headers={"Accept": "*/*"}, expect=403
        )

    def test_where_nobody_was_asked_or_nothing_was_there_is_none(self, api: Api, run_jobs: Any) -> None:
        api.patch("/v1/jobs/settings", {"tolerance_percent": "100"})
        job = a_job(api)
        a_line(api, job)
        api.post(f"/v1/jobs/{job['id']}/approvals", {"name": "Rahim", "channel": "phone"}, expect=201)
        api.post(f"/v1/jobs/{job['id']}/approvals", {"name": "Rahim", "channel": "phone"}, expect=201)
        run_jobs()
        empty = next(one for one in api.get(f"/v1/jobs/{job['id']}/approvals").data if not one["decisions"])
        path = f"/v1/jobs/{job['id']}/approvals/{empty['id']}.pdf"
        api.get(path, headers={"Accept": "*/*"}, expect=404)
        assert len(api.get("/v1/documents", params={"type": TYPE}).data) == 1

    def test_it_belongs_to_its_quotation(self, api: Api) -> None:
        quotation, other = sent(api, a_quotation(api)), a_quotation(api)
        decide(api, quotation, "approved")
        (record,) = api.get(f"{PATH}/{quotation['id']}/decisions").data
        api.get(f"{PATH}/{other['id']}/decisions/{record['id']}.pdf", headers={"Accept": "*/*"}, expect=404)
        body = api.get(
            f"{PATH}/{quotation['id']}/decisions/{record['id']}.pdf", headers={"Accept": "*/*"}
        ).response.body
        assert body.startswith(b"%PDF")


class TestMessages:
    def job(self, api: Api, **more: Any) -> dict[str, Any]:
        job = a_job(api)
        api.patch(f"/v1/crm/customers/{job['customer_id']}", {"email": "rahim@mail.example"})
        if more:
            api.patch(f"/v1/jobs/{job['id']}", more)
        return job

    def messages(self, api: Api, name: str) -> list[dict[str, Any]]:
        found = api.get("/v1/messages", params={"template": f"jobs.quotation.{name}"}).data
        return [api.get(f"/v1/messages/{one['id']}").data for one in found]

    def test_what_was_sent_carries_the_link(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api, job=self.job(api)))
        run_jobs(failing=True)
        (message,) = self.messages(api, "sent")
        assert api.get(f"{PATH}/{quotation['id']}/link").data["url"] in message["text"]

    @pytest.mark.parametrize(
        ("decisions", "name"),
        [
            (("approved",) * 3, "approved"),
            (("approved", "declined"), "partially_approved"),
            (("declined",) * 3, "rejected"),
        ],
    )
    def test_the_advisor_hears_what_somebody_else_wrote_down(
        self, api: Api, run_jobs: Any, decisions: tuple[str, ...], name: str
    ) -> None:
        (me,) = api.get("/v1/users").data
        quotation = sent(api, a_quotation(api, job=self.job(api, advisor_id=me["id"])))
        decide(api.as_role("staff"), quotation, *decisions)
        run_jobs(failing=True)
        (message,) = self.messages(api, name)
        assert message["recipient_id"] == me["id"]
        assert quotation["reference"] in message["text"]

    def test_nobody_is_told_of_what_they_wrote_down_themselves(self, api: Api, run_jobs: Any) -> None:
        decide(api, sent(api, a_quotation(api, FEE, job=self.job(api))), "approved")
        run_jobs(failing=True)
        assert self.messages(api, "approved") == []

    def test_who_sent_it_stands_in_for_an_advisor(self, api: Api, run_jobs: Any) -> None:
        quotation = sent(api, a_quotation(api, FEE, job=self.job(api)))
        decide(api.as_role("staff"), quotation, "approved")
        run_jobs(failing=True)
        assert len(self.messages(api, "approved")) == 1

    def test_a_customer_is_reminded_once(self, api: Api, work: Any, run_jobs: Any, database: Database) -> None:
        job, tomorrow = self.job(api), str(work.today() + timedelta(days=1))
        due, new = (sent(api, a_quotation(api, LABOUR, job=job, valid_until=tomorrow)) for _ in range(2))
        later = sent(api, a_quotation(api, FEE, job=job))
        with database.connect("postgres") as owner:
            owner.execute("UPDATE jobs_quotations SET sent_at = now() - interval '9 days' WHERE id = %s", [due["id"]])
        for _ in range(2):
            run_jobs.by_the_clock("jobs.quotations.remind")
        run_jobs(failing=True)
        (event,) = api.get("/v1/events", params={"type": "jobs.quotation.expiring"}).data
        assert (event["data"]["quotation_id"], event["data"]["valid_until"]) == (due["id"], tomorrow)
        (message,) = self.messages(api, "expiring")
        assert due["reference"] in message["text"]
        reminded = [api.get(f"{PATH}/{one['id']}").data["reminded_at"] for one in (due, new, later)]
        assert reminded[0] is not None
        assert reminded[1:] == [None, None]  # what was sent a moment ago, and what has time

    def test_nobody_is_told_to_decide_on_a_job_that_is_over(
        self, api: Api, work: Any, run_jobs: Any, database: Database
    ) -> None:
        gone_on = self.job(api)
        over = api.post("/v1/jobs", {name: gone_on[name] for name in ("customer_id", "vehicle_id")}, expect=201).data
        tomorrow = str(work.today() + timedelta(days=1))
        kept, dropped = (sent(api, a_quotation(api, job=job, valid_until=tomorrow)) for job in (gone_on, over))
        run_jobs(failing=True)
        moved(api, over, "cancel")
        both = [[kept["id"], dropped["id"]]]
        with database.connect("postgres") as owner:
            owner.execute("UPDATE jobs_quotations SET sent_at = now() - interval '9 days' WHERE id = ANY(%s)", both)
        run_jobs.by_the_clock("jobs.quotations.remind")
        with database.connect("postgres") as owner:
            owner.execute("UPDATE jobs_quotations SET expires_at = now() - interval '1 hour' WHERE id = ANY(%s)", both)
        run_jobs(failing=True)
        run_jobs.by_the_clock("jobs.quotations.expire")
        run_jobs(failing=True)
        assert [api.get(f"{PATH}/{one['id']}").data["status"] for one in (kept, dropped)] == ["expired", "expired"]
        for name in ("expiring", "expired"):
            (message,) = self.messages(api, name)
            assert kept["reference"] in message["text"]

    @pytest.mark.parametrize(
        # an hour more or less is no matter: it may strike while the test is at it
        ("hour", "is_reminded"), [(3, False), (7, False), (9, True), (17, True), (19, False), (22, False)],
    )  # fmt: skip
    def test_nobody_is_woken_by_a_reminder(
        self, api: Api, tenant: TestWorkspace, run_jobs: Any, database: Database,
        hour: int, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch("/v1/workspace", {"timezone": where_it_is(hour)})
        with tenant.work() as there:
            tomorrow = str(there.today() + timedelta(days=1))
        quotation = sent(api, a_quotation(api, LABOUR, valid_until=tomorrow))
        with database.connect("postgres") as owner:
            owner.execute(
                "UPDATE jobs_quotations SET sent_at = now() - interval '9 days' WHERE id = %s", [quotation["id"]]
            )
        run_jobs.by_the_clock("jobs.quotations.remind")
        assert (api.get(f"{PATH}/{quotation['id']}").data["reminded_at"] is not None) is is_reminded

    @pytest.mark.parametrize(("hours", "is_reminded"), [(24 * 5, True), (24 * 3, False), (0, False), (None, False)])
    def test_how_long_before_a_workspace_says(
        self, api: Api, work: Work, run_jobs: Any, database: Database,
        hours: int | None, is_reminded: bool,  # noqa: FBT001 (a parameter of the test)
    ) -> None:  # fmt: skip
        api.patch("/v1/jobs/settings", {"quotation_reminder_hours": hours})
        quotation = sent(api, a_quotation(api, valid_until=str(work.today() + timedelta(days=3))))
        with database.connect("postgres") as owner:
            owner.execute(
                "UPDATE jobs_quotations SET sent_at = now() - interval '9 days' WHERE id = %s", [quotation["id"]]
            )
        run_jobs.by_the_clock("jobs.quotations.remind")
        assert (api.get(f"{PATH}/{quotation['id']}").data["reminded_at"] is not None) is is_reminded

    def test_a_customer_hears_that_it_has_expired(
        self, api: Api, run_jobs: Any, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(settings, "QUOTATION_VALIDITY_DAYS", -1)
        sent(api, a_quotation(api, job=self.job(api)))
        run_jobs.by_the_clock("jobs.quotations.expire")
        run_jobs(failing=True)
        (message,) = self.messages(api, "expired")
        assert "has expired" in message["subject"]


def test_a_hash_is_copied_from_the_paper_as_it_is(work: Work) -> None:
    """Whatever its digits: a place to break the line in, as long words get, would be copied with it."""
    sample = json.loads((Path(__file__).parents[1] / "documents" / f"{TYPE}.sample.json").read_text())
    for digits in ("4523540f1504cd17100c4835e85b7eefd49911580f8efff0599a8f283be6b9e3", "f" * 64):
        assert digits in words(render(work, TYPE, {**sample, "content_hash": digits}, number="QUO-1"))
