"""The engine speaks the platform's types, keeps no transaction, survives the server, and refuses a strong login."""

import os
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Engine, bindparam, select, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import TimeoutError as PoolTimeout

from jemeti_platform.db.engine import DatabaseRefused, make_engine
from jemeti_platform.db.pipeline import checkout
from jemeti_platform.db.statement import Bound

from .catalogue_database import Database, made_database  # noqa: F401 (a fixture)


@pytest.fixture
def engine(database: Database) -> Iterator[Engine]:
    engine = make_engine(database.url("jemeti_app"), pool_size=2, role="jemeti_app")
    yield engine
    engine.dispose()


def backend(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.scalar(text("SELECT pg_backend_pid()")))


def driver(engine: Engine) -> tuple[Any, psycopg.Connection[Any]]:
    pooled = engine.raw_connection()
    assert isinstance(pooled.driver_connection, psycopg.Connection)
    return pooled, pooled.driver_connection


def test_values_come_back_as_the_platform_means_them(engine: Engine) -> None:
    with engine.connect() as connection:
        row = connection.execute(
            text("SELECT 1.50::numeric AS money, now() AS instant, '[1, {}]'::jsonb AS tree")
        ).one()
    assert (row.money, type(row.money)) == (Decimal("1.50"), Decimal)
    assert row.instant.tzinfo is UTC
    assert abs(row.instant - datetime.now(UTC)).total_seconds() < 60
    assert row.tree == [1, {}]


def test_json_takes_ids_instants_and_money(engine: Engine) -> None:
    sent = {"id": UUID(int=1), "at": datetime(2026, 1, 2, tzinfo=UTC), "price": Decimal("1.50"), "name": "Zoë"}
    with engine.connect() as connection:
        back = connection.scalar(select(bindparam("sent", sent, JSONB)))
    assert back == {
        "id": "00000000-0000-0000-0000-000000000001",
        "at": "2026-01-02T00:00:00+00:00",
        "price": "1.50",
        "name": "Zoë",
    }


def test_connections_are_in_autocommit_and_prepare_at_once(engine: Engine) -> None:
    pooled, connection = checkout(engine)
    assert connection.autocommit
    connection.send([Bound("SELECT %(number)s::int", {"number": 1})])
    ((row,),) = connection.send([Bound("SELECT count(*) FROM pg_prepared_statements WHERE statement ~ '::int$'", ())])
    assert row == {"count": 1}
    pooled.close()


def test_behind_a_pooler_nothing_is_prepared(database: Database) -> None:
    engine = make_engine(database.url("jemeti_app"), pool_size=1, role="jemeti_app", prepare=False)
    pooled, connection = checkout(engine)
    for number in range(10):
        connection.send([Bound("SELECT %(number)s::int", {"number": number})])
    connection.execute("SELECT %s::int", (1,))
    assert connection.send([Bound("SELECT count(*) FROM pg_prepared_statements", ())]) == [[{"count": 0}]]
    pooled.close()
    engine.dispose()


def test_a_good_connection_is_used_again(engine: Engine) -> None:
    assert backend(engine) == backend(engine)


@pytest.mark.parametrize("statement", ["SELECT 1", "SELECT 1 / 0", "COPY (SELECT 1) TO STDOUT"])
def test_a_connection_given_back_inside_a_transaction_is_not_used_again(engine: Engine, statement: str) -> None:
    pooled, connection = driver(engine)
    number = connection.info.backend_pid
    connection.execute("BEGIN")
    with suppress(psycopg.Error):
        connection.execute(statement)
    pooled.close()
    assert backend(engine) != number


def test_a_connection_that_the_server_closed_is_replaced_unseen(engine: Engine, database: Database) -> None:
    first, second = driver(engine), driver(engine)
    numbers = {connection.info.backend_pid for _, connection in (first, second)}
    for pooled, _ in (first, second):
        pooled.close()
    with database.connect(database.admin_url.username or "") as admin:
        for number in numbers:
            assert admin.execute("SELECT pg_terminate_backend(%s, 5000)", (number,)).fetchone() == (True,)
    assert backend(engine) not in numbers


def test_no_more_connections_than_the_pool_holds(database: Database) -> None:
    engine = make_engine(database.url("jemeti_app"), pool_size=1, role="jemeti_app")
    engine.pool._timeout = 0.05  # type: ignore[attr-defined]
    with engine.connect(), pytest.raises(PoolTimeout):
        engine.connect()
    engine.dispose()


def test_sessions_begin_with_the_settings_of_their_role(engine: Engine) -> None:
    with engine.connect() as connection:
        settings = {row.name: row.setting for row in connection.execute(text("SELECT name, setting FROM pg_settings"))}
    assert settings["search_path"] == "public, pg_temp"
    assert (settings["jit"], settings["enable_memoize"]) == ("off", "off")
    assert settings["statement_timeout"] == "15000"
    assert settings["lock_timeout"] == "3000"
    assert settings["idle_in_transaction_session_timeout"] == "30000"


@pytest.mark.parametrize(
    ("login", "why"),
    [
        ("jemeti_migrate", "BYPASSRLS"),
        ("jemeti_backup", "BYPASSRLS"),
        ("jemeti_platform", "needs jemeti_app"),
        ("", "superuser"),
    ],
)
def test_a_login_that_row_security_does_not_hold_is_refused(database: Database, login: str, why: str) -> None:
    url = database.url(login) if login else database.admin_url
    engine = make_engine(url, pool_size=1, role="jemeti_app")
    with pytest.raises(DatabaseRefused, match=why) as refusal:
        engine.connect()
    assert "jemeti db bootstrap" in str(refusal.value)
    engine.dispose()


def test_a_login_that_is_a_member_of_another_role_is_refused(database: Database) -> None:
    name = f"jemeti_probe_{os.getpid()}"
    with database.connect(database.admin_url.username or "") as admin:
        admin.execute(f"CREATE ROLE {name} LOGIN IN ROLE jemeti_app, jemeti_owner")
        try:
            engine = make_engine(database.url(name), pool_size=1, role="jemeti_app")
            with pytest.raises(DatabaseRefused, match="member of jemeti_"):
                engine.connect()
            engine.dispose()
        finally:
            admin.execute(f"DROP ROLE {name}")


def test_another_kind_of_database_is_refused() -> None:
    with pytest.raises(DatabaseRefused, match="PostgreSQL only"):
        make_engine("sqlite://", pool_size=1, role="jemeti_app")
