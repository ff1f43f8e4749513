"""One request is one transaction: what it promises under deadlocks, refusals, dry runs and GETs."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import pytest
from pyramid.httpexceptions import HTTPConflict
from pyramid.response import Response

from jemeti_platform import main
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips

SET_PHONE = Statement("UPDATE workspaces SET phone = %(phone)s")
RENAME = Statement(
    "UPDATE users SET name = %(name)s FROM roles r WHERE r.tenant_id = users.tenant_id AND r.id = role_id "
    "AND r.slug = %(slug)s"
)
PHONE = Statement("SELECT phone FROM workspaces")
BAD_USER = Statement("UPDATE users SET status = 'nonsense'")

meeting = threading.Barrier(2, timeout=60)
runs: list[str] = []

crossing = Service("probe.crossing", "/probe/crossing/{first}/{second}", ALWAYS)
phone = Service("probe.phone", "/probe/phone/{outcome}", ALWAYS)
silent = Service("probe.silent", "/probe/silent", ALWAYS)


@crossing.post(permission=AUTHENTICATED)
def lock_two_rows(request: Any) -> dict[str, str]:
    """Lock two users, by role, in the order of the path; the first time round, meet the other request in between."""
    first, second = request.matchdict["first"], request.matchdict["second"]
    runs.append(first)
    request.work.write(RENAME(slug=first, name=f"{first} by {first}"))
    if runs.count(first) == 1:
        meeting.wait()
    request.work.write(RENAME(slug=second, name=f"{second} by {first}"))
    return {"locked": f"{first}, {second}"}


@phone.post(permission=AUTHENTICATED)
def write_and_then(request: Any) -> Any:
    """Write, and then end in one of several ways."""
    request.work.write(SET_PHONE(phone="+4930123456"))
    match request.matchdict["outcome"]:
        case "raise":
            raise Conflict("No.", reason="state")
        case "pyramid":
            raise HTTPConflict
        case "crash":
            raise ZeroDivisionError
        case "returned":
            return Response(status=409)
        case "constraint":
            request.work.write(BAD_USER())
    return {"done": True}


@phone.get(permission=AUTHENTICATED)
def write_in_a_get(request: Any) -> Any:
    """A GET that tries to write."""
    return request.work.write(SET_PHONE(phone="+4930123456"))


@silent.get(permission=AUTHENTICATED)
def ask_nothing(request: Any) -> dict[str, str]:
    """A view that never asks the database."""
    return {"asked": "nothing"}


@pytest.fixture(scope="module")
def probe(settings: dict[str, str], database: Any, app: Any) -> Iterator[Any]:
    """The application with the services above."""
    module = ModuleType("probe_of_transactions")
    vars(module)["includeme"] = lambda config: [config.add_service(s) for s in (crossing, phone, silent)]
    sys.modules[module.__name__] = module
    made = main({}, **{**settings, **database.settings, "jemeti.includes": module.__name__})
    yield made
    del sys.modules[module.__name__]
    for engine in made.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture
def client(probe: Any, tenant: Any, admin: Any) -> Api:
    return Api(probe, f"{tenant.slug}.localhost", tenant, tenant.login(), admin)


def phone_of(tenant: Any) -> str | None:
    with tenant.work() as work:
        ((row,),) = work.read(PHONE())
    found: str | None = row["phone"]
    return found


def test_a_deadlock_is_run_again_and_nobody_notices(client: Api, tenant: Any) -> None:
    tenant.login("staff"), tenant.login("viewer")
    runs.clear()
    meeting.reset()
    with ThreadPoolExecutor(2) as pool:
        one = pool.submit(client.post, "/v1/probe/crossing/staff/viewer", expect=200)
        two = pool.submit(client.post, "/v1/probe/crossing/viewer/staff", expect=200)
        assert {one.result().status, two.result().status} == {200}
    assert len(runs) == 3, "exactly one of the two ran twice"


@pytest.mark.parametrize(
    ("outcome", "status"), [("raise", 409), ("pyramid", 409), ("crash", 500), ("returned", 409), ("constraint", 400)]
)
def test_whatever_refuses_leaves_nothing_behind(client: Api, tenant: Any, outcome: str, status: int) -> None:
    client.post(f"/v1/probe/phone/{outcome}", expect=status)
    assert phone_of(tenant) is None


def test_success_is_committed(client: Api, tenant: Any) -> None:
    client.post("/v1/probe/phone/well", expect=200)
    assert phone_of(tenant) == "+4930123456"


def test_a_dry_run_does_everything_and_keeps_nothing(client: Api, tenant: Any) -> None:
    reply = client.post("/v1/probe/phone/well?dry_run=true", expect=200)
    assert reply.headers["Dry-Run"] == "true"
    assert phone_of(tenant) is None


def test_what_waits_for_the_commit_is_done_then_and_what_takes_back_where_there_is_none(tenant: Any) -> None:
    done: list[str] = []

    def change(work: Any, phone: str) -> None:
        work.after_commit(lambda: done.append(f"{phone} kept"))
        work.if_undone(lambda: done.append(f"{phone} undone"))
        work.write(SET_PHONE(phone=phone))

    def fail() -> None:
        with tenant.work() as work:
            change(work, "+4930222222")
            raise ZeroDivisionError

    with tenant.work() as work:
        change(work, "+4930111111")
        assert done == []
    assert done == ["+4930111111 kept"]
    with pytest.raises(ZeroDivisionError):
        fail()
    assert done == ["+4930111111 kept", "+4930222222 undone"]
    assert phone_of(tenant) == "+4930111111"


def test_a_get_has_no_transaction_to_write_in(client: Api, tenant: Any) -> None:
    client.get("/v1/probe/phone/well", expect=500)
    assert phone_of(tenant) is None


def test_a_view_that_asks_nothing_is_still_refused_to_an_ended_session(client: Api, tenant: Any) -> None:
    client.get("/v1/probe/silent", expect=200)
    with tenant.work() as work:
        work.write(Statement("UPDATE sessions SET ended_at = now()")())
    client.get("/v1/probe/silent", expect=401)


def test_the_session_and_the_pipeline_share_one_transaction(work: Any) -> None:
    from jemeti_platform.auth.models import Role

    work.db.add(Role(slug="painter", name="Painter"))
    ((row,),) = work.write(Statement("SELECT name FROM roles WHERE slug = 'painter'")())
    assert row["name"] == "Painter"


def test_a_streamed_list_gives_its_connection_back_when_abandoned(work: Any, platform: Any) -> None:
    before = platform.engines["app"].pool.checkedout()
    batches = work.stream(Statement("SELECT n FROM generate_series(1, 50) n")(), size=10)
    assert len(next(batches)) == 10
    batches.close()
    assert platform.engines["app"].pool.checkedout() == before


def test_an_ordinary_read_is_one_round_trip(tenant: Any, platform: Any, client: Api, probe: Any) -> None:
    client.get("/v1/probe/silent", expect=200)
    with count_round_trips(probe.registry.platform) as trips:
        client.get("/v1/probe/silent", expect=200)
    assert trips.count == 1
