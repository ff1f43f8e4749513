"""A server that is killed while it works: with a key every request has one effect, however often it was retried."""

from __future__ import annotations

import json
import os
import queue
import random
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.running import Running, free_port
from jemeti_platform.testing.waiting import LONG, wait_until
from jemeti_platform.testing.workspaces import TestWorkspace

WISHES = 120
CLIENTS = 8
KILLS = 4
COUNT = Statement("SELECT name, count(*) AS n FROM crm_customers GROUP BY name")


class Server:
    """Serves the test database on one port, again and again."""

    def __init__(self, folder: Path, settings: dict[str, str]) -> None:
        self.folder, self.port = folder, free_port()
        self.line = [sys.executable, str(Path(__file__).parent / "serving.py"), str(self.port), json.dumps(settings)]
        self.start()

    def start(self) -> None:
        here = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
        self.running = Running(self.folder, self.line, port=self.port, environment=here)

    def kill(self) -> None:
        self.running.process.kill()
        self.running.process.wait()


@pytest.fixture
def server(tmp_path: Path, settings: dict[str, str], database: Database, app: Any) -> Iterator[Server]:
    made = Server(tmp_path, {**settings, **database.settings, "jemeti.pool_size": "8"})
    yield made
    made.kill()


def send_until_answered(
    server: Server, tenant: TestWorkspace, wishes: queue.Queue[str], answers: dict[str, list[bytes]], *, keyed: bool
) -> None:
    """One client: takes wishes and sends each until somebody answers, as a till does that hears nothing."""
    with httpx.Client(
        base_url=f"http://127.0.0.1:{server.port}", headers=tenant.login().headers, trust_env=False
    ) as web:
        while True:
            try:
                wish = wishes.get_nowait()
            except queue.Empty:
                return
            headers = {"Idempotency-Key": wish} if keyed else {}
            for _ in range(4000):
                try:
                    answer = web.post("/v1/crm/customers", json={"name": wish}, headers=headers)
                except httpx.TransportError:
                    time.sleep(0.05)
                    continue
                if answer.status_code == 409 and answer.json()["error"]["details"]["reason"] == "in_progress":
                    time.sleep(0.05)
                    continue
                assert answer.status_code == 201, answer.text
                answers.setdefault(wish, []).append(answer.content)
                break


def serve_and_be_killed(server: Server, tenant: TestWorkspace, *, keyed: bool) -> dict[str, list[bytes]]:
    """What each wish was answered with, while the server is killed ``KILLS`` times."""
    wishes: queue.Queue[str] = queue.Queue()
    for number in range(WISHES):
        wishes.put(f"wish-{number:03d}")
    answers: dict[str, list[bytes]] = {}
    tenant.login()
    clients = [
        threading.Thread(target=send_until_answered, args=(server, tenant, wishes, answers), kwargs={"keyed": keyed})
        for _ in range(CLIENTS)
    ]
    for client in clients:
        client.start()
    chance = random.Random(20261124)
    for _ in range(KILLS):
        heard = len(answers)
        wait_until(lambda heard=heard: len(answers) >= heard + CLIENTS)
        time.sleep(chance.uniform(0, 0.1))
        server.kill()
        server.start()
    for client in clients:
        client.join(LONG)
        assert not client.is_alive()
    assert len(answers) == WISHES
    return answers


def effects(tenant: TestWorkspace) -> dict[str, int]:
    with tenant.work() as work:
        (rows,) = work.read(COUNT())
    return {row["name"]: row["n"] for row in rows}


def test_a_killed_server_loses_and_doubles_nothing(server: Server, tenant: TestWorkspace) -> None:
    answers = serve_and_be_killed(server, tenant, keyed=True)
    assert effects(tenant) == dict.fromkeys(answers, 1)
    again: queue.Queue[str] = queue.Queue()
    for wish in answers:
        again.put(wish)
    send_until_answered(server, tenant, again, answers, keyed=True)
    assert all(first == second for first, second in answers.values()), "a replay is the first answer, byte for byte"


def test_without_keys_what_was_done_unheard_is_done_twice(server: Server, tenant: TestWorkspace) -> None:
    answers = serve_and_be_killed(server, tenant, keyed=False)
    counted = effects(tenant)
    assert counted.keys() == answers.keys()
    assert sum(counted.values()) > WISHES, "the control: killing does catch requests between COMMIT and answer"
