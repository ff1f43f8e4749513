"""``GET /v1/events``: everything that happened, in the order of commit, from a cursor on."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def client(shop: Shop, shelf: TestWorkspace) -> Api:
    return shop.api(shelf)


def count(shop: Shop, shelf: TestWorkspace, *items: UUID) -> None:
    """An event for each item, in one transaction."""
    with shelf.work() as work:
        for item in items:
            work.emit(shop.platform.module("stock").ItemCounted(item, Decimal(1)))


def about(reply: Any) -> list[str]:
    return [event["data"]["item_id"] for event in reply.data]


def test_an_event_as_a_client_sees_it(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    item = uuid4()
    count(shop, shelf, item)
    (event,) = client.get("/v1/events").data
    assert UUID(event.pop("id"))
    assert event.pop("occurred_at").endswith("Z")
    assert event == {
        "type": "stock.item.counted",
        "workspace_id": str(shelf.id),
        "data": {"item_id": str(item), "quantity": "1", "note": None},
    }


def test_a_walk_meets_every_event_once_and_goes_on_when_more_happens(
    shop: Shop, shelf: TestWorkspace, client: Api
) -> None:
    items = [uuid4() for _ in range(7)]
    count(shop, shelf, *items)
    met, after = [], ""
    while True:
        reply = client.get("/v1/events", params={"after": after, "per_page": "3"})
        met += about(reply)
        after = reply.meta["next_cursor"]
        if len(reply.data) < 3:
            break
    assert met == [str(item) for item in items]
    assert client.get("/v1/events", params={"after": after}).data == []
    later = uuid4()
    count(shop, shelf, later)
    assert about(client.get("/v1/events", params={"after": after})) == [str(later)]


def test_by_type_and_by_object(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    one, other = uuid4(), uuid4()
    count(shop, shelf, one, other, one)
    assert about(client.get("/v1/events", params={"object_id": str(one)})) == [str(one)] * 2
    assert len(client.get("/v1/events", params={"type": "stock.item.counted"}).data) == 3
    reply = client.get("/v1/events", params={"type": "stock.item.lost"}, expect=400)
    assert reply.error["details"][0]["field"] == "type"


def test_a_filtered_reader_does_not_read_everything_again(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    count(shop, shelf, *(uuid4() for _ in range(5)))
    nobody = {"object_id": str(uuid4())}
    cursor = client.get("/v1/events", params=nobody).meta["next_cursor"]
    assert client.get("/v1/events", params={"after": cursor}).data == [], "the cursor stands behind what was looked at"


def test_a_cursor_of_another_workspace_is_refused(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    foreign = shop.api(shop.workspace()).get("/v1/events").meta["next_cursor"]
    reply = client.get("/v1/events", params={"after": foreign}, expect=400)
    assert reply.error["details"][0]["field"] == "after"


def test_events_of_a_plugin_that_is_off_are_left_out(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    count(shop, shelf, uuid4())
    assert len(client.get("/v1/events").data) == 1
    for feature in ("shop", "stock"):
        shelf.set_feature(feature, "off")
    assert client.get("/v1/events").data == []
    for feature in ("shop", "stock"):
        shelf.set_feature(feature, None)
    assert len(client.get("/v1/events").data) == 1, "they are kept"


def test_reading_is_one_round_trip(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    count(shop, shelf, uuid4())
    for _ in range(2):
        client.get("/v1/events")
    with count_round_trips(shop.platform) as counted:
        client.get("/v1/events")
    assert counted.count == 1


def test_an_event_costs_no_round_trip(shop: Shop, shelf: TestWorkspace) -> None:
    def trips(*, telling: bool) -> int:
        for _ in range(2):
            with count_round_trips(shop.platform) as counted, shelf.work() as work:
                if telling:
                    work.emit(shop.platform.module("stock").ItemCounted(uuid4(), Decimal(1)))
                    work.defer("stock.tidy", items=[])
        return counted.count

    assert trips(telling=True) == trips(telling=False) == 2


def test_who_may_not_read_events_is_refused(shop: Shop, shelf: TestWorkspace, client: Api) -> None:
    client.as_role("viewer").get("/v1/events", expect=403)
