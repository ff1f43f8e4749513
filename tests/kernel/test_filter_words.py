"""A filter takes the words that there are; any other is refused by name, for a slip would list nothing."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import orjson
import pytest
from sqlalchemy import CheckConstraint, Column, MetaData, Table, Text

from jemeti_platform.db.words import words_of
from jemeti_platform.testing.api import Api

JOBS = "/v1/jobs"


def test_every_list_refuses_a_word_that_there_is_not(app: Any, api: Api) -> None:
    document = orjson.loads(app.registry.published.whole.body)
    tried = set()
    for path, item in document["paths"].items():
        if "get" not in item or not path.startswith("/v1/"):
            continue
        query = {
            one["name"]: words["enum"]
            for one in item["get"]["parameters"]
            if "$ref" not in one and "enum" in (words := one["schema"].get("items", one["schema"]))
        }
        filled = path.replace("{", "\0").replace("}", "\0").split("\0")
        where = "".join(part if place % 2 == 0 else str(uuid4()) for place, part in enumerate(filled))
        for name, words in query.items():
            refused = api.get(f"{where}?{urlencode({name: 'no_such_word'})}", expect=400).error["details"]
            said = [fault["message"] for fault in refused if fault["field"] == name]
            plain = [word for word in words if word[1:] not in words]
            assert said == [f"There is no 'no_such_word'; possible are {', '.join(plain)}"], f"{path} {name}"
            tried.add((path, name))
    assert {
        (JOBS, "status"), (JOBS, "sort"), (JOBS, "expand"), ("/v1/invoices", "status"), ("/v1/messages", "status"),
        ("/v1/jobs/quotations", "kind"), ("/v1/crm/customers", "kind"), ("/v1/vehicles/customer", "fuel"),
    } <= tried  # fmt: skip


def test_a_filter_by_state_takes_every_state_and_no_other(app: Any) -> None:
    with_states = [one for one in app.registry.resources.values() if one.lifecycle is not None]
    assert {"jobs.jobs", "jobs.quotations", "dvi.inspections"} <= {one.name for one in with_states}
    for resource in with_states:
        lifecycle = app.registry.platform.lifecycles[resource.lifecycle]
        taken = resource.listing.comparisons[lifecycle.column].type.inner.choices
        assert taken == tuple(state.name for state in lifecycle.states), resource.name


def test_each_wrong_word_of_several_is_named(api: Api) -> None:
    api.get(f"{JOBS}?status=draft,intake", expect=200)
    refused = api.get(f"{JOBS}?status=draft,don,dvi,fnished", expect=400).error["details"]
    assert [(fault["field"], fault["message"].partition(";")[0]) for fault in refused] == [
        ("status", "There is no 'don'"), ("status", "There is no 'fnished'"),
    ]  # fmt: skip


@pytest.mark.parametrize("word", ["", " draft", "Draft", "dräft", "a\u2028b", "\ud7ff", "d" * 5000, "\U000e0041"])
def test_what_cannot_be_shown_is_refused_all_the_same(api: Api, word: str) -> None:
    (refused,) = api.get(f"{JOBS}?{urlencode({'status': word})}", expect=400).error["details"]
    assert refused["field"] == "status"
    assert "possible are draft, intake" in refused["message"]
    assert len(refused["message"]) < 300


def test_words_that_a_client_may_not_write_may_be_asked_for(api: Api) -> None:
    api.get("/v1/jobs/declined-work?status=taken_up", expect=200)
    refused = api.get("/v1/jobs/declined-work?status=done", expect=400).error["details"][0]["message"]
    assert refused == "There is no 'done'; possible are open, taken_up, dismissed"


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("colour IN ('red', 'light blue')", ("red", "light blue")),
        ("colour IN ('red')", ("red",)),
        ("colour IN ('red', 'blue') OR shade IS NULL", ()),
        ("shade IN ('dark', 'light')", ()),
        ("colour <> 'red'", ()),
    ],
)
def test_only_a_check_that_is_a_list_of_words_lists_them(rule: str, words: tuple[str, ...]) -> None:
    table = Table("paint", MetaData(), Column("colour", Text), Column("shade", Text), CheckConstraint(rule))
    assert words_of(table.c.colour) == words
