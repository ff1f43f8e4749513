"""A plugin that was off is told afterwards of what happened: every event once, in order, none twice."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from threading import Event, Thread
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg.errors import SerializationFailure

from jemeti_platform.admin import kill_switches
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.jobs import RunJobs
from jemeti_platform.testing.waiting import LONG
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def count(shop: Shop, shelf: TestWorkspace, *items: UUID, note: str | None = None) -> None:
    """An event for each item, in one transaction."""
    with shelf.work() as work:
        for item in items:
            work.emit(shop.platform.module("stock").ItemCounted(item, Decimal(1), note))


def heard(shop: Shop, shelf: TestWorkspace) -> list[UUID]:
    return [event.item_id for workspace, event, _ in shop.platform.module("shop").HEARD if workspace == str(shelf.id)]


def off(shelf: TestWorkspace) -> None:
    shelf.set_feature("shop", "off")


def on(shelf: TestWorkspace) -> None:
    shelf.set_feature("shop", None)


def test_on_and_off_and_on_again_each_event_is_heard_once_in_order(shop: Shop, shelf: TestWorkspace) -> None:
    items = [uuid4() for _ in range(10)]
    count(shop, shelf, *items[:2])
    off(shelf)
    count(shop, shelf, *items[2:4])
    count(shop, shelf, items[4])
    assert heard(shop, shelf) == items[:2]
    on(shelf)
    assert heard(shop, shelf) == items[:5]
    count(shop, shelf, *items[5:7])
    off(shelf)
    on(shelf)
    assert heard(shop, shelf) == items[:7], "nothing happened meanwhile"
    off(shelf)
    count(shop, shelf, *items[7:9])
    on(shelf)
    count(shop, shelf, items[9])
    assert heard(shop, shelf) == items


def test_a_plugin_switched_on_late_hears_everything_from_the_beginning(shop: Shop) -> None:
    late = shop.workspace("shop-none")
    late.set_feature("stock", "on")
    items = [uuid4() for _ in range(1203)]
    count(shop, late, *items)
    assert heard(shop, late) == []
    late.set_feature("shop", "on")
    late.set_feature("shop.core", "on")
    assert heard(shop, late) == items, "more than a batch"


def test_a_listener_is_told_when_it_happened(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    off(shelf)
    count(shop, shelf, uuid4())
    ((occurred_at,),) = superuser.execute(
        "UPDATE events SET occurred_at = occurred_at - interval '1 year' WHERE tenant_id = %s RETURNING occurred_at",
        [shelf.id],
    ).fetchall()
    on(shelf)
    (moment,) = [at for workspace, _, at in shop.platform.module("shop").HEARD if workspace == str(shelf.id)]
    assert moment == occurred_at


def test_what_a_listener_emits_meanwhile_comes_in_its_place(shop: Shop, shelf: TestWorkspace) -> None:
    off(shelf)
    first, second = uuid4(), uuid4()
    count(shop, shelf, first, note="echo")
    count(shop, shelf, second)
    on(shelf)
    assert heard(shop, shelf) == [first, second, first], "the echo is the latest event, and heard once"


def test_a_listener_that_raises_leaves_the_plugin_off_and_everything_to_be_heard(
    shop: Shop, shelf: TestWorkspace
) -> None:
    off(shelf)
    items = [uuid4(), uuid4()]
    count(shop, shelf, *items)
    shop.platform.module("shop").DEAF.append(OSError("cannot hear"))
    with pytest.raises(OSError, match="cannot hear"):
        on(shelf)
    with shelf.work() as work:
        assert "shop" not in work.enabled_plugins
    assert heard(shop, shelf) == []
    on(shelf)
    assert heard(shop, shelf) == items


def test_who_decided_before_the_switch_who_listens_must_decide_anew(shop: Shop, shelf: TestWorkspace) -> None:
    """Otherwise an event that nobody was told of would come after the last one that was told afterwards."""
    off(shelf)
    with pytest.raises(SerializationFailure), shelf.work() as slow:  # noqa: PT012 (the work ends with it)
        slow.emit(shop.platform.module("stock").ItemCounted(uuid4(), Decimal(1)))
        on(shelf)
    assert heard(shop, shelf) == []
    on_again = uuid4()
    count(shop, shelf, on_again)
    assert heard(shop, shelf) == [on_again]


def test_what_is_emitted_while_a_plugin_catches_up_is_heard_too(shop: Shop, shelf: TestWorkspace) -> None:
    """The listener is slow; meanwhile somebody else emits."""
    off(shelf)
    items = [uuid4(), uuid4()]
    count(shop, shelf, items[0])
    listening, go_on = Event(), Event()
    module = shop.platform.module("shop")
    slow = shop.platform.replays[shop.platform.module("stock").ItemCounted]["shop"]

    def wait(work: Any, event: Any) -> None:
        listening.set()
        assert go_on.wait(LONG)

    slow.append(wait)
    try:
        switching = Thread(target=on, args=[shelf])
        switching.start()
        assert listening.wait(LONG)
        count(shop, shelf, items[1])
        go_on.set()
        switching.join(LONG)
    finally:
        slow.remove(wait)
    assert module.HEARD
    assert heard(shop, shelf) == items


def test_what_a_kill_switch_keeps_from_a_plugin_is_heard_when_it_is_lifted(shop: Shop, shelf: TestWorkspace) -> None:
    run_jobs = RunJobs(shop.platform, datetime.now(UTC))
    items = [uuid4() for _ in range(4)]
    count(shop, shelf, items[0])
    with platform_work(shop.platform) as work:
        kill_switches.pull(work, "shop", "off", reason="a test")
    try:
        count(shop, shelf, items[1])
        assert heard(shop, shelf) == items[:1]
    finally:
        with platform_work(shop.platform) as work:
            kill_switches.lift(work, "shop")
    count(shop, shelf, items[2])
    assert heard(shop, shelf) == items[:1], "first what came before"
    run_jobs()
    assert heard(shop, shelf) == items[:3]
    count(shop, shelf, items[3])
    assert heard(shop, shelf) == items


def test_at_night_a_plugin_catches_up_where_nothing_happens(shop: Shop, shelf: TestWorkspace) -> None:
    run_jobs = RunJobs(shop.platform, datetime.now(UTC))
    item = uuid4()
    with platform_work(shop.platform) as work:
        kill_switches.pull(work, "shop", "off", reason="a test")
    try:
        count(shop, shelf, item)
    finally:
        with platform_work(shop.platform) as work:
            kill_switches.lift(work, "shop")
    run_jobs.by_the_clock("kernel.catch_up_nightly")
    assert heard(shop, shelf) == [item]
