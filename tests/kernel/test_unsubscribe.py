"""Taking leave: one click, no log-in, nothing that a scanner could do by looking; and it holds for what can be left."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlsplit

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace

from .mail_server import MailServer, mail_server
from .messaging import messages_to, write

HTML = {"Accept": "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        yield one


@pytest.fixture
def open_day(api: Api) -> Api:
    api.patch("/v1/workspace", {"quiet_from": None, "quiet_to": None})
    return api


@pytest.fixture
def posting(server: MailServer, new_app: Callable[..., Any], run_jobs: RunJobs) -> RunJobs:
    return RunJobs(new_app(mail__url=server.url).registry.platform, run_jobs._since)


@pytest.fixture
def path(tenant: TestWorkspace, open_day: Api, posting: RunJobs, server: MailServer) -> str:
    """Where the link in a mail leads that somebody has got."""
    with tenant.work() as work:
        write(work, "Shirin@leave.example", "News", transactional=False)
    posting()
    (mail,) = server.mails
    found = re.fullmatch(r"<(\S+)>", mail["List-Unsubscribe"])
    assert found is not None
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    html = mail.get_body(("html",))
    assert html is not None
    assert found[1] in html.get_content()
    parts = urlsplit(found[1])
    assert parts.hostname == f"{tenant.slug}.localhost"
    return parts.path


class TestLink:
    def test_looking_changes_nothing(self, tenant: TestWorkspace, api: Api, path: str) -> None:
        for _ in range(2):
            page = api.anonymous.get(path, headers=HTML)
            assert '<form method="post">' in page.text
            assert "Sh…@leave.example" in page.text
            assert "Shirin@" not in page.text
        assert api.get("/v1/message-suppressions").data == []

    @pytest.mark.parametrize("times", [1, 3])
    def test_one_click_is_enough_and_more_do_no_harm(
        self, tenant: TestWorkspace, api: Api, path: str, posting: RunJobs, server: MailServer, times: int
    ) -> None:
        for _ in range(times):
            done = api.anonymous.post(
                path, b"List-Unsubscribe=One-Click", content_type="application/x-www-form-urlencoded"
            )
            assert "You are unsubscribed" in done.text
        (found,) = api.get("/v1/message-suppressions").data
        assert (found["channel"], found["address"], found["reason"]) == (
            "email", "Shirin@leave.example", "unsubscribed",
        )  # fmt: skip

        with tenant.work() as work:
            write(work, "shirin@LEAVE.example", "More news", transactional=False)
            write(work, "shirin@leave.example", "Your car is ready")
            write(work, "other@leave.example", "More news", transactional=False)
        posting()
        assert [mail["To"] for mail in server.mails[1:]] == ["shirin@leave.example", "other@leave.example"]
        (message,) = messages_to(api, "shirin@LEAVE.example")
        assert (message["status"], message["reason"]) == ("suppressed", "unsubscribed")

    def test_leave_taken_while_a_message_waits_stops_it(
        self, tenant: TestWorkspace, api: Api, path: str, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "shirin@leave.example", "More news", transactional=False)
        api.anonymous.post(path)
        posting()
        assert len(server.mails) == 1
        assert messages_to(api, "shirin@leave.example")[0]["status"] == "suppressed"

    def test_what_nobody_takes_leave_of_has_no_link(
        self, tenant: TestWorkspace, open_day: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "a@expected.example", "Your car is ready")
        posting()
        assert server.mails[0]["List-Unsubscribe"] is None

    def test_another_workspace_does_not_know_it(
        self, api: Api, path: str, other_tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        there = api_of(other_tenant)
        there.anonymous.get(path, headers=HTML, expect=404)
        forged = path.replace(path.rpartition("/")[2].partition(".")[0], other_tenant.slug)
        there.anonymous.post(forged, expect=404)
        assert there.get("/v1/message-suppressions").data == []
        assert api.get("/v1/message-suppressions").data == []

    @pytest.mark.parametrize("token", ["x", "demo.0", "demo." + "0" * 32, "%3Cscript%3E", "demo." + "g" * 32])
    def test_a_link_cut_off_gets_a_page_that_says_so(self, api: Api, token: str) -> None:
        for ask in (api.anonymous.get, api.anonymous.post):
            page = ask(f"/unsubscribe/{token}", headers=HTML, expect=404)
            assert "This link is not known here" in page.text
            assert "<script>" not in page.text

    def test_the_page_loads_nothing_and_runs_nothing(self, api: Api, path: str) -> None:
        page = api.anonymous.get(path, headers=HTML)
        policy = page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "form-action 'self'" in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"

    def test_a_name_is_text_on_it(self, api: Api, path: str) -> None:
        api.patch("/v1/workspace", {"name": "<b>@TITLE@ & Sons</b>", "brand_colour": "#0d47a1"})
        page = api.anonymous.get(path, headers=HTML)
        assert "&lt;b&gt;@TITLE@ &amp; Sons&lt;/b&gt;" in page.text
        assert "background: #0d47a1" in page.text

    @pytest.mark.parametrize(("locale", "word"), [("bn-BD", "বন্ধ করুন"), ("de", "Abbestellen"), ("ar", 'dir="rtl"')])
    def test_it_speaks_the_language_of_the_message(
        self, tenant: TestWorkspace, open_day: Api, posting: RunJobs, server: MailServer, locale: str, word: str
    ) -> None:
        open_day.patch("/v1/workspace", {"locale": locale})
        with tenant.work() as work:
            write(work, "a@language.example", "News", transactional=False)
        posting()
        link = server.mails[0]["List-Unsubscribe"].strip("<>")
        assert word in open_day.anonymous.get(urlsplit(link).path, headers=HTML).text


class TestSuppressions:
    def test_staff_write_somebody_down_and_take_them_off(
        self, tenant: TestWorkspace, open_day: Api, run_jobs: RunJobs
    ) -> None:
        made = open_day.post("/v1/message-suppressions", {"address": "0151 12345678", "note": "Asked by phone"})
        assert (made.data["channel"], made.data["address"], made.data["reason"]) == ("sms", "+4915112345678", "manual")
        with tenant.work() as work:
            write(work, "+4915112345678", "News", channel="sms", transactional=False)
        assert messages_to(open_day, "+4915112345678")[0]["reason"] == "manual"

        open_day.delete(made.location, expect=204)
        with tenant.work() as work:
            write(work, "+4915112345678", "News", channel="sms", transactional=False)
        run_jobs()
        assert messages_to(open_day, "+4915112345678")[0]["status"] == "sent"

    def test_an_address_stands_once(self, api: Api) -> None:
        api.post("/v1/message-suppressions", {"address": "a@once.example"})
        refused = api.post("/v1/message-suppressions", {"address": "A@once.example"}, expect=409)
        assert refused.error["details"]["reason"] == "duplicate"

    @pytest.mark.parametrize("address", ["nobody", "a@", "12", "", None, "a@b.example\nc"])
    def test_what_is_no_address_is_refused(self, api: Api, address: Any) -> None:
        reply = api.post("/v1/message-suppressions", {"address": address}, expect=400)
        assert reply.error["details"][0]["field"] == "address"

    def test_rights(self, api: Api) -> None:
        reader = api.as_one_who_may("messages:read")
        reader.get("/v1/message-suppressions", expect=200)
        reader.post("/v1/message-suppressions", {"address": "a@b.example"}, expect=403)
