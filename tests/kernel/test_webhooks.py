"""Events reach whoever wants them: signed, once or more, in order per object, for three days; and nobody else."""

from __future__ import annotations

import io
import re
import zipfile
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from threading import Barrier
from typing import Any
from uuid import UUID

import orjson
import psycopg
import pytest
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from jemeti_platform.egress import Egress
from jemeti_platform.platform import BootError
from jemeti_platform.sealing import Sealing
from jemeti_platform.testing.contract.lists import Lists
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.webhooks.pauses import Patience
from jemeti_platform.webhooks.resources import ENDPOINTS
from jemeti_platform.webhooks.subscriptions import covers
from jemeti_platform.worker.running import Job, PutOff, run

from .hooks_platform import Hooks, hooks_in, hooks_of_a_workspace, sending_app  # noqa: F401 (fixtures)
from .loopback import Received, receiver
from .signing_in import mails_to

SOON = timedelta(minutes=2)
"""More than the pause between two attempts of this platform."""


class TestEndpoints(Lists):
    """Endpoints are listed as every resource is."""

    resource = ENDPOINTS


def verified(endpoint: dict[str, Any], received: Received) -> Any:
    """What was sent, verified as a receiver would."""
    return Webhook(endpoint["secret"]).verify(received.body, dict(received.headers))


def sent(server: Any) -> list[tuple[str, str]]:
    """What came: type and customer of each event, in order."""
    found = []
    for request in server.requests:
        event = orjson.loads(request.body)
        found.append((event["type"], event["data"]["customer_id"]))
    return found


# -- what is sent -----------------------------------------------------------------------------------------------------


def test_an_event_is_sent_as_it_is_kept_and_verifies_with_the_library(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(f"{server.url}/hook", "crm.customer.created")
        customer = hooks.customer()
        hooks.run()
        (request,) = server.requests
    event = verified(endpoint, request)
    ((kept,),) = [hooks.sql("SELECT id, occurred_at, data FROM events WHERE type = 'crm.customer.created'")]
    assert (request.method, request.path) == ("POST", "/hook")
    assert request.headers["content-type"] == "application/json"
    assert request.headers["webhook-id"] == event["id"] == str(kept["id"])
    assert event == {
        "id": str(kept["id"]),
        "type": "crm.customer.created",
        "occurred_at": kept["occurred_at"].isoformat().replace("+00:00", "Z"),
        "workspace_id": str(hooks.workspace.id),
        "data": {"customer_id": customer},
    }
    (delivery,) = hooks.deliveries(endpoint)
    assert (delivery["status"], delivery["attempts"], delivery["response_status"]) == ("succeeded", 1, 204)
    assert delivery["error"] is None


def test_a_changed_body_does_not_verify(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
    request = server.requests[0]
    with pytest.raises(WebhookVerificationError):
        verified(endpoint, Received("POST", "/", request.headers, request.body.replace(b"created", b"deleted")))


@pytest.mark.parametrize(
    ("wanted", "times"),
    [
        (["*"], 1),
        (["crm.*"], 1),
        (["crm.customer.*"], 1),
        (["crm.customer.created"], 1),
        (["crm.*", "crm.customer.created"], 1),
        (["crm.customer.changed"], 0),
        (["crm.vehicle.*"], 0),
        (["webhooks.*"], 0),
    ],
)
def test_what_is_subscribed_to_is_sent_once_and_nothing_else(hooks: Hooks, wanted: list[str], times: int) -> None:
    with receiver() as server:
        hooks.add(server.url, *wanted)
        hooks.customer()
        hooks.run()
        assert len(server.requests) == times
    assert any(covers(pattern, "crm.customer.created") for pattern in wanted) == bool(times), "Python and SQL agree"


def test_what_is_rolled_back_is_not_sent(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        hooks.api.post("/v1/crm/customers?dry_run=true", {"name": "Nobody"}, expect=201)
        hooks.run()
        assert server.requests == []
    assert hooks.deliveries(endpoint) == []


def test_each_workspace_sends_its_own(hooks: Hooks) -> None:
    other = hooks_in(hooks.app)
    with receiver() as ours, receiver() as theirs:
        mine, _ = hooks.add(ours.url), other.add(theirs.url)
        hooks.customer()
        other.customer()
        hooks.run()
        assert len(ours.requests) == len(theirs.requests) == 1
        assert verified(mine, ours.requests[0])["workspace_id"] == str(hooks.workspace.id)
        with pytest.raises(WebhookVerificationError):
            verified(mine, theirs.requests[0])


def test_an_endpoint_costs_whoever_works_no_round_trip(hooks: Hooks) -> None:
    hooks.customer("Warm")
    with count_round_trips(hooks.platform) as without:
        hooks.customer("One")
    with receiver() as server:
        hooks.add(server.url)
        hooks.customer("Warm again")
        with count_round_trips(hooks.platform) as with_one:
            hooks.customer("Two")
    assert without.count == with_one.count == 3


# -- what goes wrong --------------------------------------------------------------------------------------------------


def test_what_fails_is_tried_again_under_the_same_id(hooks: Hooks) -> None:
    with receiver(lambda received: 204 if len(server.requests) > 2 else 503) as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
        (waiting,) = hooks.deliveries(endpoint, status="pending")
        assert (waiting["attempts"], waiting["error"]) == (1, "Answered 503")
        assert waiting["next_attempt_at"] is not None
        assert hooks.endpoint(endpoint)["failing_since"] is not None
        assert hooks.run() == 0, "not before its time"
        hooks.run(SOON)
        hooks.run(SOON)
        assert len({request.headers["webhook-id"] for request in server.requests}) == 1
        assert len(server.requests) == 3
    (delivery,) = hooks.deliveries(endpoint)
    assert (delivery["status"], delivery["attempts"], delivery["error"]) == ("succeeded", 3, None)
    assert hooks.endpoint(endpoint)["failing_since"] is None
    log = hooks.api.get(f"/v1/webhooks/{endpoint['id']}/deliveries/{delivery['id']}").data["log"]
    assert [attempt["response_status"] for attempt in log] == [503, 503, 204]


@pytest.mark.parametrize("again", range(3))
def test_the_order_of_an_object_holds_while_it_is_tried_again(hooks: Hooks, again: int) -> None:
    refused = Counter[str]()

    def answer(received: Received) -> int:
        customer = orjson.loads(received.body)["data"]["customer_id"]
        refused[customer] += 1
        return 503 if customer == first and refused[customer] < 3 else 204

    with receiver(answer) as server:
        endpoint = hooks.add(server.url)
        first, second = hooks.customer("First"), hooks.customer("Second")
        hooks.rename(first, "Still the first")
        hooks.rename(second, "Still the second")
        hooks.run()
        assert sent(server) == [
            ("crm.customer.created", first),
            ("crm.customer.created", second),
            ("crm.customer.changed", second),
        ], "what happened to the first waits for the first, and nothing else does"
        hooks.run(SOON)
        hooks.run(SOON)
        assert sent(server)[3:] == [
            ("crm.customer.created", first),
            ("crm.customer.created", first),
            ("crm.customer.changed", first),
        ]
    assert {row["status"] for row in hooks.deliveries(endpoint)} == {"succeeded"}


@pytest.mark.parametrize(
    ("answered", "words"),
    [
        ((302, {"Location": "http://169.254.169.254/"}, b""), "Answered 302: redirects are not followed"),
        ((404, {}, b""), "Answered 404"),
        ((500, {}, b"\x00\xff" + b"x" * 5000), "Answered 500"),
    ],
)
def test_whatever_is_no_2xx_is_a_failure_that_can_be_read(hooks: Hooks, answered: Any, words: str) -> None:
    with receiver(lambda received: answered) as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
    (delivery,) = hooks.deliveries(endpoint)
    assert (delivery["status"], delivery["error"]) == ("pending", words)
    found = hooks.api.get(f"/v1/webhooks/{endpoint['id']}/deliveries/{delivery['id']}").data
    assert found["body"]["type"] == "crm.customer.created"
    assert len(found["log"][0]["response_body"]) <= 1000


def test_nobody_there_is_a_failure_that_can_be_read(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
    hooks.customer()
    hooks.run()
    (delivery,) = hooks.deliveries(endpoint)
    assert delivery["error"].startswith("No connection")
    assert delivery["response_status"] is None


def test_after_three_days_a_delivery_is_given_up(hooks: Hooks) -> None:
    with receiver(lambda received: 503) as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
        hooks.sql("UPDATE webhook_deliveries SET started_at = now() - interval '73 hours'")
        hooks.run(SOON)
    (delivery,) = hooks.deliveries(endpoint)
    assert (delivery["status"], delivery["attempts"], delivery["next_attempt_at"]) == ("failed", 2, None)
    assert hooks.run(timedelta(days=3)) == 0
    assert hooks.endpoint(endpoint)["status"] == "active", "it has not failed for as long"


def test_an_endpoint_that_fails_for_three_days_is_disabled_and_people_are_told(hooks: Hooks) -> None:
    with receiver(lambda received: 503) as broken, receiver() as working:
        endpoint, watcher = hooks.add(broken.url, "crm.*"), hooks.add(working.url, "webhooks.*")
        hooks.customer()
        hooks.customer("Another")
        hooks.run()
        hooks.sql("UPDATE webhook_failures SET since = now() - interval '73 hours'")
        hooks.run(SOON)
        hooks.customer("Too late")
        hooks.run(SOON)
        assert len(broken.requests) == 3
        (told,) = working.requests
    found = hooks.endpoint(endpoint)
    assert found["status"] == "disabled"
    assert found["disabled_reason"].startswith("Every delivery has failed since ")
    assert found["disabled_reason"].endswith(": Answered 503")
    event = verified(watcher, told)
    assert event["type"] == "webhooks.endpoint.disabled"
    assert event["data"] == {"endpoint_id": endpoint["id"], "url": broken.url, "reason": found["disabled_reason"]}
    assert {row["status"] for row in hooks.deliveries(endpoint)} == {"cancelled"}
    entry = hooks.api.get(f"/v1/audit-log?resource=webhook_endpoints&record_id={endpoint['id']}").data[0]
    assert (entry["action"], entry["after"]["status"]) == ("update", "disabled")
    (mail,) = mails_to(hooks.platform, hooks.workspace.login().email)
    assert broken.url in mail["text"]
    assert found["disabled_reason"] in mail["text"]


def test_several_that_find_it_hopeless_at_once_disable_it_once(hooks: Hooks) -> None:
    together = Barrier(3)

    def answer(received: Received) -> int:
        together.wait(60)
        return 503

    with receiver(answer, at_once=True) as server:
        endpoint = hooks.add(server.url, "crm.*")
        for n in range(3):
            hooks.customer(f"Customer {n}")
        hooks.sql(
            "INSERT INTO webhook_failures (endpoint_id, since) VALUES (%(id)s, now() - interval '73 hours')"
            " RETURNING since",
            id=endpoint["id"],
        )
        waiting = [UUID(row["id"]) for row in hooks.deliveries(endpoint)]

        def try_one(delivery_id: UUID) -> None:
            job = Job(0, "webhooks.deliver", hooks.workspace.id, {"delivery_id": str(delivery_id), "round": 1})
            with suppress(PutOff):
                run(hooks.platform, job)

        with ThreadPoolExecutor(3) as pool:
            list(pool.map(try_one, waiting))
    assert len(server.requests) == 3
    assert hooks.endpoint(endpoint)["status"] == "disabled"
    assert {row["status"] for row in hooks.deliveries(endpoint)} == {"cancelled"}
    told = hooks.sql("SELECT count(*) AS n FROM events WHERE type = 'webhooks.endpoint.disabled'")
    assert told == [{"n": 1}]


def test_what_works_now_and_then_is_not_disabled(hooks: Hooks) -> None:
    with receiver(lambda received: 503 if len(server.requests) % 2 else 204) as server:
        endpoint = hooks.add(server.url)
        for n in range(3):
            hooks.customer(f"Customer {n}")
            hooks.run()
            hooks.sql("UPDATE webhook_failures SET since = since - interval '40 hours'")
            hooks.run(SOON)
    assert hooks.endpoint(endpoint)["status"] == "active"


def test_where_nobody_answers_is_asked_more_and_more_seldom(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        for n in range(3):
            hooks.customer(f"Customer {n}")
    hooks.run()
    assert {row["attempts"] for row in hooks.deliveries(endpoint)} == {1}
    hooks.sql("UPDATE webhook_failures SET since = now() - interval '1 hour'")
    hooks.run(SOON)
    assert sorted(row["attempts"] for row in hooks.deliveries(endpoint)) == [1, 1, 2], "one finds out for all"
    waiting = hooks.deliveries(endpoint)[0]
    hooks.api.post(f"/v1/webhooks/{endpoint['id']}/deliveries/{waiting['id']}/redeliver", expect=202)
    hooks.run()
    assert sum(row["attempts"] for row in hooks.deliveries(endpoint)) == 5, "whoever asks for it is not put off"


def test_410_disables_at_once(hooks: Hooks) -> None:
    with receiver(lambda received: 410) as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
    assert hooks.endpoint(endpoint)["disabled_reason"] == "It answered 410: gone"
    (delivery,) = hooks.deliveries(endpoint)
    assert delivery["status"] == "failed"


def test_what_waits_for_a_disabled_endpoint_is_cancelled_and_holds_nothing_up(hooks: Hooks) -> None:
    with receiver(lambda received: 503 if len(server.requests) == 1 else 204) as server:
        endpoint = hooks.add(server.url)
        customer = hooks.customer()
        hooks.run()
        path = f"/v1/webhooks/{endpoint['id']}"
        assert hooks.api.post(f"{path}/disable").data["status"] == "disabled"
        hooks.rename(customer, "While it was off")
        assert hooks.api.post(f"{path}/enable").data["status"] == "active"
        hooks.rename(customer, "When it was on again")
        hooks.run()
        assert sent(server) == [("crm.customer.created", customer), ("crm.customer.changed", customer)]
    assert [row["status"] for row in hooks.deliveries(endpoint)] == ["cancelled", "succeeded"]


# -- what people do ---------------------------------------------------------------------------------------------------


def test_the_secret_is_shown_when_it_is_made_and_never_again(hooks: Hooks) -> None:
    endpoint = hooks.add("https://hooks.example/jemeti")
    secret = endpoint["secret"]
    assert secret.startswith("whsec_")
    path = f"/v1/webhooks/{endpoint['id']}"
    rotated = hooks.api.post(f"{path}/rotate", {}).data["secret"]
    said = [
        hooks.api.get("/v1/webhooks").text,
        hooks.api.get("/v1/webhooks", headers={"Accept": "text/csv"}).text,
        hooks.api.get(path).text,
        hooks.api.patch(path, {"description": "Something"}).text,
        hooks.api.post(f"{path}/disable").text,
        hooks.api.get("/v1/audit-log").text,
    ]
    assert [text for text in said if secret in text or rotated in text or "whsec_" in text] == []
    assert '"secret":"(secret)"' in said[-1]


def test_secrets_are_kept_encrypted_each_for_its_own_endpoint(hooks: Hooks) -> None:
    with receiver() as server:
        one, other = hooks.add(server.url), hooks.add(server.url)
        kept = {str(row["id"]): row["secret"] for row in hooks.sql("SELECT id, secret FROM webhook_endpoints")}
        for endpoint in (one, other):
            assert endpoint["secret"].removeprefix("whsec_") not in kept[endpoint["id"]]
        hooks.sql(
            "UPDATE webhook_endpoints SET secret = %(other)s WHERE id = %(id)s", id=one["id"], other=kept[other["id"]]
        )
        hooks.customer()
        hooks.run()
        assert [verified(other, request)["type"] for request in server.requests] == ["crm.customer.created"]
    (delivery,) = hooks.deliveries(one)
    assert delivery["error"] == "This server cannot read the endpoint's secret any more; rotate it"


def test_a_newer_key_of_the_server_encrypts_them_overnight(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = "the-key-of-before-0123456789-abcdef", "the-key-of-today-0123456789-abcdef"
    parts = hooks.platform.parts
    monkeypatch.setitem(parts, Sealing, Sealing([old]))
    with receiver() as server:
        endpoint = hooks.add(server.url)
        monkeypatch.setitem(parts, Sealing, Sealing([new, old]))
        RunJobs(hooks.platform, hooks.since).by_the_clock("webhooks.tidy")
        monkeypatch.setitem(parts, Sealing, Sealing([new]))
        hooks.customer()
        hooks.run()
        assert verified(endpoint, server.requests[0])


def test_a_server_without_keys_takes_no_endpoint(hooks: Hooks, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(hooks.platform.parts, Sealing, Sealing([]))
    refused = hooks.api.post("/v1/webhooks", {"url": "https://hooks.example/"}, expect=409)
    assert refused.error["details"]["reason"] == "not_configured"


def test_during_a_rotation_both_secrets_verify_and_afterwards_the_new_one(hooks: Hooks) -> None:
    with receiver() as server:
        old = hooks.add(server.url)
        new = {"secret": hooks.api.post(f"/v1/webhooks/{old['id']}/rotate", {"old_valid_hours": 24}).data["secret"]}
        hooks.customer()
        hooks.run()
        during = server.requests[-1]
        assert len(during.headers["webhook-signature"].split(" ")) == 2
        assert verified(old, during) == verified(new, during)
        hooks.sql("UPDATE webhook_endpoints SET previous_secret_until = now() - interval '1 second'")
        hooks.customer("Later")
        hooks.run()
        after = server.requests[-1]
        assert verified(new, after)
        with pytest.raises(WebhookVerificationError):
            verified(old, after)
    RunJobs(hooks.platform, hooks.since).by_the_clock("webhooks.tidy")
    assert hooks.sql("SELECT previous_secret FROM webhook_endpoints") == [{"previous_secret": None}]


def test_a_rotation_without_overlap_ends_the_old_secret_at_once(hooks: Hooks) -> None:
    with receiver() as server:
        old = hooks.add(server.url)
        hooks.api.post(f"/v1/webhooks/{old['id']}/rotate", {"old_valid_hours": 0})
        hooks.customer()
        hooks.run()
    with pytest.raises(WebhookVerificationError):
        verified(old, server.requests[0])


def test_a_test_goes_to_one_endpoint_whatever_it_subscribes_to_and_even_if_it_is_disabled(hooks: Hooks) -> None:
    with receiver() as server, receiver() as another:
        endpoint = hooks.add(server.url, "crm.vehicle.registered")
        hooks.add(another.url)
        hooks.api.post(f"/v1/webhooks/{endpoint['id']}/disable")
        hooks.run()
        another.requests.clear()
        hooks.api.post(f"/v1/webhooks/{endpoint['id']}/test", expect=202)
        hooks.run()
        assert verified(endpoint, server.requests[0])["type"] == "webhooks.endpoint.tested"
        assert another.requests == []


def test_a_delivery_is_sent_again_under_its_id(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.run()
        (delivery,) = hooks.deliveries(endpoint)
        answer = hooks.api.post(f"/v1/webhooks/{endpoint['id']}/deliveries/{delivery['id']}/redeliver", expect=202)
        assert (answer.data["status"], answer.data["attempts"]) == ("pending", 0)
        hooks.run()
        first, second = server.requests
    assert first.headers["webhook-id"] == second.headers["webhook-id"]
    assert verified(endpoint, second)
    (delivery,) = hooks.deliveries(endpoint)
    assert delivery["status"] == "succeeded"


def test_a_delivery_that_waits_is_tried_now_and_with_it_what_waits_behind(hooks: Hooks) -> None:
    with receiver(lambda received: 503 if len(server.requests) == 1 else 204) as server:
        endpoint = hooks.add(server.url)
        customer = hooks.customer()
        hooks.rename(customer, "Another name")
        hooks.run()
        assert hooks.run() == 0
        waiting = hooks.deliveries(endpoint)[0]
        hooks.api.post(f"/v1/webhooks/{endpoint['id']}/deliveries/{waiting['id']}/redeliver", expect=202)
        hooks.run()
        assert len(server.requests) == 3
    assert {row["status"] for row in hooks.deliveries(endpoint)} == {"succeeded"}


def test_the_log_is_filtered_as_lists_are(hooks: Hooks) -> None:
    with receiver(lambda received: 204 if b"created" in received.body else 503) as server:
        endpoint, silent = hooks.add(server.url), hooks.add(server.url, "webhooks.*")
        customer = hooks.customer()
        hooks.rename(customer, "Another name")
        hooks.customer("Another")
        hooks.run()
    assert [row["event_type"] for row in hooks.deliveries(endpoint, status="pending")] == ["crm.customer.changed"]
    assert len(hooks.deliveries(endpoint, object_id=customer)) == 2
    assert len(hooks.deliveries(endpoint, event_type="crm.customer.created")) == 2
    assert hooks.deliveries(endpoint, **{"created_at.lt": "2020-01-01T00:00:00Z"}) == []
    assert hooks.deliveries(silent) == []
    page = hooks.api.get(f"/v1/webhooks/{endpoint['id']}/deliveries?per_page=2")
    assert (len(page.data), page.meta["total"], page.meta["total_pages"]) == (2, 3, 2)
    hooks.api.get(f"/v1/webhooks/{endpoint['id']}/deliveries?colour=red", expect=400)
    (one,) = hooks.deliveries(endpoint, status="pending")
    hooks.api.get(f"/v1/webhooks/{silent['id']}/deliveries/{one['id']}", expect=404)
    hooks.api.post(f"/v1/webhooks/{silent['id']}/deliveries/{one['id']}/redeliver", expect=404)
    hooks.api.get(f"/v1/webhooks/{one['id']}/deliveries", expect=404)


def test_a_deleted_endpoint_takes_its_log_along(hooks: Hooks) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        hooks.customer()
        hooks.api.delete(f"/v1/webhooks/{endpoint['id']}", expect=204)
        hooks.run()
        assert server.requests == []
    assert hooks.sql("SELECT count(*) AS n FROM webhook_deliveries")[0]["n"] == 0


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://hooks.example/"}, "url"),
        ({"url": "https://169.254.169.254/latest/meta-data/"}, "url"),
        ({"url": "https://user:password@hooks.example/"}, "url"),
        ({"url": "gopher://hooks.example/"}, "url"),
        ({"url": "https://no-such-name.invalid/"}, "url"),
        ({"url": "https://hooks.example/", "event_types": ["crm.customer.exploded"]}, "event_types.0"),
        ({"url": "https://hooks.example/", "event_types": ["crm.*", "Crm"]}, "event_types.1"),
        ({"url": "https://hooks.example/", "event_types": []}, "event_types"),
        ({"url": "https://hooks.example/", "status": "disabled"}, "status"),
        ({}, "url"),
    ],
)
def test_what_cannot_be_is_refused_by_name_when_it_is_added_and_changed(
    api: Any, body: dict[str, Any], field: str
) -> None:
    refused = api.post("/v1/webhooks", body, expect=400)
    assert [fault["field"] for fault in refused.error["details"]] == [field]
    if body:
        endpoint = api.post("/v1/webhooks", {"url": "https://hooks.example/"}).data
        refused = api.patch(f"/v1/webhooks/{endpoint['id']}", body, expect=400)
        assert [fault["field"] for fault in refused.error["details"]] == [field]


def test_a_name_that_leads_elsewhere_by_the_time_of_delivery_is_not_followed(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiver() as canary:
        endpoint = hooks.add(f"http://hooks.example:{canary.port}/")
        guard = hooks.platform.part(Egress).guard
        monkeypatch.setattr(guard, "resolver", lambda host, seconds: ["127.0.0.1"])
        monkeypatch.setattr(guard, "allow_loopback", False)
        hooks.customer()
        hooks.run()
        assert canary.requests == []
        (delivery,) = hooks.deliveries(endpoint)
        assert delivery["error"] == "This host is not on the public internet"
        monkeypatch.setattr(guard, "allow_loopback", True)
        hooks.run(SOON)
        assert len(canary.requests) == 1, "the control: it is the guard that protects"


def test_only_those_who_may_see_and_change_them(api: Any) -> None:
    endpoint = api.post("/v1/webhooks", {"url": "https://hooks.example/"}).data
    manager, reader = api.as_role("manager"), api.as_one_who_may("webhooks:read")
    manager.get("/v1/webhooks", expect=403)
    reader.get("/v1/webhooks")
    reader.get("/v1/webhooks/event-types")
    for action in ("rotate", "test", "enable", "disable"):
        body = {} if action == "rotate" else None
        reader.post(f"/v1/webhooks/{endpoint['id']}/{action}", body, expect=403)


def test_there_may_be_twenty_of_them(api: Any) -> None:
    for n in range(20):
        api.post("/v1/webhooks", {"url": f"https://hooks.example/{n}"})
    refused = api.post("/v1/webhooks", {"url": "https://hooks.example/20"}, expect=402)
    assert refused.error["details"]["limit"] == "webhooks.max"


def test_the_event_types_are_those_of_the_plugins_that_are_on(api: Any, tenant: Any) -> None:
    everything = {row["type"]: row for row in api.get("/v1/webhooks/event-types", params={"per_page": "100"}).data}
    assert everything["crm.customer.merged"]["data"]["required"] == ["customer_id", "duplicate_id"]
    assert everything["crm.customer.merged"]["title"]
    assert "webhooks.endpoint.disabled" in everything
    for feature in ("crm", "vehicles"):
        tenant.set_feature(feature, "off")
    names = {row["type"] for row in api.get("/v1/webhooks/event-types", params={"per_page": "100"}).data}
    assert not [name for name in names if name.startswith("crm.")]
    assert "webhooks.endpoint.disabled" in names


def test_old_deliveries_are_forgotten_and_those_on_their_way_are_not(hooks: Hooks) -> None:
    with receiver(lambda received: 204 if len(server.requests) == 1 else 503) as server:
        endpoint = hooks.add(server.url)
        for n in range(3):
            hooks.customer(f"Customer {n}")
        hooks.run()
        delivered, waiting, new = hooks.deliveries(endpoint)
        hooks.sql(
            "UPDATE webhook_deliveries SET created_at = now() - interval '31 days' WHERE id = ANY(%(old)s)",
            old=[delivered["id"], waiting["id"]],
        )
        RunJobs(hooks.platform, hooks.since).by_the_clock("webhooks.tidy")
    assert [row["id"] for row in hooks.deliveries(endpoint)] == [waiting["id"], new["id"]]
    attempts = hooks.sql("SELECT delivery_id::text FROM webhook_attempts")
    assert sorted(row["delivery_id"] for row in attempts) == sorted([waiting["id"], new["id"]])


def test_the_app_role_hastens_jobs_of_its_own_workspace_only(hooks: Hooks, database: Any) -> None:
    with receiver(lambda received: 503) as server:
        endpoint = hooks.add(server.url)
        customer = hooks.customer()
        hooks.run()
    lock = f"webhooks:{endpoint['id']}:1:{customer}"
    other = hooks_in(hooks.app)
    with database.connect("jemeti_app") as app:
        for workspace, hastened in ((other, 0), (hooks, 1)):
            with app.transaction(force_rollback=True):
                app.execute("SELECT jemeti.enter(%s, NULL)", [workspace.workspace.id])
                assert app.execute("SELECT jemeti.hasten(%s)", [lock]).fetchone() == (hastened,)
        with app.transaction(), pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("UPDATE procrastinate.procrastinate_jobs SET scheduled_at = NULL")


# -- what others are told ----------------------------------------------------------------------------------------------


def test_the_receiver_of_http_md_takes_each_event_once(
    hooks: Hooks, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "http.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    with receiver() as server:
        endpoint = hooks.add(server.url)
        customer = hooks.customer()
        hooks.run()
    (sent_once,) = server.requests
    monkeypatch.setenv("JEMETI_WEBHOOK_SECRET", endpoint["secret"])
    monkeypatch.chdir(tmp_path)
    handled: list[Any] = []
    names: dict[str, Any] = {"handle": handled.append}
    exec(compile(code, "http.md", "exec"), names)
    headers = dict(sent_once.headers)
    assert [names["receive"](sent_once.body, headers) for _ in range(2)] == [204, 204]
    assert names["receive"](sent_once.body.replace(b"created", b"deleted"), headers) == 400
    names["database"].close()
    (event,) = handled
    assert (event["type"], event["data"]) == ("crm.customer.created", {"customer_id": customer})


def test_the_archive_of_a_workspace_has_its_webhooks_without_secrets(hooks: Hooks, admin: Any) -> None:
    with receiver() as server:
        endpoint = hooks.add(server.url)
        hooks.api.post(f"/v1/webhooks/{endpoint['id']}/rotate", {})
        hooks.customer()
        hooks.run()
    client = replace(hooks.api, host="localhost", login=admin())
    reply = client.post(f"/platform/tenants/{hooks.workspace.slug}/export", {}, expect=200)
    book = zipfile.ZipFile(io.BytesIO(reply.body))
    text = {name: book.read(name).decode() for name in book.namelist()}
    assert endpoint["id"] in text["webhook_endpoints.jsonl"]
    assert text["webhook_attempts.jsonl"]
    assert [name for name, content in text.items() if "whsec_" in content] == []


# -- the ini ----------------------------------------------------------------------------------------------------------


def test_the_pauses_grow_and_last_three_days() -> None:
    patience = Patience.from_settings({})
    assert list(patience.pauses) == sorted(patience.pauses)
    assert timedelta(seconds=sum(patience.pauses)) >= patience.limit == timedelta(hours=72)
    assert timedelta(seconds=sum(patience.pauses[:-1])) < patience.limit


@pytest.mark.parametrize(
    ("key", "value"),
    [("pauses", ""), ("pauses", "5 -1"), ("pauses", "soon"), ("give_up_after_hours", "0"), ("keep_days", "nan")],
)
def test_what_cannot_be_read_is_said_at_boot(key: str, value: str) -> None:
    with pytest.raises(BootError, match=f"jemeti.webhooks.{key}"):
        Patience.from_settings({f"jemeti.webhooks.{key}": value})
