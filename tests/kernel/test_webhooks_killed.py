"""A receiver that fails now and then and a worker that is killed lose nothing and leave the order of objects alone."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from standardwebhooks.webhooks import Webhook

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import wait_until

from .hooks_platform import SETTINGS, Hooks, hooks_of_a_workspace, sending_app  # noqa: F401 (fixtures)
from .loopback import Received, receiver

CUSTOMERS, CHANGES = 20, 9
EVENTS = CUSTOMERS * (1 + CHANGES)
FAILING = 0.3


@pytest.fixture
def start_worker(
    database: Database, settings: dict[str, str], tmp_path: Path
) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts `jemeti worker` for deliveries, which tries again after next to no time."""
    own = {"jemeti.webhooks.pauses": "0.05 0.2", "jemeti.worker.heartbeat_seconds": "1"}
    given = {**settings, **database.settings, **SETTINGS, **own}
    ini = tmp_path / "worker.ini"
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in given.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", "use = egg:waitress#main"]))
    line = "from jemeti_platform.cli import main; main()"
    with database.connect() as superuser:  # what other tests have left is not for a worker that sends
        superuser.execute("SET search_path = procrastinate, public")  # triggers look for their types there
        superuser.execute("UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo'")

    with ExitStack() as started:

        def start() -> subprocess.Popen[bytes]:
            with (tmp_path / "out").open("ab") as out:
                process = subprocess.Popen(
                    [sys.executable, "-c", line, "worker", "--ini", str(ini), "--queues", "webhooks"],
                    stdout=out,
                    stderr=subprocess.STDOUT,
                )
            started.callback(process.wait)
            started.callback(process.kill)
            return process

        yield start


class Consumer:
    """Verifies what comes as a receiver would, fails three times of ten, and does each event once."""

    def __init__(self) -> None:
        self.secret = ""
        self.done: dict[str, str] = {}
        """The ids of events that have been taken, in that order, and the customer of each."""
        self.arrived: dict[str, list[str]] = defaultdict(list)
        self.requests = 0
        self._chance = random.Random(30)

    def answer(self, received: Received) -> int:
        self.requests += 1
        event = Webhook(self.secret).verify(received.body, dict(received.headers))
        assert event["id"] == received.headers["webhook-id"]
        customer = event["data"]["customer_id"]
        of_object = self.arrived[customer]
        if event["id"] not in of_object:
            of_object.append(event["id"])
        if self._chance.random() < FAILING:
            return 503
        self.done.setdefault(event["id"], customer)
        return 204

    def taken(self) -> dict[str, list[str]]:
        """The ids of each customer's events in the order in which they were taken."""
        found: dict[str, list[str]] = defaultdict(list)
        for identity, customer in self.done.items():
            found[customer].append(identity)
        return found


def happen(hooks: Hooks) -> None:
    """Two hundred events of twenty customers, one customer's between the others'."""
    customers = [hooks.customer(f"Customer {n}") for n in range(CUSTOMERS)]
    for change in range(CHANGES):
        for customer in customers:
            hooks.rename(customer, f"Name {change}")


def kept(hooks: Hooks) -> dict[str, list[str]]:
    """The ids of each customer's events in the order in which they happened."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in hooks.sql("SELECT id::text, object_id::text FROM events WHERE type LIKE 'crm.%%' ORDER BY position"):
        found[row["object_id"]].append(row["id"])
    return found


def test_killed_five_times_every_event_arrives_and_each_objects_in_order(hooks: Hooks, start_worker: Any) -> None:
    consumer = Consumer()
    with receiver(consumer.answer) as server:
        endpoint = hooks.add(server.url, "crm.*")
        consumer.secret = endpoint["secret"]
        happen(hooks)
        for kill in range(5):
            worker = start_worker()
            wanted = (kill + 1) * EVENTS // 8
            wait_until(lambda wanted=wanted: len(consumer.done) >= wanted)
            worker.kill()
            worker.wait()
        start_worker()
        wait_until(lambda: not hooks.sql("SELECT 1 AS one FROM webhook_deliveries WHERE status = 'pending' LIMIT 1"))
    events = kept(hooks)
    assert consumer.done.keys() == {one for ids in events.values() for one in ids}
    assert len(consumer.done) == EVENTS
    assert consumer.requests > EVENTS / (1 - FAILING) - EVENTS / 10
    assert consumer.arrived == consumer.taken() == events


@pytest.mark.parametrize("locked", ["with the lock", "without it"])
def test_it_is_the_lock_that_keeps_the_order(hooks: Hooks, database: Database, locked: str) -> None:
    consumer = Consumer()
    with receiver(consumer.answer) as server:
        endpoint = hooks.add(server.url, "crm.*")
        consumer.secret = endpoint["secret"]
        happen(hooks)
        if locked == "without it":
            with database.connect() as superuser:
                superuser.execute(
                    "UPDATE procrastinate.procrastinate_jobs SET lock = NULL WHERE args ->> 'tenant_id' = %s",
                    [str(hooks.workspace.id)],
                )
        while hooks.run(ahead=timedelta(minutes=2)):
            pass
    assert len(consumer.done) == EVENTS
    assert (consumer.taken() == kept(hooks)) is (locked == "with the lock")
