"""Short messages: any HTTP gateway that the ini describes, its failures, and a limit that many cannot overshoot."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.features import limits
from jemeti_platform.messages.failures import NotSent, Refused, Unreachable
from jemeti_platform.messages.http_sms import HttpSmsGateway
from jemeti_platform.messages.sms import Sms, SmsSender
from jemeti_platform.platform import BootError
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .loopback import Received, receiver
from .messaging import messages_to, write

PHONE = "+8801712345678"
SMS = Sms(PHONE, "Hello & goodbye?", "Jemeti", "0193")
LATER = timedelta(days=3)


def gateway(url: str, **keys: str) -> HttpSmsGateway:
    return HttpSmsGateway.from_settings({"jemeti.sms.url": url, **{f"jemeti.sms.{k}": v for k, v in keys.items()}})


def saying(status: int, body: Any = None) -> Callable[[Received], tuple[int, dict[str, str], bytes]]:
    return lambda received: (status, {}, json.dumps(body).encode())


class TestRequests:
    def test_a_form_is_what_most_take(self) -> None:
        with receiver() as server:
            gateway(server.url + "/send").send(SMS)
        (request,) = server.requests
        assert (request.method, request.path) == ("POST", "/send")
        assert parse_qs(request.body.decode()) == {"to": [PHONE], "from": ["Jemeti"], "text": ["Hello & goodbye?"]}
        assert request.headers["content-type"] == "application/x-www-form-urlencoded"

    def test_json_with_headers(self) -> None:
        body = '{"messages": [{"to": "{digits}", "text": "{text}", "ref": "{id}", "flash": false}]}'
        with receiver(saying(202, {"messages": [{"id": 77}]})) as server:
            reference = gateway(
                server.url, body=body, headers="Authorization: Bearer k3y\nX-Test: yes", reference="messages.0.id"
            ).send(SMS)
        (request,) = server.requests
        assert json.loads(request.body) == {
            "messages": [{"to": "8801712345678", "text": "Hello & goodbye?", "ref": "0193", "flash": False}]
        }
        assert (request.headers["authorization"], request.headers["x-test"]) == ("Bearer k3y", "yes")
        assert reference == "77"

    def test_get_takes_a_query(self) -> None:
        with receiver() as server:
            gateway(server.url + "/s", method="get", body="to={to}&msg={text}&key=k3y").send(SMS)
        (request,) = server.requests
        assert request.method == "GET"
        assert parse_qs(urlsplit(request.path).query) == {
            "to": [PHONE], "msg": ["Hello & goodbye?"], "key": ["k3y"],
        }  # fmt: skip

    @pytest.mark.parametrize("text", ['", "to": "+1", "x": "', "&to=+1", "{to}{sender}", "{", "}{", "\r\nX: y", "বাংলা"])
    def test_no_text_can_add_a_field(self, text: str) -> None:
        evil = Sms(PHONE, text, "Jemeti", "1")
        with receiver() as server:
            gateway(server.url, body='{"to": "{to}", "text": "{text}"}').send(evil)
            gateway(server.url).send(evil)
        as_json, form = server.requests
        assert json.loads(as_json.body) == {"to": PHONE, "text": text}
        assert parse_qs(form.body.decode()) == {"to": [PHONE], "from": ["Jemeti"], "text": [text]}

    def test_no_proxy_of_the_environment_gets_it(self, monkeypatch: pytest.MonkeyPatch) -> None:
        with receiver() as proxy, receiver() as server:
            monkeypatch.setenv("HTTP_PROXY", proxy.url)
            monkeypatch.setenv("ALL_PROXY", proxy.url)
            gateway(server.url).send(SMS)
        assert (len(proxy.requests), len(server.requests)) == (0, 1)


class TestAnswers:
    @pytest.mark.parametrize(
        ("status", "failure"),
        [(400, Refused), (401, Refused), (404, Refused), (302, Refused), (429, Unreachable), (500, Unreachable),
         (503, Unreachable)],
    )  # fmt: skip
    def test_a_status_says_for_good_or_for_now(self, status: int, failure: type[NotSent]) -> None:
        with receiver(saying(status, {"error": "no credit"})) as server, pytest.raises(failure, match=str(status)):
            gateway(server.url).send(SMS)

    def test_a_redirect_is_not_followed(self) -> None:
        with receiver() as thief, receiver(lambda got: (307, {"Location": thief.url}, b"")) as server:
            with pytest.raises(Refused):
                gateway(server.url, headers="Authorization: Bearer k3y").send(SMS)
            assert thief.requests == []

    @pytest.mark.parametrize(
        ("answer", "taken"),
        [({"status": "ok"}, True), ({"status": "queued"}, True), ({"status": "failed"}, False), ({}, False),
         ([], False), ("ok", False), ({"status": {"status": "ok"}}, False), (None, False)],
    )  # fmt: skip
    def test_what_counts_as_taken_is_what_the_ini_says(self, answer: Any, taken: Any) -> None:
        with receiver(saying(200, answer)) as server:
            one = gateway(server.url, success="status = ok, queued", reference="status")
            if taken:
                assert one.send(SMS) == answer["status"]
            else:
                with pytest.raises(Refused, match="did not take it"):
                    one.send(SMS)

    def test_nobody_there(self) -> None:
        with pytest.raises(Unreachable, match="cannot be reached"):
            gateway("http://127.0.0.1:9/").send(SMS)

    def test_an_endless_answer_is_read_no_further_than_need_be(self) -> None:
        with receiver(lambda got: (200, {}, b"x" * 5_000_000)) as server:
            assert gateway(server.url, reference="id").send(SMS) is None


class TestSettings:
    @pytest.mark.parametrize(
        ("keys", "key"),
        [
            ({"url": "sms.example"}, "url"),
            ({"url": "ftp://sms.example"}, "url"),
            ({"url": "https://"}, "url"),
            ({"method": "DELETE"}, "method"),
            ({"headers": "no colon"}, "headers"),
            ({"headers": "X: ü"}, "headers"),
            ({"body": "{not json"}, "body"),
            ({"body": "no form"}, "body"),
            ({"body": "to={to}"}, "body"),
            ({"body": '{"text": "{text}"}'}, "body"),
            ({"body": '{"to": "{to}", "text": "{text}"}', "method": "GET"}, "body"),
            ({"success": "ok"}, "success"),
            ({"success": "= ok"}, "success"),
            ({"sender": "much too long a name"}, "sender"),
        ],
    )
    def test_what_cannot_be_read_stops_the_boot(self, keys: dict[str, str], key: str) -> None:
        given = {"url": "https://u:hush@sms.example/send", **keys}
        with pytest.raises(BootError, match=rf"jemeti\.sms\.{key}") as refused:
            SmsSender.from_settings({f"jemeti.sms.{name}": value for name, value in given.items()})
        assert "hush" not in str(refused.value)

    def test_no_password_is_in_a_representation(self) -> None:
        assert "hush" not in repr(gateway("https://u:hush@sms.example/send", headers="Authorization: hush"))

    def test_development_keeps_them_and_production_says_that_there_is_none(self) -> None:
        development = SmsSender.from_settings({"jemeti.environment": "development"})
        assert development.carry(SMS) is None
        assert development.kept is not None
        assert development.kept.messages[0]["to"] == PHONE
        with pytest.raises(Refused, match=r"jemeti\.sms\.url is not set"):
            SmsSender.from_settings({}).carry(SMS)


class TestOutbox:
    def test_failures_are_tried_again_and_the_workspace_is_the_sender(
        self, tenant: TestWorkspace, api: Api, new_app: Callable[..., Any], run_jobs: RunJobs
    ) -> None:
        api.patch("/v1/workspace", {"sms_sender": "RahimMotors"})
        with tenant.work() as work:
            identity = write(work, PHONE, "Your car is ready", channel="sms")
        with receiver(lambda got: 503 if len(server.requests) < 3 else (200, {}, b'{"id": "g-1"}')) as server:
            keys = {"sms__url": server.url, "sms__body": "to={to}&from={sender}&text={text}&id={id}"}
            app = new_app(**keys, sms__reference="id")
            posting = RunJobs(app.registry.platform, run_jobs._since)
            posting()
            for _ in range(2):
                with tenant.work() as work:
                    work.write(Statement("UPDATE messages SET send_after = now()")())
                posting(ahead=LATER)

        (message,) = messages_to(api, PHONE)
        assert (message["status"], message["attempts"], message["segments"]) == ("sent", 3, 1)
        assert (message["provider_reference"], message["subject"]) == ("g-1", None)
        sent = [parse_qs(request.body.decode()) for request in server.requests]
        assert all(one == {
            "to": [PHONE], "from": ["RahimMotors"], "text": ["Your car is ready"], "id": [str(identity)],
        } for one in sent)  # fmt: skip

    def test_one_that_is_refused_is_not_tried_again(
        self, tenant: TestWorkspace, api: Api, new_app: Callable[..., Any], run_jobs: RunJobs
    ) -> None:
        with tenant.work() as work:
            write(work, PHONE, "Hello", channel="sms")
        with receiver(saying(422, {"error": "unknown number"})) as server:
            posting = RunJobs(new_app(sms__url=server.url).registry.platform, run_jobs._since)
            posting()
            assert posting(ahead=LATER) == []
        (message,) = messages_to(api, PHONE)
        assert (message["status"], message["reason"]) == ("failed", "refused")
        assert message["last_error"] == 'The SMS gateway answered 422: {"error": "unknown number"}'

    def test_a_sender_fits_the_network(self, api: Api) -> None:
        for wrong in ("twelve chars", "Ümlaut", "+1", ""):
            reply = api.patch("/v1/workspace", {"sms_sender": wrong}, expect=400)
            assert reply.error["details"][0]["field"] == "sms_sender"


class TestLimit:
    @pytest.fixture
    def limited(self, tenant: TestWorkspace) -> TestWorkspace:
        """A workspace that may send ten segments a month."""
        limit = Statement("UPDATE tenants SET limits = '{\"messages.sms_per_month\": 10}' WHERE id = %(id)s")
        with platform_work(tenant.platform) as work:
            work.write(limit(id=tenant.id))
        return tenant

    def test_beyond_it_nothing_is_sent_and_the_business_goes_on(
        self, limited: TestWorkspace, api: Api, run_jobs: RunJobs
    ) -> None:
        with limited.work() as work:
            for n in range(4):
                write(work, f"+880171234567{n}", "a" * 400, channel="sms")
            write(work, "a@mail.example", "Mail has no such limit")
        run_jobs()

        rows = api.get("/v1/messages", params={"sort": "created_at", "channel": "sms"}).data
        assert [row["segments"] for row in rows] == [3] * 4
        assert Counter((row["status"], row["reason"]) for row in rows) == {
            ("sent", None): 3,
            ("suppressed", "limit"): 1,
        }
        assert messages_to(api, "a@mail.example")[0]["status"] == "sent"

    def test_many_at_once_do_not_overshoot(self, limited: TestWorkspace, api: Api) -> None:
        def one(n: int) -> None:
            with limited.work() as work:
                write(work, f"+88017123456{n:02}", "Hello", channel="sms")

        with ThreadPoolExecutor(6) as threads:
            list(threads.map(one, range(24)))
        rows = api.get("/v1/messages", params={"per_page": 100}).data
        assert Counter(row["status"] for row in rows) == {"queued": 10, "suppressed": 14}

    def test_without_the_lock_they_would(
        self, limited: TestWorkspace, api: Api, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """The negative control of the test above: what it sees is the lock and no accident."""
        barrier = Barrier(3)
        monkeypatch.setattr(limits, "_LOCK", lambda **given: Statement("SELECT 1")())
        reserve = limits.reserve

        def meeting(*given: Any) -> None:
            reserve(*given)
            barrier.wait(60)

        monkeypatch.setattr(limits, "reserve", meeting)

        def one(n: int) -> None:
            with limited.work() as work:
                write(work, f"+88017123456{n:02}", "a" * 700, channel="sms")

        # five segments each: two fit
        with ThreadPoolExecutor(3) as threads:
            list(threads.map(one, range(3)))
        assert Counter(row["status"] for row in api.get("/v1/messages").data) == {"queued": 3}

    def test_last_months_do_not_count_nor_do_those_that_failed(self, limited: TestWorkspace, api: Api) -> None:
        with limited.work() as work:
            write(work, PHONE, "a" * 1000, channel="sms")
            write(work, PHONE, "a" * 400, channel="sms")
            work.write(
                Statement("UPDATE messages SET created_at = created_at - interval '40 days' WHERE segments = 7")(),
                Statement("UPDATE messages SET status = 'failed' WHERE segments = 3")(),
            )
        with limited.work() as work:
            write(work, "+8801712345679", "a" * 1000, channel="sms")
        assert messages_to(api, "+8801712345679")[0]["status"] == "queued"
