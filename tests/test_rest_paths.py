"""No other spelling of a path or method reaches what the plain one does not. Source: safety D10."""

from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.sweep.questions import Route, routes


def spellings(path: str) -> Iterator[str]:
    """The path in other words, some of which other servers take for the same."""
    head, _, last = path.rpartition("/")
    yield f"{path}/"
    yield f"{path}."
    yield f"{path};x=1"
    yield f"{path}/."
    yield f"{path}/../{last}"
    yield f"{path}%20"
    yield f"{path}%00"
    yield f"{path}%2f"
    yield f"{path}?x"
    yield f"/{path}"
    yield f"{head}//{last}"
    yield f"{head}/./{last}"
    yield f"{head}/%2e/{last}"
    yield f"{head}/%2e%2e{path}"
    yield f"{head}%2f{last}"
    yield f"{head}%5c{last}"
    yield path.upper()
    yield path.replace("v1", "V1")
    yield path.replace("/v1/", "/%76%31/")
    yield path.replace("/v1/", "/v1/v1/")


@pytest.fixture(scope="module")
def guarded(app: Any) -> list[Route]:
    return [route for route in routes(app) if not route.is_public and route.view.method == "GET"]


def test_no_other_spelling_opens_a_door(guarded: list[Route], api: Api) -> None:
    count = 0
    for route in guarded:
        path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
        for spelling in spellings(path):
            count += 1
            reply = api.anonymous.get(spelling, anything=True)
            assert 400 <= reply.status < 500, f"{spelling}: {reply}"
    assert count >= 30 * 10
    print(f"{len(guarded)} routes, {count} spellings, 0 opened")  # noqa: T201 (the figures)


def test_a_spelling_is_the_path_itself_or_nothing(guarded: list[Route], api: Api) -> None:
    for route in guarded:
        if route.parameters or not route.needs_right or route.view.realm == "platform":
            continue
        for spelling in spellings(route.service.full_path):
            powerless = api.as_one_who_may().get(spelling, anything=True)
            assert powerless.status in (400, 403, 404), f"{spelling}: {powerless}"


def test_head_is_decided_as_get_is(guarded: list[Route], api: Api) -> None:
    for route in guarded:
        if route.view.realm == "platform":
            continue
        path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
        for client in (api, api.anonymous, api.as_one_who_may()):
            head, get = client.request("HEAD", path, anything=True), client.get(path, anything=True)
            assert head.status == get.status, path
            assert head.body == b""


def test_no_header_turns_one_method_into_another(api: Api) -> None:
    made = api.post("/v1/roles", {"slug": "kept", "name": "Kept", "permissions": []}, expect=201)
    for header in ("X-HTTP-Method-Override", "X-HTTP-Method", "X-Method-Override"):
        for method in ("GET", "POST"):
            api.request(method, made.location, headers={header: "DELETE"}, anything=True)
        api.get(f"{made.location}?_method=DELETE", expect=400)
    assert api.get(made.location).data == made.data


def test_options_and_trace_tell_nothing(app: Any, api: Api) -> None:
    for route in routes(app):
        path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
        for method in ("OPTIONS", "TRACE", "CONNECT"):
            reply = api.request(method, path, anything=True)
            assert reply.status == 405, f"{method} {path}: {reply}"
            assert route.view.method in reply.headers["Allow"]
            assert "Access-Control-Allow-Origin" not in reply.headers
