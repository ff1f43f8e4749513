"""A plugin is switched on while everybody works: nobody's request fails, and it answers from the very next one on."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database, DatabaseServer
from jemeti_platform.testing.running import Running, command
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace
from tests.third_party.outside import install

EXAMPLE = Path(__file__).parents[2] / "examples" / "tyre-hotel"
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
class Installed:
    """The platform with our plugins and the tyre hotel, served by several processes; and two workspaces in it."""

    ini: Path
    environment: dict[str, str]
    port: int
    first: TestWorkspace
    second: TestWorkspace

    def jemeti(self, *arguments: str) -> tuple[float, float]:
        """Run a command in a process of its own; when it began and when it had ended."""
        begun = time.monotonic()
        line = command(*arguments, "--ini", self.ini)
        done = subprocess.run(line, env=self.environment, capture_output=True, text=True, check=False, timeout=120)
        assert done.returncode == 0, done.stdout + done.stderr
        return begun, time.monotonic()


@pytest.fixture
def served(
    database_server: DatabaseServer,
    database: Database,
    settings: dict[str, str],
    app: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Installed]:
    folder = install(EXAMPLE, tmp_path_factory.mktemp("live"))
    own = database_server.clone(database_server.template(app.registry.platform.manifests), "jemeti_live")
    kept = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment = {**kept, "PYTHONPATH": str(folder / "site")}
    ini = folder / "live.ini"
    values = {**settings, **own.settings}
    lines = [f"{key} = {value.replace('%', '%%')}" for key, value in values.items()]
    ini.write_text("\n".join(["[app:main]", "use = egg:jemeti", *lines, "[server:main]", ""]), encoding="utf-8")
    subprocess.run(command("migrate", "--ini", ini), env=environment, check=True, capture_output=True, timeout=120)
    with booted(settings, own) as without:
        registry = without.registry
        first, second = (make_workspace(registry.platform, registry.security_policy.tokens) for _ in range(2))
        for workspace in (first, second):
            workspace.login()
        with Running(folder, command("serve", "--ini", ini, "--workers", 2), environment=environment) as run:
            yield Installed(ini, environment, run.port, first, second)
    database_server.drop(own)


def test_while_requests_run_it_is_on_from_the_next_request_and_none_fails(served: Installed) -> None:
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
        on = served.jemeti("plugins", "enable", "tyre_hotel", "--workspace", first.slug)
        traffic.wait_for(20)
        off = served.jemeti("plugins", "disable", "tyre_hotel", "--workspace", first.slug)
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
