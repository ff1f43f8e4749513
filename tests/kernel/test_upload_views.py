"""Any view may take a file with fields beside it; its key, its dry run and its page are as everywhere."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import colander
import pytest

from jemeti_platform import main
from jemeti_platform.db.statement import Bound
from jemeti_platform.errors import Conflict
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import ALWAYS, AUTHENTICATED, Service
from jemeti_platform.testing.api import Api
from jemeti_platform.types import StrictInt, Text

TOUCH = Bound("UPDATE workspaces SET version = version + 1 RETURNING version", ())


class Fields(Mapping):
    title = colander.SchemaNode(Text())
    copies = colander.SchemaNode(StrictInt(1, 9), missing=1)


sheets = Service("probe.sheets", "/probe/sheets", ALWAYS)


@sheets.post(permission=AUTHENTICATED, upload=True, body=Fields, status=201)
def take_sheet(request: Any) -> Answer:
    """Take a sheet."""
    assert not request.work.is_writing  # what is slow comes before the transaction
    ((row,),) = request.work.write(TOUCH)
    if request.validated["title"] == "refuse":
        raise Conflict("No.")
    return Answer({"length": len(request.upload.data), **request.validated, "version": row["version"]}, status=201)


@pytest.fixture(scope="module")
def probe(settings: dict[str, str], database: Any, app: Any) -> Iterator[Any]:
    module = ModuleType("probe_of_uploads")
    vars(module)["includeme"] = lambda config: config.add_service(sheets)
    sys.modules[module.__name__] = module
    made = main({}, **{**settings, **database.settings, "jemeti.includes": module.__name__})
    yield made
    del sys.modules[module.__name__]
    for engine in made.registry.platform.engines.values():
        engine.dispose()


@pytest.fixture
def client(probe: Any, tenant: Any, admin: Any) -> Api:
    return Api(probe, f"{tenant.slug}.localhost", tenant, tenant.login(), admin)


def test_fields_are_checked_as_a_query_is(client: Api) -> None:
    made = client.upload("/v1/probe/sheets", b"abc", fields={"title": "Hours", "copies": "3"}, expect=201).data
    assert (made["length"], made["title"], made["copies"]) == (3, "Hours", 3)
    reply = client.upload("/v1/probe/sheets", b"abc", fields={"copies": "many", "colour": "x"}, expect=400)
    assert {problem["field"] for problem in reply.error["details"]} == {"title", "copies", "colour"}
    client.post("/v1/probe/sheets", {"title": "Hours"}, expect=415)


def test_a_key_makes_a_retry_safe_and_a_refusal_gives_it_back(client: Api) -> None:
    key = {"Idempotency-Key": "sheet-1"}
    client.upload("/v1/probe/sheets", b"abc", fields={"title": "refuse"}, headers=key, expect=409)
    first, again = (
        client.upload("/v1/probe/sheets", b"abc", fields={"title": "Hours"}, headers=key, expect=201) for _ in range(2)
    )
    assert again.data == first.data
    assert again.headers["Idempotent-Replayed"] == "true"
    other = client.upload("/v1/probe/sheets", b"abc", fields={"title": "Other"}, headers=key, expect=409)
    assert other.error["details"]["reason"] == "key_reused"
    client.upload("/v1/probe/sheets", b"abc", fields={"title": "x"}, headers={"Idempotency-Key": "ü"}, expect=400)


def test_a_dry_run_is_undone(client: Api) -> None:
    before = client.get("/v1/workspace").data["version"]
    reply = client.upload("/v1/probe/sheets?dry_run=true", b"abc", fields={"title": "Hours"}, expect=201)
    assert reply.headers["Dry-Run"] == "true"
    assert client.get("/v1/workspace").data["version"] == before


def test_its_form_is_on_the_page(client: Api) -> None:
    operation = client.get("/v1/openapi.json").json["paths"]["/v1/probe/sheets"]["post"]
    form = operation["requestBody"]["content"]["multipart/form-data"]["schema"]
    assert form["required"] == ["file", "title"]
    assert set(form["properties"]) == {"file", "title", "copies"}
    assert {"$ref": "#/components/parameters/IdempotencyKey"} in operation["parameters"]
    assert {"413", "415", "409"} <= operation["responses"].keys()
