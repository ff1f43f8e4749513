"""A plugin is switched on while everybody works: nobody's request fails, and it answers from the very next one on."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import DatabaseServer
from jemeti_platform.testing.running import Running, command
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace
from tests.third_party.served import Installed

SETS = "/v1/tyre-hotel/tyre-sets"
CUSTOMERS = "/v1/crm/customers"


@dataclass(frozen=True, slots=True)
class Asked:
    """One request: when it began and when its answer was there, by the monotonic clock; 0 is no answer."""

    begun: float
    ended: float
    status: int


@dataclass
class Traffic:
    """Clients that ask again and again until ``stop`` is set, and what they were answered, by workspace and path."""

    port: int
    answers: dict[tuple[str, str], list[Asked]] = field(default_factory=dict)
    stop: threading.Event = field(default_factory=threading.Event)

    def client(self, workspace: TestWorkspace, method: str, path: str) -> threading.Thread:
        kept = self.answers.setdefault((workspace.slug, f"{method} {path}"), [])

        def ask() -> None:
            headers = workspace.login().headers
            with httpx.Client(
                base_url=f"http://127.0.0.1:{self.port}", headers=headers, trust_env=False, timeout=30
            ) as web:
                while not self.stop.wait(0.01):
                    begun = time.monotonic()
                    try:
                        body = {"name": "Shirin Akhter"} if method == "POST" else None
                        status = web.request(method, path, json=body).status_code
                    except httpx.TransportError:
                        status = 0
                    kept.append(Asked(begun, time.monotonic(), status))

        return threading.Thread(target=ask)

    def wait_for(self, more: int) -> None:
        """Returns when each client has been answered so many times more."""
        wanted = {key: len(kept) + more for key, kept in self.answers.items()}
        while any(len(self.answers[key]) < n for key, n in wanted.items()):
            time.sleep(0.01)

    def of(self, workspace: TestWorkspace, path: str = SETS) -> list[Asked]:
        return self.answers[workspace.slug, f"GET {path}"]


@dataclass(frozen=True)
class Served:
    """The platform with the tyre hotel, served by several processes; and two workspaces in it."""

    installed: Installed
    port: int
    first: TestWorkspace
    second: TestWorkspace


@pytest.fixture
def served(
    database_server: DatabaseServer, settings: dict[str, str], app: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Served]:
    own = database_server.clone(database_server.template(app.registry.platform.manifests), "jemeti_live")
    installed = Installed.make(tmp_path_factory.mktemp("live"), settings, own)
    with booted(settings, own) as without:
        registry = without.registry
        first, second = (make_workspace(registry.platform, registry.security_policy.tokens) for _ in range(2))
        for workspace in (first, second):
            workspace.login()
        assert "run `jemeti migrate`" in enable(installed, first, fails=True)
        assert '"state": "not migrated"' in installed.jemeti("plugins", "list", "--json")
        installed.jemeti("migrate")
        line = command("serve", "--ini", installed.ini, "--workers", 2)
        with Running(installed.folder, line, environment=installed.environment) as run:
            yield Served(installed, run.port, first, second)
    database_server.drop(own)


def enable(installed: Installed, workspace: TestWorkspace, *, fails: bool = False) -> str:
    return installed.jemeti("plugins", "enable", "tyre_hotel", "--workspace", workspace.slug, fails=fails)


def test_while_requests_run_it_is_on_from_the_next_request_and_none_fails(served: Served) -> None:
    first, second = served.first, served.second
    traffic = Traffic(served.port)
    clients = [
        traffic.client(workspace, method, path)
        for workspace in (first, second)
        for method, path in (("GET", SETS), ("GET", SETS), ("GET", CUSTOMERS), ("POST", CUSTOMERS))
    ]
    for client in clients:
        client.start()
    try:
        traffic.wait_for(20)
        on = served.installed.timed("plugins", "enable", "tyre_hotel", "--workspace", first.slug)
        traffic.wait_for(20)
        off = served.installed.timed("plugins", "disable", "tyre_hotel", "--workspace", first.slug)
        traffic.wait_for(20)
    finally:
        traffic.stop.set()
        for client in clients:
            client.join()

    for workspace in (first, second):
        assert Counter(one.status for one in traffic.of(workspace, CUSTOMERS)).keys() == {200}
        assert Counter(one.status for one in traffic.answers[workspace.slug, f"POST {CUSTOMERS}"]).keys() == {201}
    assert {one.status for one in traffic.of(second)} == {402}, "where it was not switched"
    before = {one.status for one in traffic.of(first) if one.ended < on[0]}
    between = {one.status for one in traffic.of(first) if on[1] < one.begun and one.ended < off[0]}
    after = {one.status for one in traffic.of(first) if one.begun > off[1]}
    assert (before, between, after) == ({402}, {200}, {402})
    assert {one.status for one in traffic.of(first)} == {200, 402}
    first_answer = min(one.ended for one in traffic.of(first) if one.status == 200)
    refused = [one for one in traffic.of(first) if one.status == 402 and first_answer < one.begun < off[0]]
    assert refused == [], "once anybody was answered, in whichever process, everybody is"
    print(f"{sum(map(len, traffic.answers.values())):,} requests, none failed")  # noqa: T201 (the figures are the result)
