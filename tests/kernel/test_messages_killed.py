"""The worker that sends mail, killed again and again while it does: every mail arrives, a double is told by its id."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.running import command
from jemeti_platform.testing.waiting import wait_until
from jemeti_platform.testing.workspaces import TestWorkspace

from .mail_server import MailServer, mail_server
from .messaging import write

NUMBER, KILLS = 40, 3


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as one:
        one.handle_error = lambda *args: None  # type: ignore[method-assign]  # clients that are killed hang up
        yield one


@pytest.fixture
def start_worker(
    database: Database, settings: dict[str, str], tmp_path: Path, server: MailServer
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `jemeti worker` for messages, with a mail server."""
    own = {"jemeti.mail.url": server.url, "jemeti.worker.heartbeat_seconds": "1"}
    given = {**settings, **database.settings, **own}
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in given.items()]
    ini = tmp_path / "worker.ini"
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", "use = egg:waitress#main"]))
    with ExitStack() as started, (tmp_path / "out").open("ab") as out:

        def start() -> subprocess.Popen[bytes]:
            line = command("worker", "--ini", ini, "--queues", "messages", "--concurrency", 4)
            process = subprocess.Popen(line, stdout=out, stderr=subprocess.STDOUT, env=dict(os.environ))
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


def test_killed_while_it_sends_it_loses_nothing_and_doubles_keep_their_id(
    tenant: TestWorkspace, api: Api, server: MailServer, start_worker: Callable[[], subprocess.Popen[bytes]]
) -> None:
    def slow(mail: Any) -> str:
        time.sleep(0.05)  # so that a kill meets mails on their way
        return "250 taken"

    server.after_data = slow
    with tenant.work() as work:
        identities = {str(write(work, f"{n}@kill.example", f"Mail {n}")) for n in range(NUMBER)}
    for n in range(KILLS):
        process = start_worker()
        wait_until(lambda goal=(n + 1) * NUMBER // (KILLS + 2): len(server.mails) >= goal)
        process.send_signal(signal.SIGKILL)
        process.wait()
    start_worker()
    wait_until(lambda: api.get("/v1/messages", params={"status": "sent"}).meta["total"] == NUMBER)

    mails = [mail for mail in server.mails if mail["To"].endswith("@kill.example")]  # other tests may have left some
    by_id = Counter(mail["Message-ID"] for mail in mails)
    assert {identity.partition("@")[0].lstrip("<") for identity in by_id} == identities
    # at most what was on its way when the worker was killed has come twice
    assert sum(by_id.values()) - NUMBER <= 4 * KILLS
    assert {len({mail["To"] for mail in mails if mail["Message-ID"] == one}) for one in by_id} == {1}
