"""Events as they are kept: with the change they tell of, numbered in the order of commit, without gaps."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import orjson
import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st
from transaction import TransactionManager

from jemeti_platform.boot import transaction
from jemeti_platform.db.engine import make_engine
from jemeti_platform.db.statement import Statement
from jemeti_platform.events.declared import declare
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import SYSTEM, TestWorkspace, platform_work
from jemeti_platform.work import Work

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


def test_positions_follow_commit_where_ids_would_miss_one(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    """Two transactions overlap: the one that emits first commits last, after a reader has been here."""
    slow, fast = uuid4(), uuid4()

    def read() -> list[tuple[UUID, int, UUID]]:
        rows = superuser.execute("SELECT id, position, object_id FROM events WHERE tenant_id = %s", [shelf.id])
        return list(rows.fetchall())

    with shelf.work() as first:
        first.emit(counted(shop, slow))
        first.write()
        with shelf.work() as second:
            second.emit(counted(shop, fast))
        ((last_id, last_position, about),) = read()
        assert about == fast
    assert [about for _, position, about in read() if position > last_position] == [slow], "nothing is missed"
    assert [about for identity, _, about in read() if identity > last_id] == [], "ids would have missed the slow one"


def test_many_writers_leave_no_gap(shop: Shop, shelf: TestWorkspace, database: Database, superuser: Any) -> None:
    engine = make_engine(database.app_url, pool_size=20, role="jemeti_app")

    def write(number: int) -> int:
        kept = 0
        for turn in range(10):
            events = 1 + turn % 3
            with suppress(ZeroDivisionError), transaction() as manager:
                work = Work(shop.platform, shelf.id, SYSTEM, manager, engine=engine)
                for _ in range(events):
                    work.emit(counted(shop))
                if (number + turn) % 3 == 0:
                    raise ZeroDivisionError
                kept += events
        return kept

    with ThreadPoolExecutor(20) as pool:
        kept = sum(pool.map(write, range(20)))
    engine.dispose()
    positions = [p for (p,) in superuser.execute("SELECT position FROM events WHERE tenant_id = %s", [shelf.id])]
    assert sorted(positions) == list(range(1, kept + 1))


def test_many_events_of_one_transaction_keep_their_order(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    items = [uuid4() for _ in range(20_000)]
    with shelf.work() as work:
        for item in items:
            work.emit(counted(shop, item))
    rows = superuser.execute("SELECT object_id FROM events WHERE tenant_id = %s ORDER BY position", [shelf.id])
    assert [item for (item,) in rows] == items


def test_what_a_transaction_through_workspaces_emits_goes_to_each(shop: Shop, superuser: Any) -> None:
    here, there = shop.workspace(), shop.workspace()
    items = [uuid4() for _ in range(3)]
    with platform_work(shop.platform) as platform:
        for workspace, item in zip((here, there, here), items, strict=True):
            with platform.inside(workspace.id) as work:
                work.emit(counted(shop, item))
                work.check_constraints()
                assert work.read(Statement("SELECT jemeti.current_tenant() AS at")()) == [[{"at": workspace.id}]]
    query = "SELECT object_id FROM events WHERE tenant_id = %s ORDER BY position"
    assert superuser.execute(query, [here.id]).fetchall() == [(items[0],), (items[2],)]
    assert superuser.execute(query, [there.id]).fetchall() == [(items[1],)]


def test_nobody_writes_the_table_directly(shop: Shop, shelf: TestWorkspace, database: Database) -> None:
    with shelf.work() as work:
        work.emit(counted(shop))
    for role in ("jemeti_app", "jemeti_platform"):
        with database.connect(role) as connection, connection.transaction(force_rollback=True):
            connection.execute("SELECT set_config('app.tenant_id', %s::text, true)", [shelf.id])
            for statement in (
                "INSERT INTO events (id, position, type, actor_kind, data) VALUES (jemeti.uuid7(), 9, 'x', 'y', '{}')",
                "UPDATE events SET type = 'other'",
                "DELETE FROM events",
            ):
                with pytest.raises(psycopg.errors.InsufficientPrivilege), connection.transaction():
                    connection.execute(statement)


def test_a_dry_run_keeps_nothing(shop: Shop, shelf: TestWorkspace, superuser: Any) -> None:
    manager = TransactionManager(explicit=True)
    manager.begin()
    work = shelf.working(manager)
    work.emit(counted(shop))
    work.defer("stock.tidy", items=[])
    work.check_constraints()
    assert work.read(Statement("SELECT count(*) AS n FROM events")()) == [[{"n": 1}]], "it was written"
    manager.abort()
    assert superuser.execute("SELECT count(*) FROM events WHERE tenant_id = %s", [shelf.id]).fetchone() == (0,)


@dataclass(frozen=True)
class SalarySheetFinalized:
    sheet_id: UUID


@dataclass
class ShiftBegun:
    shift_id: UUID


@dataclass(frozen=True)
class Begun:
    shift_id: UUID


@dataclass(frozen=True)
class Line:
    amount: Decimal
    on: date


@dataclass(frozen=True)
class VATReturnFiled:
    return_id: UUID
    at: datetime
    lines: tuple[Line, ...]
    corrects: UUID | None = None


def test_the_last_word_of_the_name_is_what_happened() -> None:
    assert declare(SalarySheetFinalized, "staff").name == "staff.salary_sheet.finalized"
    assert declare(VATReturnFiled, "tax").name == "tax.vat_return.filed"


@pytest.mark.parametrize(
    ("event", "reason"),
    [(ShiftBegun, "no frozen dataclass"), (Begun, "object and what happened to it"), (dict, "no frozen dataclass")],
)
def test_what_is_no_event_is_refused_at_boot(event: type, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        declare(event, "staff")


@given(
    st.builds(
        VATReturnFiled,
        st.uuids(),
        st.datetimes(timezones=st.just(UTC)),
        st.lists(st.builds(Line, st.decimals("-1000000", "1000000", places=2), st.dates())).map(tuple),
        st.none() | st.uuids(),
    )
)
def test_what_is_stored_reads_back_as_it_was(event: VATReturnFiled) -> None:
    kind = declare(VATReturnFiled, "tax")
    assert kind.decode(orjson.loads(kind.encode(event))) == event
    assert kind.object_id(event) == event.return_id
