"""A retried POST runs once, whoever retries it and however many at once."""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from types import ModuleType
from typing import Any

import colander
import pytest
from uuid_utils.compat import uuid7

from jemeti_platform import main
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.waiting import LONG
from jemeti_platform.types import Text

SESSION = Statement(
    "INSERT INTO one_time_tokens (id, user_id, purpose, token_hash, expires_at) "
    "SELECT %(id)s, u.id, 'reset', %(id)s::text, now() FROM users u LIMIT 1"
)
COUNT = Statement("SELECT count(*) AS n FROM one_time_tokens")


class Wish(Mapping):
    name = colander.SchemaNode(Text())


effect = Service("probe.effect", "/probe/effect", ALWAYS)
slow = Service("probe.slow", "/probe/slow", ALWAYS)
begun, go_on = threading.Event(), threading.Event()


@effect.post(permission=AUTHENTICATED, body=Wish)
def have_an_effect(request: Any) -> Answer:
    """Leave one row behind."""
    identity = uuid7()
    request.work.write(SESSION(id=identity))
    if request.validated["name"] == "refuse":
        raise Conflict("No.", reason="state")
    return Answer({"id": identity, "name": request.validated["name"]}, status=201, location=f"/v1/probe/{identity}")


@slow.post(permission=AUTHENTICATED)
def take_long(request: Any) -> dict[str, str]:
    """Hold the key for longer than a twin waits: until it was told to come back."""
    begun.set()
    assert go_on.wait(LONG)
    return {"took": "long"}


@pytest.fixture(scope="module")
def probe(settings: dict[str, str], database: Any, app: Any) -> Iterator[Any]:
    module = ModuleType("probe_of_idempotency")
    vars(module)["includeme"] = lambda config: [config.add_service(s) for s in (effect, slow)]
    sys.modules[module.__name__] = module
    pool = {"jemeti.pool_size": "12", "jemeti.includes": module.__name__}
    made = main({}, **{**settings, **database.settings, **pool})
    yield made
    del sys.modules[module.__name__]
    for engine in made.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture
def client(probe: Any, tenant: Any, admin: Any) -> Api:
    return Api(probe, f"{tenant.slug}.localhost", tenant, tenant.login(), admin)


def effects(tenant: Any) -> int:
    with tenant.work() as work:
        ((row,),) = work.read(COUNT())
    found: int = row["n"]
    return found


def send(client: Api, key: str | None, name: str = "one", **more: Any) -> Any:
    headers = {} if key is None else {"Idempotency-Key": key}
    return client.post("/v1/probe/effect", {"name": name}, headers=headers, **more)


@pytest.mark.parametrize("again", range(10))
def test_fifty_twins_have_one_effect_and_one_answer(client: Api, tenant: Any, again: int) -> None:
    key = f"twins-{again}"
    with ThreadPoolExecutor(12) as pool:
        replies = list(pool.map(lambda _: send(client, key, expect=201), range(50)))
    assert effects(tenant) == 1
    assert len({reply.body for reply in replies}) == 1
    replayed = [reply for reply in replies if reply.headers.get("Idempotent-Replayed") == "true"]
    assert len(replayed) == 49
    assert {reply.headers["Location"] for reply in replies} == {replies[0].headers["Location"]}


def test_without_a_key_each_of_fifty_has_its_effect(client: Api, tenant: Any) -> None:
    with ThreadPoolExecutor(12) as pool:
        list(pool.map(lambda _: send(client, None, expect=201), range(50)))
    assert effects(tenant) == 50, "the control: it is the key that protects"


def test_the_same_key_for_another_request_is_refused(client: Api, tenant: Any) -> None:
    send(client, "a-key", expect=201)
    assert send(client, "a-key", name="two", expect=409).error["details"]["reason"] == "key_reused"
    assert effects(tenant) == 1


def test_a_refused_request_frees_its_key(client: Api, tenant: Any) -> None:
    send(client, "a-key", name="refuse", expect=409)
    assert effects(tenant) == 0
    send(client, "a-key", name="one", expect=201)


def test_keys_belong_to_whoever_sent_them(client: Api, tenant: Any) -> None:
    send(client, "a-key", expect=201)
    send(client.as_role("manager"), "a-key", expect=201)
    assert effects(tenant) == 2


def test_a_dry_run_remembers_nothing(client: Api, tenant: Any) -> None:
    client.post("/v1/probe/effect?dry_run=true", {"name": "one"}, headers={"Idempotency-Key": "a-key"}, expect=201)
    assert "Idempotent-Replayed" not in send(client, "a-key", expect=201).headers
    assert effects(tenant) == 1


def test_after_a_day_a_key_is_new(client: Api, tenant: Any) -> None:
    send(client, "a-key", expect=201)
    with tenant.work() as work:
        work.write(Statement("UPDATE idempotency_keys SET created_at = now() - interval '25 hours'")())
    send(client, "a-key", name="two", expect=201)
    assert effects(tenant) == 2


def test_a_twin_that_waits_too_long_is_told_to_come_back(client: Api) -> None:
    headers = {"Idempotency-Key": "slow"}
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(client.post, "/v1/probe/slow", headers=headers, expect=200)
        try:
            assert begun.wait(LONG)
            twin = client.post("/v1/probe/slow", headers=headers, expect=409)
        finally:
            go_on.set()
        assert first.result().status == 200
    assert twin.error["details"]["reason"] == "in_progress"
    assert twin.headers["Retry-After"] == "1"


@pytest.mark.parametrize("key", ["", "x" * 256, "with\ttab"])
def test_a_malformed_key_is_refused(client: Api, key: str) -> None:
    assert send(client, key, expect=400).error["details"][0]["field"] == "Idempotency-Key"


def test_an_ended_session_is_refused_before_its_key_is_looked_at(client: Api, tenant: Any) -> None:
    send(client, "a-key", expect=201)
    with tenant.work() as work:
        work.write(Statement("UPDATE sessions SET ended_at = now()")())
    send(client, "a-key", expect=401)


def test_a_key_costs_no_round_trip(client: Api, probe: Any) -> None:
    send(client, "warm", expect=201)
    with count_round_trips(probe.registry.platform) as bare:
        send(client, None, expect=201)
    with count_round_trips(probe.registry.platform) as keyed:
        send(client, "another", expect=201)
    assert keyed.count == bare.count == 3
