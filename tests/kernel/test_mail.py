"""Mail: after commit or not at all, by whatever the ini says, and never in the way of a request."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from jemeti_platform.boot import transaction
from jemeti_platform.messages import mail
from jemeti_platform.messages.errands import Errands
from jemeti_platform.messages.mailer import Mail, Mailer
from jemeti_platform.messages.outbox import KEPT, Outbox
from jemeti_platform.messages.smtp import SmtpTransport
from jemeti_platform.platform import BootError
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace

from .signing_in import mails_to, on

DEVELOPMENT = {"jemeti.environment": "development", "jemeti.domain": "localhost"}
PRODUCTION = {"jemeti.environment": "production", "jemeti.domain": "example.com"}


class _MailServer(socketserver.ThreadingTCPServer):
    """A mail server that takes everything; what it was told is in ``lines``."""

    allow_reuse_address = daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Conversation)
        self.lines: list[str] = []
        self.refusing = False


class _Conversation(socketserver.StreamRequestHandler):
    server: _MailServer

    def handle(self) -> None:
        self._say("220 ready")
        reading = False
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            self.server.lines.append(line)
            word = line[:4].upper()
            if reading:
                reading = line != "."
                self._say("250 taken") if not reading else None
            elif word == "QUIT":
                self._say("221 bye")
                return
            elif word == "DATA":
                reading = True
                self._say("354 go on")
                self._read_data()
                reading = False
            else:
                self._say("550 no" if self.server.refusing and word == "RCPT" else "250 fine")

    def _read_data(self) -> None:
        while (line := self.rfile.readline().decode().rstrip("\r\n")) != ".":
            self.server.lines.append(line)
        self._say("250 taken")

    def _say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())


@pytest.fixture
def server() -> Iterator[_MailServer]:
    with _MailServer() as one:
        threading.Thread(target=one.serve_forever, daemon=True).start()
        yield one
        one.shutdown()


class TestWhen:
    def test_after_commit_and_not_before(self, tenant: TestWorkspace) -> None:
        with tenant.work() as work:
            mail.send(work, to="a@after.example", subject="Hello", text="Hello")
            assert mails_to(tenant.platform, "a@after.example") == []

        assert [m["subject"] for m in mails_to(tenant.platform, "a@after.example")] == ["Hello"]

    def test_what_is_undone_is_not_sent(self, tenant: TestWorkspace) -> None:
        with transaction() as manager:
            mail.send(tenant.working(manager), to="a@undone.example", subject="Hello", text="Hello")
            manager.abort()
            manager.begin()

        assert mails_to(tenant.platform, "a@undone.example") == []


class TestHow:
    def test_development_keeps_the_last_fifty(self) -> None:
        mailer = Mailer.from_settings(DEVELOPMENT)
        for n in range(KEPT + 5):
            mailer.post(Mail("a@b.example", f"Mail {n}", "Hello"))
        assert mailer.errands.wait()

        assert mailer.outbox is not None
        assert [m["subject"] for m in mailer.outbox.mails] == [f"Mail {n}" for n in range(KEPT + 4, 4, -1)]

    def test_a_mail_server_gets_it_whole(self, server: _MailServer) -> None:
        url = f"smtp://127.0.0.1:{server.server_address[1]}"
        mailer = Mailer.from_settings({**PRODUCTION, "jemeti.mail.url": url})
        mailer.post(Mail("a@b.example", "Grüße aus Łódź", "Text mit Umlauten: äöü\n.\nEnde", sender_name="Müller, KG"))
        assert mailer.errands.wait()

        text = "\n".join(server.lines)
        assert "mail FROM:<no-reply@example.com>" in text
        assert "rcpt TO:<a@b.example>" in text
        assert "Auto-Submitted: auto-generated" in text
        assert "Subject: =?utf-8?" in text
        assert "M=C3=BCller" in text or "TcO8bGxlcg" in text

    @pytest.mark.parametrize("failure", ["refused", "away"])
    def test_a_failing_mail_server_fails_no_request(
        self,
        api: Api,
        tenant: TestWorkspace,
        server: _MailServer,
        new_app: Callable[..., Any],
        capsys: pytest.CaptureFixture[str],
        failure: str,
    ) -> None:
        server.refusing = True
        port = server.server_address[1] if failure == "refused" else 9
        client = on(new_app(mail__url=f"smtp://127.0.0.1:{port}"), api)
        role = next(r["id"] for r in client.get("/v1/roles").data if r["slug"] == "viewer")

        client.post("/v1/users", {"email": "a@failing.example", "role_id": role}, expect=201)

        assert client.app.registry.platform.part(Mailer).errands.wait()
        assert client.get("/v1/users", params={"status": "invited"}).meta["total"] == 1
        logged = capsys.readouterr().out
        assert "mail not sent" in logged
        assert "#token=" not in logged

    def test_production_without_a_server_says_so_and_keeps_the_text_to_itself(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        app = new_app(environment="production", jwt__keys="k" * 40)
        assert "no mail will be sent" in capsys.readouterr().out
        email = tenant.login("owner").email
        client = on(app, api).anonymous
        client.post("/api/auth/password/forgot", {"email": email}, expect=202)
        assert app.registry.platform.part(Mailer).errands.wait()

        logged = capsys.readouterr().out
        assert "mail not sent: jemeti.mail.url is not set" in logged
        assert "#token=" not in logged
        client.request("GET", "/dev/outbox", expect=404)


class TestSettings:
    @pytest.mark.parametrize(
        ("url", "expected"),
        [
            ("smtp://mail.example", SmtpTransport("mail.example", 25)),
            ("smtp://mail.example:2525", SmtpTransport("mail.example", 2525)),
            ("smtp://u:p%40ss@mail.example", SmtpTransport("mail.example", 587, "u", "p@ss", starttls=True)),
            ("smtp://u:p@m.example?starttls=false", SmtpTransport("m.example", 587, "u", "p")),
            ("smtp://m.example?starttls=true", SmtpTransport("m.example", 25, starttls=True)),
            ("smtps://u:p@m.example", SmtpTransport("m.example", 465, "u", "p", encrypted=True)),
        ],
    )
    def test_addresses_of_mail_servers(self, url: str, expected: SmtpTransport) -> None:
        assert SmtpTransport.from_url(url) == expected

    @pytest.mark.parametrize(
        "url", ["mail.example", "http://m.example", "smtp://", "smtp://u:secret@m:x", "smtp://u:secret@m?tls=yes",
                "smtp://u:secret@m?starttls=maybe", "smtp://[u:secret"],
    )  # fmt: skip
    def test_one_that_cannot_be_read_stops_the_boot_without_being_shown(self, url: str) -> None:
        with pytest.raises(BootError, match=r"jemeti\.mail\.url") as refused:
            Mailer.from_settings({**PRODUCTION, "jemeti.mail.url": url})
        assert "secret" not in str(refused.value)

    def test_the_password_is_in_no_representation(self) -> None:
        assert "hush" not in repr(SmtpTransport.from_url("smtp://u:hush@m.example"))

    def test_production_does_not_show_mail_to_everybody(self) -> None:
        with pytest.raises(BootError, match="development only"):
            Mailer.from_settings({**PRODUCTION, "jemeti.mail.url": "log"})
        assert Mailer.from_settings({**DEVELOPMENT, "jemeti.mail.url": "log"}).outbox is not None

    def test_a_sender_must_be_an_address(self) -> None:
        with pytest.raises(BootError, match=r"jemeti\.mail\.from"):
            Mailer.from_settings({**DEVELOPMENT, "jemeti.mail.from": "nobody"})

    @pytest.mark.parametrize("url", ["{workspace}", "ftp://{workspace}.x", "https://", "https://x?{workspace}"])
    def test_links_need_an_address_too(self, new_app: Callable[..., Any], url: str) -> None:
        with pytest.raises(BootError, match=r"jemeti\.public_url"):
            new_app(public_url=url)

    def test_and_https_in_production(self, new_app: Callable[..., Any]) -> None:
        with pytest.raises(BootError, match="https"):
            new_app(environment="production", jwt__keys="k" * 40, public_url="http://{workspace}.x.example")


class TestOutboxPage:
    def test_json_and_html(self, api: Api, tenant: TestWorkspace) -> None:
        with tenant.work() as work:
            text = "Look <b>here</b>:\nhttp://demo.localhost:6543/x#token=a.b_c-d\n"
            mail.send(work, to="page@b.example", subject="<script>alert(1)</script>", text=text)
        mails_to(tenant.platform, "")

        assert api.anonymous.get("/dev/outbox").data[0]["to"] == "page@b.example"
        page = api.anonymous.get("/dev/outbox", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "<script>" not in page.text
        assert "&lt;b&gt;here" in page.text
        assert '<a href="http://demo.localhost:6543/x#token=a.b_c-d">' in page.text

    def test_a_page_elsewhere_cannot_read_it(self, api: Api) -> None:
        api.anonymous.at("rebound.evil.test").request("GET", "/dev/outbox", expect=404)

    def test_a_password_is_never_in_it(self, api: Api, tenant: TestWorkspace) -> None:
        api.anonymous.post("/api/auth/login", {"email": tenant.login("owner").email, "password": PASSWORD})
        assert PASSWORD not in api.anonymous.get("/dev/outbox").text


class TestErrands:
    def test_they_run_in_order_and_one_that_fails_stops_no_other(self) -> None:
        errands, done = Errands(), list[int]()
        errands.run(lambda: done.append(1))
        errands.run(lambda: 1 / 0)
        errands.run(lambda: done.append(2))

        assert errands.wait()
        assert done == [1, 2]

    def test_with_too_many_waiting_one_is_dropped(self) -> None:
        errands, go_on, done = Errands(most_waiting=2), threading.Event(), list[int]()
        errands.run(go_on.wait)
        while errands._waiting.qsize():
            pass
        for n in range(4):
            errands.run(lambda n=n: done.append(n))  # type: ignore[misc]
        assert not errands.wait(0.05)
        go_on.set()

        assert errands.wait()
        assert done == [0, 1]


def test_an_outbox_is_no_place_for_header_injection() -> None:
    with pytest.raises(ValueError, match=r"newline|linefeed"):
        Outbox().carry(Mail("a@b.example\r\nBcc: c@d.example", "x", "y").message("a@b.example"))
