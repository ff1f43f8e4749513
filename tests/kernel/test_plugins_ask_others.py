"""A plugin asks servers of others from late tasks, guarded and limited, and is told of by log and metric."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from prometheus_client import CollectorRegistry
from structlog.testing import capture_logs

from jemeti_platform.admin import plans
from jemeti_platform.egress import Unreachable, Unsafe, send
from jemeti_platform.egress.of_plugins import Asked
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.apps import booted
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.outside import Outside
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace, platform_work

FOLDER = str(Path(__file__).parent.parent / "careless")
SUPPLIER = "https://parts.example/v1/orders?key=secret"


@pytest.fixture(name="app", scope="module")
def application(database: Database, settings: dict[str, str]) -> Iterator[Any]:
    """An application with crm and a plugin whose view and tasks do what a test wants."""
    with ExitStack() as stack:
        sys.path.insert(0, FOLDER)
        try:
            app = stack.enter_context(booted({**settings, "jemeti.plugins": "crm steady"}, database))
        finally:
            sys.path.remove(FOLDER)
        with platform_work(app.registry.platform) as work:
            features = dict.fromkeys(app.registry.platform.features, "on")
            plans.save(work, plans.Plan("steady", "Steady", position=310, features=features))
        yield app


@pytest.fixture
def platform(app: Any) -> Platform:
    found: Platform = app.registry.platform
    return found


@pytest.fixture
def here(app: Any) -> TestWorkspace:
    return make_workspace(app.registry.platform, app.registry.security_policy.tokens, plan="steady", country="BD")


@pytest.fixture
def acts(platform: Platform) -> Iterator[list[Any]]:
    found: list[Any] = platform.module("steady").ACTS
    yield found
    found.clear()


@pytest.fixture
def jobs(platform: Platform) -> RunJobs:
    return RunJobs(platform, datetime.now(UTC))


def defer(here: TestWorkspace, task: str = "steady.ask") -> None:
    with here.work() as work:
        work.defer(task)


def counted(platform: Platform, host: str, outcome: str) -> float:
    labels = {"plugin": "steady", "host": host, "outcome": outcome}
    return platform.metrics.get_sample_value("jemeti_egress_requests_total", labels) or 0


def test_a_late_task_asks_and_works_with_the_answer(
    platform: Platform, here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside
) -> None:
    outside.answers("parts.example", lambda sent: {"ordered": sent.body.decode()}, status=201)
    replies = []
    acts.append(lambda work: replies.append(send(work, "POST", SUPPLIER, content=b"4 tyres", headers={"X-Key": "k"})))
    defer(here)
    before = counted(platform, "parts.example", "2xx")
    with capture_logs() as lines:
        jobs()
    assert (replies[0].status, replies[0].json()) == (201, {"ordered": "4 tyres"})
    (sent,) = outside.sent
    assert (sent.method, sent.url, sent.headers["x-key"], sent.body) == ("POST", SUPPLIER, "k", b"4 tyres")
    assert counted(platform, "parts.example", "2xx") == before + 1
    (line,) = [line for line in lines if line["event"] == "a plugin has asked others"]
    assert (line["plugin"], line["task"], line["host"], line["status"]) == (
        "steady", "steady.ask", "parts.example", 201,
    )  # fmt: skip
    assert line["workspace"] == str(here.id)
    assert "secret" not in str(line)


def test_an_answer_of_any_status_is_an_answer(
    platform: Platform, here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside
) -> None:
    outside.answers("parts.example", b"elsewhere", status=302, headers={"Location": "https://elsewhere.example/"})
    replies = []
    acts.append(lambda work: replies.append(send(work, "GET", SUPPLIER)))
    defer(here)
    jobs()
    assert (replies[0].status, len(outside.sent)) == (302, 1), "redirects are not followed"
    assert counted(platform, "parts.example", "3xx") == 1
    with pytest.raises(Unreachable, match="no JSON"):
        replies[0].json()


def test_who_does_not_answer_fails_the_job_which_is_tried_again(
    platform: Platform, here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside
) -> None:
    outside.is_silent("parts.example")
    acts.append(lambda work: send(work, "GET", SUPPLIER, seconds=2))
    defer(here)
    with capture_logs() as lines:
        jobs(failing=True)
    (fault,) = [line for line in lines if line["event"] == "a plugin's task failed"]
    assert (fault["plugin"], fault["task"], fault["reason"]) == ("steady", "steady.ask", "Unreachable")
    (told,) = [line for line in lines if line["event"] == "a plugin has asked others in vain"]
    assert (told["outcome"], told["problem"]) == ("unreachable", "No answer within 2 seconds")
    assert counted(platform, "parts.example", "unreachable") == 1
    outside.answers("parts.example")
    jobs(ahead=timedelta(minutes=1))
    assert len(outside.sent) == 2


def test_nobody_is_asked_in_a_request_or_with_a_transaction_open(
    app: Any, here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside
) -> None:
    outside.answers("parts.example")
    problems: list[str] = []

    def ask(work: Any) -> None:
        with pytest.raises(RuntimeError) as refused:
            send(work, "GET", SUPPLIER)
        problems.append(str(refused.value))

    acts.append(ask)
    Api(app, f"{here.slug}.localhost", here, here.login()).get("/v1/steady/things", expect=200)
    defer(here, "steady.act")
    jobs()
    acts.insert(0, lambda work: work.open())
    defer(here)
    jobs()
    assert ["late task only" in problem for problem in problems] == [True, True, False]
    assert "ask first, then write" in problems[2]
    assert outside.sent == []


NO_DOORS = ["http://parts.example/", "https://169.254.169.254/latest/meta-data", "https://10.0.0.1/",
            "https://parts.example:5432/", "https://a:b@parts.example/", "file:///etc/passwd"]  # fmt: skip


@pytest.mark.parametrize("url", NO_DOORS)
def test_the_guard_stands_before_plugins_too(
    platform: Platform, here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside, url: str
) -> None:
    acts.append(lambda work: send(work, "GET", url))
    defer(here)
    with pytest.raises(Unsafe):
        jobs()
    assert outside.sent == []
    families = [family for family in platform.metrics.collect() if family.name == "jemeti_egress_requests"]
    assert "unsafe" in {sample.labels["outcome"] for family in families for sample in family.samples}


def test_what_is_too_large_or_from_nobody_is_unreachable(
    here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside
) -> None:
    outside.answers("parts.example", b"x" * 11)
    acts.append(lambda work: send(work, "GET", SUPPLIER, most_bytes=10))
    defer(here)
    with pytest.raises(Unreachable, match="larger than 10 bytes"):
        jobs()
    acts[:] = [lambda work: send(work, "GET", "https://nobody.example/")]
    defer(here)
    with pytest.raises(Unreachable, match=r"no test has said what nobody\.example answers"):
        jobs()


BEYOND: list[dict[str, Any]] = [{"seconds": 31}, {"seconds": 0}, {"most_bytes": 17 * 1024 * 1024},
                                {"headers": {"Authorization": "secret\r\nX: y"}}]  # fmt: skip


@pytest.mark.parametrize("wish", BEYOND, ids=str)
def test_nobody_waits_for_longer_or_takes_more_than_the_platform_allows(
    here: TestWorkspace, acts: list[Any], jobs: RunJobs, outside: Outside, wish: dict[str, Any]
) -> None:
    acts.append(lambda work: send(work, "GET", SUPPLIER, **wish))
    defer(here)
    with pytest.raises(ValueError, match=r"up to|Authorization") as refused:
        jobs()
    assert "secret" not in str(refused.value)
    assert outside.sent == []


def test_however_many_hosts_a_workspace_names_the_metrics_stay_small() -> None:
    metrics = CollectorRegistry()
    asked = Asked(metrics)
    for number in range(150):
        asked.count("steady", f"{number}.example", "2xx")
    hosts = {s.labels["host"]: s.value for f in metrics.collect() for s in f.samples if s.name.endswith("_total")}
    assert (len(hosts), hosts["other"], hosts["0.example"]) == (101, 50, 1)
