"""Mail: by whatever the ini says; in development kept and shown, never sent."""

from __future__ import annotations

import smtplib
from collections.abc import Callable, Iterator
from email.utils import parseaddr
from typing import Any

import pytest

from jemeti_platform.messages import failures
from jemeti_platform.messages.kept import KEPT
from jemeti_platform.messages.mail import Mail
from jemeti_platform.messages.mail_html import as_html
from jemeti_platform.messages.mailer import Mailer
from jemeti_platform.messages.smtp import SmtpTransport
from jemeti_platform.platform import BootError
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace

from .mail_server import MailServer, mail_server
from .messaging import messages_to, write
from .signing_in import mails_to, on

DEVELOPMENT = {"jemeti.environment": "development", "jemeti.domain": "localhost"}
PRODUCTION = {"jemeti.environment": "production", "jemeti.domain": "example.com"}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        yield one


@pytest.fixture
def mailer(server: MailServer) -> Mailer:
    return Mailer.from_settings({**PRODUCTION, "jemeti.mail.url": server.url})


class TestHow:
    def test_development_keeps_the_last_fifty(self) -> None:
        mailer = Mailer.from_settings(DEVELOPMENT)
        for n in range(KEPT + 5):
            mailer.carry(Mail("a@b.example", f"Mail {n}", "Hello"))

        assert mailer.kept is not None
        assert [m["subject"] for m in mailer.kept.messages] == [f"Mail {n}" for n in range(KEPT + 4, 4, -1)]

    def test_a_mail_server_gets_it_whole(self, server: MailServer, mailer: Mailer) -> None:
        text = "Text mit Umlauten: äöü\n.\nEnde\n"
        mailer.carry(Mail("a@b.example", "Grüße aus Łódź", text, sender_name="Müller, KG"))

        said = "\n".join(server.lines)
        assert "mail FROM:<no-reply@example.com>" in said
        assert "rcpt TO:<a@b.example>" in said
        (mail,) = server.mails
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["Subject"] == "Grüße aus Łódź"
        assert parseaddr(mail["From"]) == ("Müller, KG", "no-reply@example.com")
        plain, html = mail.get_body(("plain",)), mail.get_body(("html",))
        assert plain is not None
        assert html is not None
        assert plain.get_content() == text
        assert "Text mit Umlauten: äöü<br>" in html.get_content()

    def test_its_id_is_the_messages_whenever_it_is_sent(self, server: MailServer, mailer: Mailer) -> None:
        for _ in range(2):
            mailer.carry(Mail("a@b.example", "Twice", "Hello", id="0193"))

        assert [mail["Message-ID"] for mail in server.mails] == ["<0193@example.com>"] * 2

    def test_answers_go_to_the_workspace_and_leave_is_taken_with_one_click(
        self, server: MailServer, mailer: Mailer
    ) -> None:
        mailer.carry(Mail("a@b.example", "News", "x", reply_to="us@b.example", unsubscribe="https://x.example/u/1"))

        (mail,) = server.mails
        assert mail["Reply-To"] == "us@b.example"
        assert mail["List-Unsubscribe"] == "<https://x.example/u/1>"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"

    @pytest.mark.parametrize(
        ("said", "failure"),
        [
            ("550 no such user", failures.Refused),
            ("451 greylisted", failures.Unreachable),
            ("421 too busy", failures.Unreachable),
        ],
    )
    def test_a_server_says_for_good_or_for_now(
        self, server: MailServer, mailer: Mailer, said: str, failure: type[Exception]
    ) -> None:
        server.answer = lambda recipient: said
        with pytest.raises(failure, match=f"answered {said[:3]}"):
            mailer.carry(Mail("a@b.example", "x", "y"))
        server.answer, server.after_data = lambda recipient: "250 fine", lambda mail: said
        with pytest.raises(failure, match=f"answered {said[:3]}") as refused:
            mailer.carry(Mail("a@b.example", "x", "y"))
        assert refused.value.answer == said[4:]
        assert server.mails == []

    def test_a_server_that_is_away_may_be_back_tomorrow(self) -> None:
        mailer = Mailer.from_settings({**PRODUCTION, "jemeti.mail.url": "smtp://127.0.0.1:9"})
        with pytest.raises(failures.Unreachable, match="cannot be reached"):
            mailer.carry(Mail("a@b.example", "x", "y"))

    def test_a_login_that_fails_is_our_fault_and_not_the_mails(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*args: Any) -> None:
            raise smtplib.SMTPAuthenticationError(535, b"who are you")

        transport = SmtpTransport("127.0.0.1", 9)
        monkeypatch.setattr(SmtpTransport, "_connect", refuse)
        with pytest.raises(failures.Unreachable, match="answered 535"):
            transport.carry(Mail("a@b.example", "x", "y").message("a@b.example"))

    @pytest.mark.parametrize("part", ["to", "subject", "sender_name", "reply_to"])
    def test_no_line_break_gets_into_a_header(self, server: MailServer, mailer: Mailer, part: str) -> None:
        given = {"to": "a@b.example", "subject": "x", "text": "y", part: "a@b.example\r\nBcc: c@d.example"}
        with pytest.raises(failures.Refused, match="cannot be written"):
            mailer.carry(Mail(**given))
        assert server.lines == []


class TestHtml:
    def test_whatever_is_in_it_is_text(self) -> None:
        evil = '<img src=file:///etc/passwd> <script>alert(1)</script> <link href="http://127.0.0.1">'
        html = as_html(evil, title=evil, sender=evil, colour='red;}"><script>', locale='"><script>')

        assert "<script" not in html
        assert "<img" not in html
        assert "<link" not in html
        assert "&lt;script&gt;" in html

    def test_links_can_be_clicked_and_paragraphs_are_kept(self) -> None:
        html = as_html("One\ntwo\n\nhttps://x.example/a?b=1&c=2 three", title="t", sender="s", colour=None, locale="en")

        assert '<a href="https://x.example/a?b=1' in html
        assert html.count("<p style") == 2
        assert "One<br>" in html

    @pytest.mark.parametrize(("colour", "ink"), [("#ffeb3b", "#1f2933"), ("#0d47a1", "#ffffff"), (None, "#ffffff")])
    def test_what_stands_on_the_workspaces_colour_can_be_read(self, colour: str | None, ink: str) -> None:
        html = as_html("x", title="t", sender="s", colour=colour, locale="en")

        assert f"background:{colour or '#334155'};color:{ink}" in html

    def test_arabic_is_read_from_the_right(self) -> None:
        assert '<html lang="ar" dir="rtl">' in as_html("x", title="t", sender="s", colour=None, locale="ar-EG")


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
        assert Mailer.from_settings({**DEVELOPMENT, "jemeti.mail.url": "log"}).kept is not None

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

    def test_production_without_a_server_says_so_and_keeps_the_text_to_itself(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any], capsys: pytest.CaptureFixture[str]
    ) -> None:
        app = new_app(environment="production", jwt__keys="k" * 40)
        assert "no mail will be sent" in capsys.readouterr().out
        email = tenant.login("owner").email
        client = on(app, api)
        client.anonymous.post("/api/auth/password/forgot", {"email": email}, expect=202)
        assert mails_to(app.registry.platform, email) == []

        logged = capsys.readouterr().out
        assert "jemeti.mail.url is not set" in logged
        assert "#token=" not in logged
        (message,) = messages_to(api, email)
        assert (message["status"], message["reason"]) == ("failed", "refused")
        assert message["last_error"] == "No mail server is configured: jemeti.mail.url is not set"
        assert client.get("/readyz").json["data"]["mail"] == "not configured"
        client.anonymous.request("GET", "/dev/outbox", expect=404)


class TestOutboxPage:
    def test_json_and_html(self, api: Api, tenant: TestWorkspace) -> None:
        text = "Look <b>here</b>:\nhttp://demo.localhost:6543/x#token=a.b_c-d\n"
        with tenant.work() as work:
            write(work, "page@b.example", text, subject="<script>alert(1)</script>")
        mails_to(tenant.platform, "")

        assert api.anonymous.get("/dev/outbox").data[0]["to"] == "page@b.example"
        page = api.anonymous.get("/dev/outbox", headers={"Accept": "text/html,*/*;q=0.8"})
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "<script>" not in page.text
        assert "&lt;b&gt;here" in page.text
        assert '<a href="http://demo.localhost:6543/x#token=a.b_c-d">' in page.text

    def test_the_messages_of_one_recipient_are_found(self, api: Api, tenant: TestWorkspace) -> None:
        with tenant.work() as work:
            write(work, "one@filter.example", "Hello")
            write(work, "two@filter.example", "Hello")
            write(work, "+4915112345678", "Hello", channel="sms")
        mails_to(tenant.platform, "")

        found = api.anonymous.get("/dev/outbox", params={"to": "ONE@filter"}).data
        assert [message["to"] for message in found] == ["one@filter.example"]
        found = api.anonymous.get("/dev/outbox", params={"to": "+4915112345678"}).data
        assert [(message["channel"], message["text"]) for message in found] == [("sms", "Hello")]

    def test_a_page_elsewhere_cannot_read_it(self, api: Api) -> None:
        api.anonymous.at("rebound.evil.test").request("GET", "/dev/outbox", expect=404)

    def test_a_password_is_never_in_it(self, api: Api, tenant: TestWorkspace) -> None:
        api.anonymous.post("/api/auth/login", {"email": tenant.login("owner").email, "password": PASSWORD})
        assert PASSWORD not in api.anonymous.get("/dev/outbox").text
