"""A write that looks first: its look-ups open the transaction, and nothing is told before it is known who asks."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import pytest

from jemeti_platform import main
from jemeti_platform.db.statement import Statement
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service, View
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

LOOK = Statement("SELECT max(name) AS name, %(zone)s::text AS zone FROM users")
BROKEN = Statement("SELECT 1 / 0 AS broken")
NAME = Statement("UPDATE users SET name = %(name)s")
LOCK = Statement("SELECT id FROM users ORDER BY id FOR UPDATE")

runs: list[str] = []
looking = Service("probe.looking", "/probe/looking/{how}", ALWAYS)


class Nothing(Mapping):
    """No field at all, so that any is one too many."""


@looking.post(permission="users:write", body=Nothing, looks_first=True)
def look_and_write(request: Any) -> dict[str, Any]:
    """Look in one of several ways, then write."""
    work, how = request.work, request.matchdict["how"]
    runs.append(how)
    match how:
        case "broken":
            work.read(BROKEN())
        case "writing":
            work.write(NAME(name="Nobody"))
        case "silent":
            return {"zone": None}
        case "locking":
            work.read(LOCK())
    ((row,),) = work.read(LOOK(zone=work.workspace["timezone"]))
    work.queue(NAME(name=f"{len(runs)}"))
    return {"zone": row["zone"], "before": row["name"]}


@pytest.fixture(scope="module")
def probe(settings: dict[str, str], database: Any, app: Any) -> Iterator[Any]:
    """The application with the service above."""
    module = ModuleType("probe_of_looking")
    vars(module)["includeme"] = lambda config: config.add_service(looking)
    sys.modules[module.__name__] = module
    made = main({}, **{**settings, **database.settings, "jemeti.includes": module.__name__})
    yield made
    del sys.modules[module.__name__]
    for engine in made.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture
def client(probe: Any, tenant: TestWorkspace, admin: Any) -> Api:
    runs.clear()
    return Api(probe, f"{tenant.slug}.localhost", tenant, tenant.login(), admin)


def ask(client: Api, how: str = "well", *, key: str | None = None, body: Any = None, **more: Any) -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"/v1/probe/looking/{how}", body or {}, headers=headers, **more)


def name_of(tenant: TestWorkspace) -> str | None:
    with tenant.work() as work:
        ((row,),) = work.read(LOOK(zone=""))
    found: str | None = row["name"]
    return found


@pytest.mark.parametrize("key", [None, "once"])
def test_looking_costs_no_round_trip(client: Api, probe: Any, tenant: TestWorkspace, key: str | None) -> None:
    ask(client)
    with count_round_trips(probe.registry.platform) as trips:
        ask(client, key=key)
    assert trips.count == 2, "look, and what is queued goes with COMMIT"
    assert name_of(tenant) == "2"


@pytest.mark.parametrize("how", ["well", "broken", "writing", "silent", "locking"])
@pytest.mark.parametrize("body", [{}, {"colour": "green"}])
def test_who_may_not_is_told_so_before_anything_else(
    client: Api, tenant: TestWorkspace, how: str, body: dict[str, str]
) -> None:
    refused = ask(client.as_role("viewer"), how, body=body, expect=403)
    assert refused.error["details"]["permission"] == "users:write"
    assert name_of(tenant) not in ("1", "Nobody")


@pytest.mark.parametrize("how", ["well", "broken", "writing", "silent"])
def test_an_ended_session_is_told_so_before_anything_else(client: Api, tenant: TestWorkspace, how: str) -> None:
    ask(client)
    before = name_of(tenant)
    tenant.end_session(tenant.login())
    ask(client, how, expect=401)
    ask(client, how, body={"colour": "green"}, key="of nobody", expect=401)
    assert name_of(tenant) == before


def test_what_is_wrong_with_the_request_is_told_to_whoever_may(client: Api, tenant: TestWorkspace) -> None:
    assert ask(client, body={"colour": "green"}, expect=400).error["details"][0]["field"] == "colour"
    ask(client, "broken", expect=500)
    assert name_of(tenant) not in ("1", "Nobody")


def test_what_has_been_done_is_answered_again_and_not_done(client: Api, tenant: TestWorkspace) -> None:
    first = ask(client, key="once")
    again = ask(client, key="once")
    assert (again.data, again.headers["Idempotent-Replayed"]) == (first.data, "true")
    assert ask(client, key="once", body={"colour": "green"}, expect=409).error["details"]["reason"] == "key_reused"
    assert name_of(tenant) == "1"


def test_a_look_that_waits_too_long_is_not_taken_for_a_twin(client: Api, tenant: TestWorkspace) -> None:
    ask(client)
    with tenant.work() as work:
        work.write(LOCK())
        refused = ask(client, "locking", key="my own", expect=503)
    assert refused.error["code"] == "service_unavailable"
    assert refused.headers["Retry-After"]
    ask(client, "locking", key="my own")


def test_what_was_known_of_the_workspace_is_looked_at_again_when_it_has_changed(
    client: Api, tenant: TestWorkspace
) -> None:
    ask(client)
    with tenant.work() as work:
        work.write(Statement("UPDATE workspaces SET timezone = 'Asia/Tokyo'")())
    runs.clear()
    assert ask(client).data["zone"] == "Asia/Tokyo"
    assert runs == ["well", "well"], "once for the zone that it was, which was shown to nobody"
    assert ask(client).data["zone"] == "Asia/Tokyo"
    assert len(runs) == 3


@pytest.mark.parametrize("more", [{"late": True}, {"realm": "platform"}, {"method": "GET"}])
def test_only_a_write_in_a_workspace_can_look_first(more: dict[str, Any]) -> None:
    declared = {"method": "POST", "feature": ALWAYS, "permission": AUTHENTICATED, "looks_first": True, **more}
    with pytest.raises(ValueError, match="looks first"):
        View(function=look_and_write, **declared)
