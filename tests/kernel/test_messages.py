"""The outbox: what is committed is sent, what is undone is not, and what fails is tried again or says why."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import psycopg
import pytest

from jemeti_platform.boot import transaction
from jemeti_platform.db.statement import Statement
from jemeti_platform.messages import Recipient, send
from jemeti_platform.messages.delivery import PAUSES, deliver
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.worker.queue import open_queue
from jemeti_platform.worker.running import run

from .mail_server import MailServer, mail_server
from .messaging import messages_to, write
from .signing_in import on

LATER = timedelta(days=3)


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        yield one


@pytest.fixture
def posting(server: MailServer, new_app: Callable[..., Any], run_jobs: RunJobs) -> RunJobs:
    """Runs jobs in an application that sends its mail to ``server``."""
    return RunJobs(new_app(mail__url=server.url).registry.platform, run_jobs._since)


class TestWhen:
    def test_after_commit_and_not_before(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "a@after.example", "Hello")
            posting()
            assert server.mails == []

        posting()
        assert [mail["To"] for mail in server.mails] == ["a@after.example"]
        (message,) = messages_to(api, "a@after.example")
        assert (message["status"], message["attempts"], message["last_error"]) == ("sent", 1, None)
        assert message["sent_at"] is not None

    def test_what_is_undone_is_not_sent(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with transaction() as manager:
            write(tenant.working(manager), "a@undone.example", "Hello")
            manager.abort()
            manager.begin()

        assert posting() == []
        assert messages_to(api, "a@undone.example") == []
        assert server.mails == []

    def test_a_message_costs_no_round_trip(self, tenant: TestWorkspace) -> None:
        def transact(number: int) -> int:
            with count_round_trips(tenant.platform) as counted, tenant.work() as work:
                for n in range(number):
                    write(work, f"{n}@cheap.example", "Hello")
            return counted.count

        transact(1)
        assert transact(5) == transact(0)


class TestHow:
    def test_the_workspace_is_who_writes(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        api.patch("/v1/workspace", {"name": "Müller & Söhne", "email": "hello@mueller.example"})
        with tenant.work() as work:
            identity = write(work, "a@from.example", "Hello")
        posting()

        (mail,) = server.mails
        assert mail["From"] == "Müller & Söhne <no-reply@localhost>"
        assert mail["Reply-To"] == "hello@mueller.example"
        assert mail["Message-ID"] == f"<{identity}@localhost>"

    def test_twenty_arrive_in_spite_of_failures(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        tried: Counter[str] = Counter()

        def answer(recipient: str) -> str:
            tried[recipient] += 1
            # each third one is refused for now at its first two tries, and one for good
            if recipient == "7@twenty.example":
                return "550 no such user"
            return "451 later" if int(recipient.partition("@")[0]) % 3 == 0 and tried[recipient] < 3 else "250 fine"

        server.answer = answer
        with tenant.work() as work:
            for n in range(20):
                write(work, f"{n}@twenty.example", f"Mail {n}")
        posting()
        assert len(server.mails) == 12
        for _ in range(2):
            pull_forward(tenant)
            posting(ahead=LATER)

        assert Counter(mail["To"] for mail in server.mails) == {
            f"{n}@twenty.example": 1 for n in range(20) if n != 7
        }  # fmt: skip
        rows = api.get("/v1/messages", params={"per_page": 100}).data
        assert Counter(row["status"] for row in rows) == {"sent": 19, "failed": 1}
        assert {row["attempts"] for row in rows if int(row["recipient"].partition("@")[0]) % 3 == 0} == {3}
        (lost,) = [row for row in rows if row["status"] == "failed"]
        assert (lost["recipient"], lost["reason"]) == ("7@twenty.example", "refused")
        assert lost["last_error"] == "The mail server answered 550: no such user"

    def test_pauses_grow_and_in_the_end_it_gives_up(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        server.answer = lambda recipient: "451 later"
        with tenant.work() as work:
            write(work, "a@never.example", "Hello")
        pauses = []
        for n in range(len(PAUSES) + 1):
            posting(ahead=LATER)
            (message,) = messages_to(api, "a@never.example")
            assert message["attempts"] == n + 1
            if message["status"] == "queued":
                pauses.append(instant(message["send_after"]) - instant(message["updated_at"]))
                pull_forward(tenant)

        assert (message["status"], message["reason"]) == ("failed", "unreachable")
        assert [round(pause / timedelta(minutes=1)) for pause in pauses] == [1, 5, 15, 60, 180, 360, 720, 1440]
        assert posting(ahead=LATER) == []

    def test_two_workers_send_one_message_once(
        self, tenant: TestWorkspace, server: MailServer, new_app: Callable[..., Any], run_jobs: RunJobs
    ) -> None:
        platform = new_app(mail__url=server.url, pool_size="6").registry.platform
        with tenant.work() as work:
            identity = write(work, "a@one.example", "Hello")

        def try_it(n: int) -> None:
            with transaction() as manager:
                work = type(tenant)(platform, None, tenant.id, tenant.slug, "DE").working(manager)
                work.open()
                deliver(work, identity)

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(try_it, range(8)))
        assert len(server.mails) == 1


class TestTooLate:
    def test_what_is_of_no_use_any_more_is_not_sent(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "a@late.example", "Hello", expires_at=work.now() - timedelta(seconds=1))
        posting()

        (message,) = messages_to(api, "a@late.example")
        assert (message["status"], message["reason"]) == ("failed", "expired")
        assert server.mails == []


class TestConfidential:
    @pytest.fixture
    def invited(self, api: Api) -> str:
        (role,) = api.get("/v1/roles", params={"slug": "viewer"}).data
        api.post("/v1/users", {"email": "a@secret.example", "role_id": role["id"]}, expect=201)
        return "a@secret.example"

    def test_a_link_is_forgotten_when_it_has_been_sent(
        self, tenant: TestWorkspace, api: Api, invited: str, posting: RunJobs, server: MailServer, database: Database
    ) -> None:
        secret = everything_about(database, tenant, "messages")
        assert "#token=" in secret
        assert "#token=" not in everything_about(database, tenant, "audit_log")
        assert "#token=" not in api.get("/v1/messages").text
        posting()

        assert "#token=" in body_of(server.mails[0])
        for table in ("messages", "audit_log"):
            assert "#token=" not in everything_about(database, tenant, table)
        (message,) = messages_to(api, invited)
        assert (message["status"], message["text"], message["confidential"]) == ("sent", None, True)

    def test_nor_is_it_kept_when_it_could_not_be_sent(
        self, tenant: TestWorkspace, api: Api, invited: str, posting: RunJobs, server: MailServer, database: Database
    ) -> None:
        server.answer = lambda recipient: "550 no"
        posting()

        assert "#token=" not in everything_about(database, tenant, "messages")
        (message,) = messages_to(api, invited)
        refused = api.post(f"/v1/messages/{message['id']}/resend", expect=409)
        assert refused.error["details"]["reason"] == "confidential"

    def test_the_queue_never_holds_it(self, tenant: TestWorkspace, invited: str, database: Database) -> None:
        with database.connect() as connection:
            rows = connection.execute("SELECT args::text FROM procrastinate.procrastinate_jobs").fetchall()
        assert rows
        assert "token" not in str(rows)

    def test_the_database_keeps_no_secret_beyond_sending(self, tenant: TestWorkspace, invited: str) -> None:
        with pytest.raises(psycopg.errors.CheckViolation, match="secret_while_waiting"), tenant.work() as work:
            work.write(Statement("UPDATE messages SET status = 'failed'")())


class TestCrash:
    def test_a_process_killed_after_commit_loses_nothing(
        self, tenant: TestWorkspace, database: Database, settings: dict[str, str], posting: RunJobs, server: MailServer
    ) -> None:
        given = json.dumps({**settings, **database.settings})
        program = [sys.executable, "-m", "tests.kernel.killed_after_commit", given, str(tenant.id)]
        killed = subprocess.run(program, check=False, capture_output=True, cwd=Path.cwd())
        assert killed.returncode == -signal.SIGKILL, killed.stderr.decode()

        posting()
        assert sorted(mail["To"] for mail in server.mails) == [f"{n}@killed.example" for n in range(5)]

    def test_the_one_window_for_a_double_is_the_answer_of_the_server(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "a@double.example", "Hello")

        def killed(mail: EmailMessage) -> str:
            server.mails.append(mail)
            raise ConnectionAbortedError  # the worker never hears that it was taken

        server.after_data = killed
        server.handle_error = lambda *args: None  # type: ignore[method-assign]
        posting()
        (message,) = messages_to(api, "a@double.example")
        assert message["status"] == "queued"
        server.after_data = lambda mail: "250 taken"
        pull_forward(tenant)
        posting(ahead=LATER)

        first, second = server.mails
        assert first["Message-ID"] == second["Message-ID"] == f"<{message['id']}@localhost>"

    def test_a_worker_that_dies_while_it_sends_leaves_the_message_to_the_next(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            write(work, "a@dies.example", "Hello")
        platform = posting._platform
        with open_queue(platform) as queue:
            job = queue.fetch()
            while job is not None and job.tenant_id != tenant.id:
                queue.finish(job, "succeeded")
                job = queue.fetch()
            assert job is not None
            server.after_data = lambda mail: kill_backends(platform)
            with pytest.raises(Exception, match=r"terminat|closed|lost"):
                run(platform, job)
            (message,) = messages_to(api, "a@dies.example")
            assert message["status"] == "queued"
            server.after_data = lambda mail: "250 taken"
            run(platform, job)

        assert [mail["To"] for mail in server.mails] == ["a@dies.example"] * 2
        assert messages_to(api, "a@dies.example")[0]["status"] == "sent"


class TestIsolation:
    def test_jobs_of_two_workspaces_mixed_in_four_workers(
        self, new_tenant: Callable[..., TestWorkspace], server: MailServer, new_app: Callable[..., Any]
    ) -> None:
        platform = new_app(mail__url=server.url, pool_size="8").registry.platform
        twins = {mark: new_tenant(mark=mark) for mark in ("CANARY-A", "CANARY-B")}
        jobs = []
        for n in range(60):
            for mark, workspace in twins.items():
                with workspace.work() as work:
                    to = Recipient(email=f"{n}@{mark.lower()}.example", name=mark, values={"user.name": f"{mark} {n}"})
                    send(work, "auth.password_changed", to)
        with open_queue(platform) as queue:
            while (job := queue.fetch()) is not None:
                jobs.append(job)
                queue.finish(job, "succeeded")
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(lambda job: run(platform, job), jobs))

        mails = [mail for mail in server.mails if "canary" in mail["To"]]
        assert len(mails) == 120
        for mail in mails:
            own = "CANARY-A" if "canary-a" in mail["To"] else "CANARY-B"
            other = "CANARY-B" if own == "CANARY-A" else "CANARY-A"
            whole = str(mail) + body_of(mail)
            assert own in whole
            assert other not in whole
            assert other.lower() not in whole.lower()


class TestLog:
    def test_messages_are_found_by_what_one_knows(self, tenant: TestWorkspace, api: Api, posting: RunJobs) -> None:
        with tenant.work() as work:
            write(work, "shirin@log.example", "Hello", subject="Your car is ready")
            write(work, "+4915112345678", "Hello", channel="sms")

        found = api.get("/v1/messages", params={"q": "shirin"}).data
        assert [row["recipient"] for row in found] == ["shirin@log.example"]
        assert [row["recipient"] for row in api.get("/v1/messages", params={"channel": "sms"}).data] == [
            "+4915112345678"
        ]
        assert api.get("/v1/messages", params={"status": "queued"}).meta["total"] == 2
        posting()
        assert api.get("/v1/messages", params={"status": "queued"}).meta["total"] == 0
        one = api.get(f"/v1/messages/{found[0]['id']}").data
        assert (one["text"], one["subject"], one["status"]) == ("Hello", "Your car is ready", "sent")
        assert not {"secret_text", "unsubscribe_token", "recipient_key"} & one.keys()

    def test_a_message_is_sent_again_as_one_of_its_own(
        self, tenant: TestWorkspace, api: Api, posting: RunJobs, server: MailServer
    ) -> None:
        with tenant.work() as work:
            identity = write(work, "a@again.example", "Hello")
        refused = api.post(f"/v1/messages/{identity}/resend", expect=409)
        assert refused.error["details"]["reason"] == "state"
        posting()
        again = api.post(f"/v1/messages/{identity}/resend", expect=201)
        posting()

        assert again.data["resend_of"] == str(identity)
        assert [body_of(mail).strip() for mail in server.mails] == ["Hello", "Hello"]
        assert len({mail["Message-ID"] for mail in server.mails}) == 2
        assert api.get(again.location).data["status"] == "sent"

    def test_who_may_read_may_not_write(self, tenant: TestWorkspace, api: Api) -> None:
        with tenant.work() as work:
            identity = write(work, "a@rights.example", "Hello")
        reader = api.as_one_who_may("messages:read")
        reader.get(f"/v1/messages/{identity}", expect=200)
        reader.post(f"/v1/messages/{identity}/resend", expect=403)
        api.as_role("viewer").get("/v1/messages", expect=403)

    def test_another_workspaces_message_is_not_there(
        self, tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api], other_tenant: TestWorkspace
    ) -> None:
        with tenant.work() as work:
            identity = write(work, "a@mine.example", "Hello")
        api_of(other_tenant).get(f"/v1/messages/{identity}", expect=404)
        api_of(other_tenant).post(f"/v1/messages/{identity}/resend", expect=404)


def test_a_failing_mail_server_fails_no_request(
    api: Api, server: MailServer, new_app: Callable[..., Any], run_jobs: RunJobs, capsys: pytest.CaptureFixture[str]
) -> None:
    app = new_app(mail__url="smtp://127.0.0.1:9")
    client = on(app, api)
    role = next(r["id"] for r in client.get("/v1/roles").data if r["slug"] == "viewer")

    client.post("/v1/users", {"email": "a@failing.example", "role_id": role}, expect=201)

    RunJobs(app.registry.platform, run_jobs._since)()
    assert client.get("/v1/users", params={"status": "invited"}).meta["total"] == 1
    logged = capsys.readouterr().out
    assert "message not sent" in logged
    assert "#token=" not in logged


def pull_forward(tenant: TestWorkspace) -> None:
    """Let what waits for its next try be due now."""
    with tenant.work() as work:
        work.write(Statement("UPDATE messages SET send_after = now() WHERE status = 'queued'")())


def kill_backends(platform: Any) -> str:
    """What the end of a worker is to the database: its connections are gone."""
    pooled = platform.engines["platform"].raw_connection()
    url = platform.engines["app"].url.render_as_string(hide_password=False).replace("+psycopg", "")
    pooled.close()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE usename = 'jemeti_app' AND pid <> pg_backend_pid() AND datname = current_database()"
            " AND state = 'idle in transaction'"
        )
    return "250 taken"


def everything_about(database: Database, tenant: TestWorkspace, table: str) -> str:
    with database.connect("jemeti_backup") as backup:
        rows = backup.execute(f"SELECT t::text FROM {table} t WHERE tenant_id = %s", [tenant.id]).fetchall()
    assert rows
    return str(rows)


def body_of(mail: EmailMessage) -> str:
    plain = mail.get_body(("plain",))
    assert plain is not None
    text: str = plain.get_content()
    return text


def instant(text: str) -> datetime:
    return datetime.fromisoformat(text)
