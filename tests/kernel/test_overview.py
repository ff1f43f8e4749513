"""Search and dashboard over plugins of which one misbehaves: the others' answers stand, and the culprit is named."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from threading import Event, Semaphore
from typing import Any

import pytest
from structlog.testing import capture_logs

from jemeti_platform.testing.round_trips import count_round_trips

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

WRONG = {
    "raises": "RuntimeError",
    "answers junk": "junk",
    "fails": "DivisionByZero",
    "sleeps": "slow",
    "forgets a column": "junk",
    "answers other columns": "junk",
    "gives unfit values": "ProgrammingError",
}
"""What the plugin does, and the reason by which it is counted."""


@pytest.fixture
def mischief(shop: Shop) -> Iterator[list[str]]:
    found: list[str] = shop.platform.module("shop").MISCHIEF
    yield found
    found.clear()


@pytest.fixture
def go_on() -> Iterator[Event]:
    """What hooks wait for that hang; the test's end lets them go on."""
    event = Event()
    yield event
    event.set()


@pytest.fixture
def before(shop: Shop) -> Iterator[dict[str, list[Callable[[], object]]]]:
    """What the hooks of each plugin do before they answer."""
    found: dict[str, list[Callable[[], object]]] = {p: shop.platform.module(p).BEFORE for p in ("shop", "stock")}
    yield found
    for several in found.values():
        several.clear()


def told_as_slow(shop: Shop, hook: str) -> float:
    labels = {"plugin": "shop", "kind": "hook", "name": hook, "reason": "slow"}
    return shop.platform.metrics.get_sample_value("jemeti_plugin_faults_total", labels) or 0


def names(api: Any) -> dict[str, Any]:
    return {figure["name"]: figure["value"] for figure in api.get("/v1/dashboard", expect=200).data["figures"]}


def test_every_plugin_is_asked_in_one_round_trip(shop: Shop) -> None:
    api = shop.api(shop.workspace())
    for path in ("/v1/search?q=wheel", "/v1/dashboard"):
        api.get(path)
        with count_round_trips(shop.platform) as counted:
            api.get(path, expect=200)
        assert counted.count == 1


def test_the_best_hit_is_first_and_pages_are_cut(shop: Shop) -> None:
    api = shop.api(shop.workspace())
    found = api.get("/v1/search?q=wheel", expect=200)
    assert [hit["title"] for hit in found.data] == ["An item called wheel", "A thing"]
    assert found.meta["types"] == [
        {"type": "stock.items", "title": "item", "hits": 1},
        {"type": "shop.things", "title": "thing", "hits": 1},
    ]
    second = api.get("/v1/search?q=wheel&per_page=1&page=2", expect=200)
    assert [hit["type"] for hit in second.data] == ["shop.things"]
    assert (second.meta["total"], second.meta["total_pages"]) == (2, 2)


def test_only_the_kinds_asked_for_are_shown_and_unknown_ones_are_named(shop: Shop) -> None:
    api = shop.api(shop.workspace())
    assert [hit["type"] for hit in api.get("/v1/search?q=x&types=shop.things").data] == ["shop.things"]
    refused = api.get("/v1/search?q=x&types=shop.things,boats", expect=400)
    assert refused.error["details"][0]["field"] == "types"
    assert "boats" in refused.error["details"][0]["message"]
    assert api.get("/v1/search", expect=400).error["details"][0]["field"] == "q"


def test_an_exact_decimal_stays_one(shop: Shop) -> None:
    assert names(shop.api(shop.workspace()))["stock.items"] == "12.500"


@pytest.mark.parametrize("wrong", WRONG)
def test_a_plugin_that_misbehaves_is_named_and_takes_nothing_with_it(
    shop: Shop, mischief: list[str], wrong: str
) -> None:
    api = shop.api(shop.workspace())
    assert names(api) == {"title": "A thing", "stock.items": "12.500"}
    mischief.append(wrong)
    with capture_logs() as lines:
        found = api.get("/v1/search?q=wheel", expect=200)
    assert [hit["type"] for hit in found.data] == ["stock.items"]
    assert found.meta["incomplete"] == ["shop"]
    board = api.get("/v1/dashboard", expect=200).data
    assert [figure["name"] for figure in board["figures"]] == ["stock.items"]
    assert board["incomplete"] == ["shop"]
    assert {(line["plugin"], line["hook"]) for line in lines if "hook" in line} == {("shop", "jemeti_search")}
    counted = api.anonymous.get("/metrics").body.decode()
    assert (
        f'jemeti_plugin_faults_total{{kind="hook",name="jemeti_search",plugin="shop",reason="{WRONG[wrong]}"}}'
        in counted
    )


def test_a_statement_that_fails_costs_the_others_one_message_more(shop: Shop, mischief: list[str]) -> None:
    api = shop.api(shop.workspace())
    api.get("/v1/search?q=wheel")
    mischief.append("fails")
    with count_round_trips(shop.platform) as counted:
        api.get("/v1/search?q=wheel", expect=200)
    assert counted.count == 2


def test_a_hook_that_hangs_is_left_out_and_not_called_again_before_it_returns(
    shop: Shop, before: dict[str, list[Callable[[], object]]], go_on: Event
) -> None:
    api, calls = shop.api(shop.workspace()), Semaphore(0)
    told = told_as_slow(shop, "jemeti_search")

    def hang() -> None:
        calls.release()
        assert go_on.wait(60)

    before["shop"].append(hang)
    for _ in range(4):
        found = api.get("/v1/search?q=wheel", expect=200)
        assert found.meta["incomplete"] == ["shop"]
        assert [hit["type"] for hit in found.data] == ["stock.items"]
    assert calls.acquire(blocking=False)
    assert not calls.acquire(blocking=False), "one call hangs, and no other is added"
    assert told_as_slow(shop, "jemeti_search") == told + 4
    before["shop"].clear()
    assert names(api) == {"title": "A thing", "stock.items": "12.500"}, "another hook of it is another matter"
    assert api.get("/v1/search?q=wheel").meta["incomplete"] == ["shop"]
    go_on.set()
    while api.get("/v1/search?q=wheel", expect=200).meta["incomplete"]:
        pass
    assert [hit["type"] for hit in api.get("/v1/search?q=wheel").data] == ["stock.items", "shop.things"]


def test_while_one_plugin_ponders_the_next_are_asked(
    shop: Shop, before: dict[str, list[Callable[[], object]]], go_on: Event
) -> None:
    api = shop.api(shop.workspace())
    before["stock"].append(lambda: go_on.wait(60))  # asked first, and answers only once the second was asked
    before["shop"].append(go_on.set)
    assert api.get("/v1/search?q=wheel", expect=200).meta["incomplete"] == []


def test_what_a_role_may_not_see_is_left_out(shop: Shop) -> None:
    workspace = shop.workspace()
    api = shop.api(workspace).as_role("viewer")
    assert api.get("/v1/search?q=wheel", expect=200).data == []
    assert api.get("/v1/dashboard", expect=200).data["figures"] == []


def test_a_plugin_switched_off_is_not_asked_at_once(shop: Shop, mischief: list[str]) -> None:
    workspace = shop.workspace()
    api = shop.api(workspace)
    api.get("/v1/search?q=wheel")
    mischief.append("raises")
    workspace.set_feature("shop", "off")
    found = api.get("/v1/search?q=wheel", expect=200)
    assert found.meta["incomplete"] == []
    assert [hit["type"] for hit in found.data] == ["stock.items"]
