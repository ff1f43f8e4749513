"""What a plugin does wrong is undone with the request, and told in its name by log and metric."""

from __future__ import annotations

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from threading import Event
from typing import Any
from urllib.request import urlopen

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy.exc import DBAPIError
from structlog.testing import capture_logs

from jemeti_platform import main
from jemeti_platform.admin import plans
from jemeti_platform.admin.export import export_workspace
from jemeti_platform.cli.worker import metrics_served
from jemeti_platform.errors import Conflict, InternalError, NotFound, Unavailable
from jemeti_platform.platform import BootError, Platform
from jemeti_platform.plugin_faults import Junk, reason_of
from jemeti_platform.rest.health import health_of
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.running import free_port
from jemeti_platform.testing.waiting import LONG
from jemeti_platform.testing.workspaces import TestWorkspace, make_workspace, platform_work

FOLDER = str(Path(__file__).parent.parent / "careless")


@pytest.fixture(name="rough", scope="module")
def application(database: Database, settings: dict[str, str]) -> Iterator[Any]:
    """An application with crm, a plugin that does everything right, and one that does wrong what it is told to."""
    sys.path.insert(0, FOLDER)
    try:
        app = main({}, **{**settings, **database.settings, "jemeti.plugins": "crm steady careless"})
    finally:
        sys.path.remove(FOLDER)
    with platform_work(app.registry.platform) as work:
        features = dict.fromkeys(app.registry.platform.features, "on")
        del features["careless.mood"]
        plans.save(work, plans.Plan("rough", "Rough", position=300, features=features))
    yield app
    for engine in app.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture(name="known")
def platform_with_it(rough: Any) -> Platform:
    found: Platform = rough.registry.platform
    return found


@pytest.fixture
def wrong(known: Platform) -> Iterator[dict[str, Any]]:
    """What the careless plugin is to do wrong."""
    found: dict[str, Any] = known.module("careless").WRONG
    yield found
    found.clear()


@pytest.fixture
def here(rough: Any) -> TestWorkspace:
    return make_workspace(rough.registry.platform, rough.registry.security_policy.tokens, plan="rough", country="BD")


@pytest.fixture(name="ask")
def client(rough: Any, here: TestWorkspace) -> Api:
    return Api(rough, f"{here.slug}.localhost", here, here.login())


def count(platform: Platform, kind: str, name: str, reason: str, plugin: str = "careless") -> float:
    labels = {"plugin": plugin, "kind": kind, "name": name, "reason": reason}
    return platform.metrics.get_sample_value("jemeti_plugin_faults_total", labels) or 0


def total(platform: Platform) -> float:
    (family,) = [family for family in platform.metrics.collect() if family.name == "jemeti_plugin_faults"]
    return sum(sample.value for sample in family.samples if sample.name.endswith("_total"))


@contextmanager
def one_fault(platform: Platform, kind: str, name: str, reason: str) -> Iterator[dict[str, Any]]:
    """Inside, exactly one fault is told, of the careless plugin; its log line is filled into what is returned."""
    told: dict[str, Any] = {}
    before, all_before = count(platform, kind, name, reason), total(platform)
    with capture_logs() as lines:
        yield told
    assert count(platform, kind, name, reason) == before + 1
    assert total(platform) == all_before + 1
    (line,) = [line for line in lines if line["event"].startswith("a plugin's ")]
    assert (line["plugin"], line[kind], line["reason"]) == ("careless", name, reason)
    told |= line | {"unforeseen": [other["plugin"] for other in lines if other["event"] == "unforeseen"]}


def customers(here: TestWorkspace) -> list[int]:
    with here.work() as work:
        (rows, events) = work.read(*map(statement, ("crm_customers", "events")))
    return [rows[0]["n"], events[0]["n"]]


def statement(table: str) -> Any:
    from jemeti_platform.db.statement import Bound

    return Bound(f"SELECT count(*) AS n FROM {table}", ())


HEAR = "careless:hear"
LISTENING = [
    ("listener", HEAR, "crm.customer.created"),
    ("listener of a listener", "careless:hear_of_greeting", "steady.customer.greeted"),
]


@pytest.mark.parametrize(("part", "name", "event"), LISTENING)
def test_a_listener_that_raises_undoes_the_whole_request_and_is_named(
    known: Platform, wrong: dict[str, Any], ask: Api, here: TestWorkspace, part: str, name: str, event: str
) -> None:
    wrong[part] = RuntimeError("deaf")
    with one_fault(known, "listener", name, "RuntimeError") as told:
        refused = ask.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=500)
    assert "deaf" not in refused.text
    assert customers(here) == [0, 0]
    assert (told["event_type"], told["workspace"], told["log_level"]) == (event, str(here.id), "error")
    assert told["request_id"] == refused.headers["X-Request-Id"]
    assert len(told["event_id"]) == 36
    assert told["unforeseen"] == ["careless"]
    wrong.clear()
    ask.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=201)
    assert customers(here) == [1, 2], "without the fault all is written, both events too"


def test_a_listener_that_refuses_is_strict_too_and_is_no_fault(
    known: Platform, wrong: dict[str, Any], ask: Api, here: TestWorkspace
) -> None:
    wrong["listener"] = Conflict("Not today.")
    before = total(known)
    assert ask.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=409).error["message"] == "Not today."
    assert customers(here) == [0, 0]
    assert total(known) == before


def test_a_view_that_raises_is_its_plugins_fault(known: Platform, wrong: dict[str, Any], ask: Api) -> None:
    wrong["view"] = KeyError("rack")
    with one_fault(known, "view", "GET /v1/careless/things", "KeyError") as told:
        ask.get("/v1/careless/things", expect=500)
    assert told["unforeseen"] == ["careless"]
    assert ask.get("/v1/steady/things").data == {}


def test_a_port_that_raises_is_the_fault_of_who_provides_it(known: Platform, wrong: dict[str, Any], ask: Api) -> None:
    wrong["port"] = OSError("out of order")
    with one_fault(known, "port", "Scales", "OSError"):
        ask.get("/v1/careless/things", expect=500)


@pytest.mark.parametrize(("answer", "reason"), [(ValueError("no mood"), "ValueError"), ("perhaps", "junk")])
def test_an_opinion_that_raises_or_is_junk_is_told(
    rough: Any, known: Platform, wrong: dict[str, Any], here: TestWorkspace, answer: Any, reason: str
) -> None:
    wrong["jemeti_feature_decision"] = answer
    # the features of a workspace are remembered: this one's change makes them be asked again
    with one_fault(known, "hook", "jemeti_feature_decision", reason), pytest.raises((ValueError, Junk)):
        here.set_feature("careless.things", "read_only")


@pytest.mark.parametrize(("hook", "value"), [("jemeti_tenant_enabled", "on"), ("jemeti_tenant_disabled", "off")])
def test_a_switch_that_raises_is_undone_and_told(
    known: Platform, wrong: dict[str, Any], here: TestWorkspace, hook: str, value: str
) -> None:
    before = {"on": "off", "off": "on"}[value]
    here.set_feature("careless", before)
    wrong[hook] = ZeroDivisionError()
    with one_fault(known, "hook", hook, "ZeroDivisionError") as told, pytest.raises(ZeroDivisionError):
        here.set_feature("careless", value)
    assert told["workspace"] == str(here.id)
    with here.work() as work:
        assert work.has("careless") == (before == "on")


def test_an_export_that_raises_among_its_rows_is_told(
    known: Platform, wrong: dict[str, Any], here: TestWorkspace
) -> None:
    wrong["jemeti_tenant_export"] = RuntimeError("no more paper")
    with (
        one_fault(known, "hook", "jemeti_tenant_export", "RuntimeError"),
        pytest.raises(RuntimeError),
        platform_work(known) as work,
    ):
        list(export_workspace(work, here.slug)[1])


PARTS = [("task", "careless.later"), ("periodic", "careless.nightly")]


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_job_that_raises_is_told(
    known: Platform, wrong: dict[str, Any], here: TestWorkspace, kind: str, name: str
) -> None:
    since = datetime.now(UTC)
    wrong[kind] = RuntimeError("tired")
    with here.work() as work:
        work.defer(name)
    with one_fault(known, kind, name, "RuntimeError") as told, pytest.raises(RuntimeError):
        RunJobs(known, since)()
    assert told["workspace"] == str(here.id)
    assert told["job"] > 0


def test_whom_to_write_to_is_the_plugins_affair(
    known: Platform, wrong: dict[str, Any], ask: Api, here: TestWorkspace
) -> None:
    since = datetime.now(UTC)
    ask.post("/v1/crm/customers", {"name": "Rahim Uddin"}, expect=201)
    wrong["message"] = LookupError("nobody")
    with one_fault(known, "message", "careless.hello", "LookupError"), pytest.raises(LookupError):
        RunJobs(known, since)()


NO_FAULTS = [Conflict("no"), NotFound("no"), Unavailable("later"), pg.UniqueViolation(), pg.CheckViolation(),
             pg.DeadlockDetected(), pg.SerializationFailure(), psycopg.OperationalError("connection lost")]  # fmt: skip
FAULTS = [(KeyError("x"), "KeyError"), (InternalError(), "InternalError"), (Junk("no"), "junk"),
          (pg.SyntaxError(), "SyntaxError"), (pg.QueryCanceled(), "slow"), (pg.LockNotAvailable(), "slow"),
          (DBAPIError("", None, pg.UndefinedTable()), "UndefinedTable")]  # fmt: skip


@pytest.mark.parametrize("error", NO_FAULTS, ids=lambda error: type(error).__name__)
def test_refusals_and_what_the_database_does_to_anybody_are_no_faults(error: Exception) -> None:
    assert reason_of(error) is None


@pytest.mark.parametrize(("error", "reason"), FAULTS, ids=lambda part: getattr(part, "__class__", part).__name__)
def test_everything_else_is_counted_by_its_kind(error: Exception, reason: str) -> None:
    assert reason_of(error) == reason


# -- health ------------------------------------------------------------------------------------------


def test_a_plugin_that_hangs_is_named_and_the_others_answers_stand(known: Platform, wrong: dict[str, Any]) -> None:
    begun, go_on = Event(), Event()

    def hang() -> dict[str, str]:
        begun.set()
        assert go_on.wait(LONG)
        return {"careless": "at last"}

    wrong["jemeti_health"] = hang
    try:
        with one_fault(known, "hook", "jemeti_health", "slow"):
            health = health_of(known, frozenset(), patience=1)
        assert (health.facts, health.incomplete, health.cannot_work) == ({"steady": "as ever"}, ["careless"], [])
        assert begun.is_set()
        begun.clear()
        again = health_of(known, frozenset(), patience=1)
        assert again.incomplete == ["careless"]
        assert not begun.is_set(), "it is not asked again before it has answered"
    finally:
        go_on.set()
    while (found := health_of(known, frozenset(), patience=30)).incomplete:
        pass  # what hung has been let go, and returns in a moment
    assert found.facts == {"steady": "as ever", "careless": "at last"}


def test_a_plugin_that_ends_the_process_only_cannot_work(known: Platform, wrong: dict[str, Any]) -> None:
    wrong["jemeti_health"] = sys.exit
    with one_fault(known, "hook", "jemeti_health", "SystemExit"):
        assert health_of(known, frozenset()).cannot_work == ["careless"]


# -- the metrics of a worker -------------------------------------------------------------------------


def test_a_worker_shows_its_metrics_where_it_is_told_to(known: Platform) -> None:
    where = f"127.0.0.1:{free_port()}"
    known.faults.tell("careless", "task", "careless.later", "slow")
    with metrics_served(where, known), urlopen(f"http://{where}/metrics") as answer:
        shown = answer.read().decode()
    assert 'jemeti_plugin_faults_total{kind="task",name="careless.later",plugin="careless",reason="slow"}' in shown
    with metrics_served("", known):
        pass


@pytest.mark.parametrize("where", ["9464", "127.0.0.1:", ":9464", "localhost:many"])
def test_an_address_for_metrics_that_cannot_be_is_named(known: Platform, where: str) -> None:
    with (
        pytest.raises(BootError, match=r"jemeti\.worker\.metrics is .*; write address and port"),
        metrics_served(where, known),
    ):
        raise AssertionError


def test_an_address_that_is_taken_is_named(known: Platform) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        where = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(BootError, match="cannot listen on"), metrics_served(where, known):
            raise AssertionError
