"""Events as they are kept: with the change they tell of, numbered in the order of commit, without gaps."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def shelf(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def superuser(database: Database) -> Iterator[psycopg.Connection[Any]]:
    with database.connect() as connection:
        yield connection


def counted(shop: Shop, item: UUID | None = None, quantity: str = "1") -> Any:
    return shop.platform.module("stock").ItemCounted(item or uuid4(), Decimal(quantity))


def test_an_event_is_kept_with_the_transaction(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    item = uuid4()
    with shelf.work() as work:
        work.emit(counted(shop, item, "12.500"))
    ((position, kind, about, data, actor),) = superuser.execute(
        "SELECT position, type, object_id, data, actor_kind FROM events WHERE tenant_id = %s", [shelf.id]
    ).fetchall()
    assert (position, kind, about, actor) == (1, "stock.item.counted", item, "system")
    assert data == {"item_id": str(item), "quantity": "12.500", "note": None}
    read = shop.platform.events[type(counted(shop))].decode(data)
    assert read == counted(shop, item, "12.500")


def test_what_rolls_back_leaves_no_event_and_no_gap(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    for number in range(6):
        try:
            with shelf.work() as work:
                work.emit(counted(shop))
                work.write()
                if number % 2:
                    raise ZeroDivisionError
        except ZeroDivisionError:
            pass
    rows = superuser.execute("SELECT position FROM events WHERE tenant_id = %s ORDER BY id", [shelf.id]).fetchall()
    assert rows == [(1,), (2,), (3,)]


def test_an_undeclared_event_is_refused_with_the_remedy(shelf: TestWorkspace) -> None:
    with shelf.work() as work, pytest.raises(RuntimeError, match=r"not declared; write config\.add_event\(object\)"):
        work.emit(object())
