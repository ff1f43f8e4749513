"""Row security holds whatever the application forgets: no workspace, the wrong one, or another one's ids."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple
from uuid import UUID

import psycopg
import pytest
from psycopg import errors
from sqlalchemy import Engine, PoolProxiedConnection, event

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.engine import drop_unless_idle, make_engine

from .catalogue_database import Database, made_database  # noqa: F401 (a fixture)

TABLES = ("customers", "vehicles", "readings")
ROLES = ("jemeti_app", "jemeti_platform")


class Twin(NamedTuple):
    """One customer with one car and one reading; every text holds the canary of its workspace."""

    customer: UUID
    vehicle: UUID
    reading: UUID


@contextmanager
def entered(connection: psycopg.Connection[Any], tenant: UUID) -> Iterator[psycopg.Connection[Any]]:
    """A transaction inside a workspace."""
    with connection.transaction():
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant),))
        yield connection


def count(connection: psycopg.Connection[Any], table: str) -> int:
    row = connection.execute(f"SELECT count(*) FROM {table}").fetchone()
    assert row is not None
    return int(row[0])


def insert_twin(connection: psycopg.Connection[Any], canary: str) -> Twin:
    twin = Twin(uuid7(), uuid7(), uuid7())
    connection.execute(
        "INSERT INTO customers (id, name, email, phone) VALUES (%s, %s, %s, '+8801711000000')",
        (twin.customer, f"Rahim {canary}", f"{canary}@example.org"),
    )
    connection.execute(
        "INSERT INTO vehicles (id, customer_id, plate_key) VALUES (%s, %s, %s)",
        (twin.vehicle, twin.customer, f"{canary}1234"),
    )
    connection.execute(
        "INSERT INTO readings (id, vehicle_id, kilometres) VALUES (%s, %s, 10)", (twin.reading, twin.vehicle)
    )
    return twin


@pytest.fixture
def twins(database: Database) -> Iterator[dict[UUID, Twin]]:
    """Twin rows in both workspaces, and nothing else."""
    with database.connect("jemeti_app") as connection:
        found = {}
        for tenant, canary in ((database.a, "CNRYA"), (database.b, "CNRYB")):
            with entered(connection, tenant):
                found[tenant] = insert_twin(connection, canary)
    yield found
    with database.connect(database.admin_url.username or "") as admin:
        admin.execute("TRUNCATE customers, vehicles, readings")


@pytest.fixture(params=ROLES)
def session(request: pytest.FixtureRequest, database: Database) -> Iterator[psycopg.Connection[Any]]:
    """A connection of each role that serves requests."""
    with database.connect(request.param) as connection:
        yield connection


def values_of(table: str, twin: Twin) -> tuple[str, tuple[Any, ...]]:
    return {
        "customers": ("(tenant_id, id, name) VALUES (%s, %s, 'x')", ()),
        "vehicles": ("(tenant_id, id, customer_id, plate_key) VALUES (%s, %s, %s, 'x')", (twin.customer,)),
        "readings": ("(tenant_id, id, vehicle_id, kilometres) VALUES (%s, %s, %s, 1)", (twin.vehicle,)),
    }[table]


@pytest.mark.parametrize("session_is", ["fresh", "used"])
@pytest.mark.parametrize("table", TABLES)
def test_outside_a_workspace_nothing_is_seen_and_nothing_written(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin], table: str, session_is: str
) -> None:
    setting = "SELECT current_setting('app.tenant_id', true)"
    if session_is == "used":
        with entered(session, database.a):
            assert count(session, table) == 1
    assert session.execute(setting).fetchone() == ("" if session_is == "used" else None,)
    assert count(session, table) == 0
    columns, values = values_of(table, twins[database.a])
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute(f"INSERT INTO {table} {columns}", (database.a, uuid7(), *values))


@pytest.mark.parametrize("table", TABLES)
def test_a_workspace_sees_its_own_rows_only(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin], table: str
) -> None:
    for tenant in (database.a, database.b):
        with entered(session, tenant):
            assert session.execute(f"SELECT DISTINCT tenant_id FROM {table}").fetchall() == [(tenant,)]


@pytest.mark.parametrize("table", TABLES)
def test_rows_are_not_written_into_another_workspace(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin], table: str
) -> None:
    columns, values = values_of(table, twins[database.b])
    with pytest.raises(errors.InsufficientPrivilege), entered(session, database.a):
        session.execute(f"INSERT INTO {table} {columns}", (database.b, uuid7(), *values))


def test_rows_are_not_moved_into_another_workspace(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    with pytest.raises(errors.InsufficientPrivilege), entered(session, database.a):
        session.execute("UPDATE customers SET tenant_id = %s", (database.b,))


def test_another_workspaces_rows_are_not_changed_or_deleted(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    theirs = twins[database.b].customer
    with entered(session, database.a):
        assert session.execute("UPDATE customers SET name = 'x' WHERE id = %s", (theirs,)).rowcount == 0
        assert session.execute("DELETE FROM customers WHERE id = %s", (theirs,)).rowcount == 0


def test_one_prepared_statement_serves_both_workspaces(database: Database, twins: dict[UUID, Twin]) -> None:
    with database.connect("jemeti_app", prepare_threshold=0) as connection:
        for _ in range(10):
            for tenant in (database.a, database.b):
                with entered(connection, tenant):
                    rows = connection.execute("SELECT id FROM customers", prepare=True).fetchall()
                    assert rows == [(twins[tenant].customer,)]


def test_a_foreign_id_is_refused_exactly_like_one_that_does_not_exist(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    told = []
    for customer in (twins[database.b].customer, uuid7()):
        with pytest.raises(errors.ForeignKeyViolation) as refusal, entered(session, database.a):
            session.execute(
                "INSERT INTO vehicles (id, customer_id, plate_key) VALUES (%s, %s, 'x')", (uuid7(), customer)
            )
        told.append((refusal.value.diag.constraint_name, str(refusal.value).replace(str(customer), "…")))
    assert told[0] == told[1]
    assert told[0][0] == "fk_vehicles_customer_id"


def test_what_is_unique_in_one_workspace_is_free_in_the_other(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    insert = "INSERT INTO customers (id, name, email) VALUES (%s, 'x', 'CNRYB@example.org')"
    with entered(session, database.a):
        session.execute(insert, (uuid7(),))
    with pytest.raises(errors.UniqueViolation) as refusal, entered(session, database.b):
        session.execute(insert, (uuid7(),))
    assert refusal.value.diag.constraint_name == "uq_customers_email"
    assert "CNRYB" not in str(refusal.value), "under row security the values are not told"


def test_a_cascade_stays_in_its_workspace(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    ours = twins[database.a]
    with entered(session, database.b):
        # the same id in the other workspace, which the key allows
        session.execute("INSERT INTO customers (id, name) VALUES (%s, 'namesake')", (ours.customer,))
        session.execute(
            "INSERT INTO vehicles (id, customer_id, plate_key) VALUES (%s, %s, 'x')", (ours.vehicle, ours.customer)
        )
    with entered(session, database.a):
        session.execute("DELETE FROM customers WHERE id = %s", (ours.customer,))
        assert [count(session, table) for table in TABLES] == [0, 0, 0]
    with entered(session, database.b):
        assert [count(session, table) for table in TABLES] == [2, 2, 1]


def test_search_finds_nothing_of_another_workspace(
    session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]
) -> None:
    search = "SELECT id FROM jemeti.search('customers', %s, 100)"
    for query in ("rahim", "CNRYB", "cnry", "01711 000000", "rahmi"):
        with entered(session, database.a):
            found = session.execute(search, (query,)).fetchall()
        assert set(found) <= {(twins[database.a].customer,)}, query
    with entered(session, database.b):
        assert session.execute(search, ("CNRYB",)).fetchall() == [(twins[database.b].customer,)]
    assert session.execute(search, ("rahim",)).fetchall() == []


def test_only_what_may_be_searched_is_searched(session: psycopg.Connection[Any], database: Database) -> None:
    for name in ("vehicles", "tenants", "nowhere", "pg_class", "customers; DROP TABLE customers"):
        with pytest.raises(errors.UndefinedTable), entered(session, database.a):
            session.execute("SELECT * FROM jemeti.search(%s, 'x', 10)", (name,))


def test_facts_are_written_once(session: psycopg.Connection[Any], database: Database, twins: dict[UUID, Twin]) -> None:
    for statement in ("UPDATE readings SET kilometres = 1", "DELETE FROM readings"):
        with pytest.raises(errors.InsufficientPrivilege), entered(session, database.a):
            session.execute(statement)


def test_not_a_number_is_not_a_balance(session: psycopg.Connection[Any], database: Database) -> None:
    with pytest.raises(errors.CheckViolation) as refusal, entered(session, database.a):
        session.execute("INSERT INTO customers (id, name, balance) VALUES (%s, 'x', 'NaN')", (uuid7(),))
    assert refusal.value.diag.constraint_name == "ck_customers_balance_is_a_number"


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE customers",
        "SET ROLE jemeti_owner",
        "SET ROLE jemeti_migrate",
        "SET ROLE jemeti_search",
        "SET ROLE jemeti_backup",
        "SET SESSION AUTHORIZATION jemeti_owner",
        "CREATE TABLE public.mine (id int)",
        "CREATE TABLE jemeti.mine (id int)",
        "CREATE TABLE extensions.mine (id int)",
        "CREATE TEMP TABLE customers (id int)",
        "CREATE SCHEMA mine",
        "CREATE FUNCTION public.mine() RETURNS int LANGUAGE sql AS 'SELECT 1'",
        "CREATE EXTENSION citext",
        "ALTER TABLE customers DISABLE ROW LEVEL SECURITY",
        "DROP POLICY tenant ON customers",
        "ALTER FUNCTION jemeti.current_tenant() IMMUTABLE",
        "ALTER ROLE jemeti_app BYPASSRLS",
        "SELECT pg_read_file('/etc/hostname')",
        "COPY customers TO PROGRAM 'true'",
    ],
)
def test_the_application_may_not(session: psycopg.Connection[Any], statement: str) -> None:
    with pytest.raises(errors.InsufficientPrivilege):
        session.execute(statement)


def test_row_security_cannot_be_switched_off(session: psycopg.Connection[Any], twins: dict[UUID, Twin]) -> None:
    with session.transaction(force_rollback=True):
        session.execute("SET LOCAL row_security = off")
        with pytest.raises(errors.InsufficientPrivilege), session.transaction():
            session.execute("SELECT * FROM customers")


def test_the_app_role_has_no_right_to_a_global_table(database: Database) -> None:
    with database.connect("jemeti_app") as app, pytest.raises(errors.InsufficientPrivilege):
        app.execute("SELECT * FROM tenants")
    with database.connect("jemeti_platform") as platform:
        assert count(platform, "tenants") == 2


def test_the_owner_is_held_to_row_security_the_migrating_login_is_not(
    database: Database, twins: dict[UUID, Twin]
) -> None:
    with database.connect("jemeti_migrate") as migrate:
        assert count(migrate, "customers") == 2
        migrate.execute("SET ROLE jemeti_owner")
        assert count(migrate, "customers") == 0


def test_the_backup_reads_everything_and_writes_nothing(database: Database, twins: dict[UUID, Twin]) -> None:
    with database.connect("jemeti_backup") as backup:
        assert [count(backup, table) for table in (*TABLES, "tenants")] == [2, 2, 2, 2]
        with pytest.raises(errors.InsufficientPrivilege):
            backup.execute("DELETE FROM readings")


def test_ten_thousand_requests_of_two_workspaces_on_one_connection_never_cross(
    database: Database, twins: dict[UUID, Twin]
) -> None:
    engine = make_engine(database.url("jemeti_app"), pool_size=1, role="jemeti_app")
    alternate(engine, database, twins, turns=10_000)
    engine.dispose()


def test_a_pool_that_takes_back_open_transactions_does_cross(database: Database, twins: dict[UUID, Twin]) -> None:
    engine = make_engine(database.url("jemeti_app"), pool_size=1, role="jemeti_app")
    event.remove(engine, "checkin", drop_unless_idle)
    with pytest.raises(AssertionError, match="began inside a workspace"):
        alternate(engine, database, twins, turns=1_000)
    engine.dispose()


def alternate(engine: Engine, database: Database, twins: dict[UUID, Twin], turns: int) -> None:
    """Serve both workspaces in turn, with aborts, timeouts, disconnects and transactions left open in between."""
    chance = random.Random(20)
    mishaps: dict[str, Callable[[psycopg.Connection[Any]], object]] = {
        "abort": lambda connection: connection.execute("SELECT 1 / 0"),
        "timeout": lambda connection: connection.execute("SET LOCAL statement_timeout = 1").execute(
            "SELECT pg_sleep(1)"
        ),
        "disconnect": lambda connection: connection.pgconn.finish(),
        "left open": lambda connection: None,
    }
    seen = dict.fromkeys(mishaps, 0)
    for turn in range(turns):
        tenant = (database.a, database.b)[turn % 2]
        pooled = engine.raw_connection()
        connection = _driver(pooled)
        before = connection.execute("SELECT current_setting('app.tenant_id', true)").fetchone()
        assert before in ((None,), ("",)), f"turn {turn} began inside a workspace"
        connection.execute("BEGIN")
        connection.execute("SELECT set_config('app.tenant_id', %s, true)", (str(tenant),))
        rows = connection.execute("SELECT id FROM customers").fetchall()
        assert rows == [(twins[tenant].customer,)], f"turn {turn} saw other rows"
        if chance.random() < 0.15:
            mishap = chance.choice(list(mishaps))
            seen[mishap] += 1
            try:
                mishaps[mishap](connection)
            except psycopg.Error:
                if mishap != "disconnect" and chance.random() < 0.5:
                    connection.rollback()
        else:
            connection.commit()
        pooled.close()
    assert min(seen.values()) > turns // 40, seen


def _driver(pooled: PoolProxiedConnection) -> psycopg.Connection[Any]:
    assert isinstance(pooled.driver_connection, psycopg.Connection)
    return pooled.driver_connection
