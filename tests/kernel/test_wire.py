"""One message, however many statements: in order, all or nothing, prepared once, and never mixed up afterwards."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import pytest
from psycopg.pq import PipelineStatus, TransactionStatus
from sqlalchemy import Engine

from jemeti_platform.db.engine import make_engine
from jemeti_platform.db.pipeline import checkout
from jemeti_platform.db.statement import Bound
from jemeti_platform.db.wire import Wire, not_run
from jemeti_platform.testing.waiting import wait_until

from .catalogue_database import Database, made_database  # noqa: F401 (a fixture)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.url("jemeti_app"), pool_size=1, role="jemeti_app")
    yield engine
    engine.dispose()


@pytest.fixture
def wire(engine: Engine) -> Iterator[Wire]:
    pooled, connection = checkout(engine)
    yield connection
    pooled.close()


def bound(sql: str, **params: Any) -> Bound:
    return Bound(sql, params)


def number(value: Any) -> Bound:
    return bound("SELECT %(value)s::int AS number", value=value)


def prepared(wire: Wire, like: str) -> list[str]:
    (rows,) = wire.send([bound("SELECT name FROM pg_prepared_statements WHERE statement LIKE %(like)s", like=like)])
    return [row["name"] for row in rows]


ASLEEP = "SELECT pg_sleep(300)"


@contextmanager
def once_it_sleeps(database: Database, backend: int, act: Callable[[psycopg.Connection[Any]], Any]) -> Iterator[None]:
    """Do something from another thread as soon as the backend runs ``ASLEEP``."""
    asleep = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND wait_event = 'PgSleep'"

    def watch() -> None:
        with database.connect(database.admin_url.username or "") as admin:
            wait_until(lambda: admin.execute(asleep, [backend]).fetchone())
            act(admin)

    watching = threading.Thread(target=watch)
    watching.start()
    yield
    watching.join()


def is_idle(wire: Wire) -> bool:
    info = wire.pgconn
    return (info.transaction_status, info.pipeline_status) == (TransactionStatus.IDLE, PipelineStatus.OFF)


def test_rows_come_in_the_order_of_the_statements(wire: Wire) -> None:
    nothing = bound("SELECT 1 AS one WHERE false")
    assert wire.send([number(1), nothing, bound("SET LOCAL work_mem = '8MB'"), number(2)]) == [
        [{"number": 1}], [], [], [{"number": 2}],
    ]  # fmt: skip
    assert wire.send([]) == []


def test_a_parameter_may_stand_twice_and_a_percent_sign_is_written_twice(wire: Wire) -> None:
    ((row,),) = wire.send([bound("SELECT %(a)s::int + %(b)s::int * %(a)s::int AS n, '100%%' AS all_of_it", a=2, b=5)])
    assert row == {"n": 12, "all_of_it": "100%"}


@pytest.mark.parametrize(
    ("sql", "params"),
    [
        ("SELECT %(a)s::int", {}),
        ("SELECT %(a)s::int", ()),
        ("SELECT %s::int", {"a": 1}),
        ("SELECT '5 % of it'", {}),
        ("SELECT '5%'", {}),
    ],
)
def test_what_is_not_written_as_it_should_be_is_not_sent(wire: Wire, sql: str, params: Any) -> None:
    with pytest.raises(psycopg.ProgrammingError, match=r"parameters a|write %"):
        wire.send([number(1), Bound(sql, params)])
    assert is_idle(wire)


def test_what_cannot_be_written_is_found_before_anything_is_sent(wire: Wire) -> None:
    with pytest.raises(psycopg.ProgrammingError) as refusal:
        wire.send([number(1), bound("SELECT %(a)s", a=object())])
    assert not_run(refusal.value) == 1
    assert is_idle(wire)
    assert wire.send([number(3)]) == [[{"number": 3}]]


def test_the_first_refusal_is_raised_and_nothing_stays_of_the_message(wire: Wire) -> None:
    wire.send([bound("SELECT set_config('test.kept', 'before', false)")])
    write = bound("SELECT set_config('test.kept', 'after', false)")
    with pytest.raises(psycopg.errors.DivisionByZero) as refusal:
        wire.send([write, bound("SELECT 1 / 0"), bound("SELECT nonsense")])
    assert not_run(refusal.value) == 2
    assert is_idle(wire)
    assert wire.send([bound("SELECT current_setting('test.kept') AS kept")]) == [[{"kept": "before"}]]


def test_a_statement_is_prepared_once_for_each_set_of_types(wire: Wire) -> None:
    for value in (1, 2, None, 3):
        wire.send([number(value), number(value)])
    assert len(prepared(wire, "SELECT $1::int AS number")) == 2, "a number, and null"


def test_what_is_rolled_back_stays_prepared(wire: Wire) -> None:
    wire.send([bound("BEGIN"), number(1)])
    with pytest.raises(psycopg.errors.DivisionByZero):
        wire.send([number(2), bound("SELECT 1 / %(zero)s::int", zero=0)])
    wire.rollback()
    before = prepared(wire, "SELECT $1::int AS number")
    wire.send([bound("BEGIN"), number(3), bound("ROLLBACK")])
    assert prepared(wire, "SELECT $1::int AS number") == before
    assert len(before) == 1


def test_a_prepared_fetch_brings_the_columns_of_its_cursor(wire: Wire) -> None:
    found = []
    for column in ("first", "second"):
        cursor = bound(f"DECLARE probe NO SCROLL CURSOR FOR SELECT 1 AS {column}")
        *_, rows, _ = wire.send([bound("BEGIN"), cursor, bound("FETCH 5 FROM probe"), bound("COMMIT")])
        found.append(rows)
    assert found == [[{"first": 1}], [{"second": 1}]]


def test_what_cannot_be_prepared_is_tried_anew(wire: Wire) -> None:
    table = bound("SELECT * FROM later")
    for _ in range(2):
        with pytest.raises(psycopg.errors.UndefinedTable):
            wire.send([number(1), table])
    wire.send([bound("BEGIN"), bound("SET LOCAL search_path = pg_temp")])
    with pytest.raises(psycopg.errors.UndefinedTable):
        wire.send([table])
    wire.rollback()
    assert wire.send([number(1)]) == [[{"number": 1}]]


def test_only_so_many_stay_prepared_those_used_last(wire: Wire) -> None:
    wire.most_prepared = 4
    for n in range(12):
        wire.send([bound(f"SELECT {n} AS n -- one of many"), number(n)])
    names = prepared(wire, "%one of many")
    assert 0 < len(names) <= 4
    assert len(prepared(wire, "SELECT $1::int AS number")) == 1, "in use all the time"
    assert wire.send([bound(f"SELECT {n} AS n -- one of many") for n in range(12)]) == [[{"n": n}] for n in range(12)]


def test_large_messages_and_large_answers_do_not_wait_for_each_other(wire: Wire) -> None:
    large = "x" * 3_000_000
    echo = bound("SELECT %(large)s::text AS echo", large=large)
    assert [rows[0]["echo"] == large for rows in wire.send([echo] * 4)] == [True] * 4


def test_why_the_server_hung_up_is_told(wire: Wire, engine: Engine, database: Database) -> None:
    backend = wire.info.backend_pid
    with (
        once_it_sleeps(database, backend, lambda admin: admin.execute("SELECT pg_terminate_backend(%s)", [backend])),
        pytest.raises(psycopg.errors.AdminShutdown) as refusal,
    ):
        wire.send([number(1), bound(ASLEEP), number(2)])
    assert not_run(refusal.value) is None
    assert wire.broken
    with pytest.raises(psycopg.OperationalError):
        wire.send([number(1)])


def test_an_interrupted_message_leaves_a_connection_that_is_fit_for_use_or_dropped(
    engine: Engine, database: Database
) -> None:
    pooled, wire = checkout(engine)
    with (
        once_it_sleeps(database, wire.info.backend_pid, lambda admin: os.kill(os.getpid(), signal.SIGINT)),
        pytest.raises(KeyboardInterrupt),
    ):
        wire.send([number(1), bound(ASLEEP), number(2)])
    pooled.close()
    again, wire = checkout(engine)
    assert wire.send([number(4)]) == [[{"number": 4}]]
    again.close()


def test_a_connection_left_in_the_middle_of_a_message_is_not_used_again(engine: Engine) -> None:
    pooled, wire = checkout(engine)
    number_of_backend = wire.info.backend_pid
    wire.pgconn.enter_pipeline_mode()
    wire.pgconn.send_query_params(b"SELECT 1", ())
    wire.pgconn.pipeline_sync()
    pooled.close()
    again, wire = checkout(engine)
    assert wire.info.backend_pid != number_of_backend
    assert wire.send([number(5)]) == [[{"number": 5}]]
    again.close()
