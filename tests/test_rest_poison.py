"""What parsers read differently, or a database cannot keep, is a 4xx wherever a body is taken. Source: safety D5."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.sweep.questions import Route, routes

# As the value of a field; the last four poison the body as a whole as well.
POISONS = {
    "NaN": b"NaN",
    "1e400": b"1e400",
    "an integer of 5,000 digits": b"9" * 5000,
    "a lone surrogate": b'"\\ud800"',
    "NUL": b'"a\\u0000b"',
    "100,000 levels deep": b"[" * 100_000 + b"]" * 100_000,
    "the same key twice": b'{"a": 1, "a": 2}',
    "2**70": str(2**70).encode(),
    "bad UTF-8": b'"\xff\xfe"',
    "a byte order mark": b"\xef\xbb\xbf1",
    "the year 99999999": b'"99999999-01-01T00:00:00Z"',
}
HARMLESS_IN_TEXT = {"the year 99999999"}


def bodies(route: Route) -> Iterator[tuple[str, bytes, bool]]:
    """(what, body, whether it must be refused): each poison as the whole body and in each field."""
    schema = route.view.body
    node: Any = schema() if isinstance(schema, type) else schema
    for what, poison in POISONS.items():
        yield f"{what} as the body", poison, True
        for child in node.children:
            yield (
                f"{what} in {child.name}",
                b'{"' + child.name.encode() + b'": ' + poison + b"}",
                what not in HARMLESS_IN_TEXT,
            )
    yield "a key with NUL", b'{"\\u0000": 1}', True
    yield "a body of blanks", b" " * 1000, True
    yield "two bodies", b"{}{}", True


def test_no_poison_is_swallowed_and_none_breaks_anything(app: Any, api: Api, admin: Any) -> None:
    taking = [route for route in routes(app) if route.view.body is not None]
    assert len(taking) >= 15
    count = 0
    for route in taking:
        client = api.platform if route.view.realm == "platform" else api
        path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
        for what, body, refused in bodies(route):
            count += 1
            client = replace(client, address=f"198.51.{count // 200 % 200}.{count % 200}")
            reply = client.request(route.view.method, f"{path}?dry_run=true", body, anything=True)
            assert reply.status < 500, f"{what}: {route}: {reply}"
            assert reply.status >= 400 or not refused, f"{what}: {route}: {reply}"
            assert "Traceback" not in reply.text
    print(f"{len(POISONS)} poisons, {len(taking)} routes, {count} requests, 0 × 5xx")  # noqa: T201 (the figures)


def test_a_poisoned_query_is_a_400(api: Api) -> None:
    for query in (
        "q=%00",
        "q=%ff",
        "page=" + "9" * 5000,
        "created_at.gte=99999999-01-01T00:00:00Z",
        "sort=" + "a," * 5000,
    ):
        assert api.get(f"/v1/users?{query}", anything=True).status == 400, query


@pytest.mark.parametrize("depth", [33, 5_000])
def test_depth_is_refused_before_it_hurts(api: Api, depth: int) -> None:
    body = b'{"name": ' + b"[" * depth + b"]" * depth + b"}"
    assert api.post("/v1/roles", body, anything=True).status == 400


def test_what_a_client_may_not_set_is_refused_by_name(app: Any, api: Api) -> None:
    """Mass assignment: no body takes a field that its schema does not name. Source: safety B12."""
    forbidden = {"tenant_id": str(uuid4()), "id": str(uuid4()), "created_by": "me", "balance": "1", "is_admin": True}
    for route in routes(app):
        if route.view.body is None or route.view.realm == "platform":
            continue
        body = forbidden
        # which inputs there are, the action says: without one, nothing else can be judged
        if route.service.full_path.endswith("/transitions"):
            lifecycle = app.registry.resources[route.service.name.rpartition(".")[0]].lifecycle
            body = {**forbidden, "action": app.registry.platform.lifecycles[lifecycle].transitions[0].action}
        path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
        reply = api.request(route.view.method, f"{path}?dry_run=true", json.dumps(body).encode(), anything=True)
        assert reply.status == 400, f"{route}: {reply}"
        assert set(forbidden) <= {fault["field"] for fault in reply.error["details"]}, str(route)
