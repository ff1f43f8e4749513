"""Connections fit for a fast path: autocommit, statements prepared at once, nothing sent that is not asked for.

Autocommit because a read is one pipeline in one implicit transaction, and a write sends its own BEGIN. What a pool
usually does with round trips (reset, ping) is done here by looking at the connection's own state.
"""

from __future__ import annotations

import select
from typing import Any, Literal

import orjson
import psycopg
from psycopg import capabilities
from psycopg.pq import TransactionStatus
from sqlalchemy import URL, Engine, create_engine, event, make_url
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from .bootstrap import MINIMUM_SERVER
from .wire import Wire

__all__ = ["DatabaseRefused", "libpq", "make_engine"]

RoleName = Literal["jemeti_app", "jemeti_platform"]
_DRIVER = "postgresql+psycopg"
_PREPARED = 256
"""Statements that a connection keeps prepared."""

_WHO = """
SELECT current_user::text, rolsuper, rolbypassrls,
       (SELECT string_agg(roleid::regrole::text, ', ') FROM pg_auth_members WHERE member = pg_roles.oid)
FROM pg_roles WHERE rolname = current_user
"""


class DatabaseRefused(Exception):
    """The server is too old, or the login may do more or less than this pool must."""


def make_engine(url: str | URL, *, pool_size: int, role: RoleName, prepare: bool = True) -> Engine:
    """An engine whose connections are in autocommit and log in as ``role``.

    ``prepare=False`` for a pooler that does not track prepared statements: through one, a client was seen to run
    another client's statement. Each new connection raises DatabaseRefused if the server is older than PostgreSQL 15,
    or the login is another role, a superuser, exempt from row security, or a member of any role.
    """
    engine = create_engine(
        _with_driver(url),
        isolation_level="AUTOCOMMIT",
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=2,
        # The connection last given back is the one whose statements are prepared and whose caches are warm.
        pool_use_lifo=True,
        pool_reset_on_return=None,
        connect_args={"prepare_threshold": None, "application_name": role, "connect_timeout": 5},
        json_serializer=_to_json,
        json_deserializer=orjson.loads,
        use_native_hstore=False,
    )

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, entry: ConnectionPoolEntry, args: Any, given: dict[str, Any]) -> Wire:
        connection = Wire.connect(*args, **given)
        connection.most_prepared = _PREPARED if prepare and capabilities.has_send_close_prepared() else 0
        return connection

    @event.listens_for(engine, "connect")
    def _admit(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry) -> None:
        try:
            _check(connection, role)
        except BaseException:
            connection.close()
            raise

    event.listen(engine, "checkout", _still_there)
    event.listen(engine, "checkin", drop_unless_idle)
    return engine


def libpq(url: str | URL) -> str:
    """A SQLAlchemy URL as libpq takes it."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


def _with_driver(url: str | URL) -> URL:
    parsed = make_url(url)
    if parsed.get_backend_name() != "postgresql":
        raise DatabaseRefused(f"JemetiOS stores its data in PostgreSQL only; sqlalchemy.url names {parsed.drivername}.")
    return parsed.set(drivername=_DRIVER)


def _check(connection: psycopg.Connection[Any], role: str) -> None:
    version = connection.info.server_version
    if version < MINIMUM_SERVER:
        raise DatabaseRefused(
            f"PostgreSQL {version // 10000}.{version % 10000} is too old: JemetiOS needs PostgreSQL 15 or newer."
        )
    # not prepared: it is run once
    row = connection.execute(_WHO, prepare=False).fetchone()
    assert row is not None
    user, superuser, bypass, member_of = row
    remedy = f"Log in as {role}, made by `jemeti db bootstrap`."
    if superuser:
        raise DatabaseRefused(f"The login {user} is a superuser, which no row security holds back. {remedy}")
    if bypass:
        raise DatabaseRefused(f"The login {user} has BYPASSRLS, so it would see every workspace's rows. {remedy}")
    if member_of:
        raise DatabaseRefused(f"The login {user} is a member of {member_of} and could become it. {remedy}")
    if user != role:
        raise DatabaseRefused(f"The login is {user}, but this pool needs {role}. {remedy}")
    zone = connection.pgconn.parameter_status(b"TimeZone")
    if zone != b"UTC":
        raise DatabaseRefused(
            f"Sessions of {user} begin in the time zone {(zone or b'?').decode()}, not UTC. Run `jemeti db bootstrap`."
        )


def _still_there(connection: psycopg.Connection[Any], entry: ConnectionPoolEntry, proxy: object) -> None:
    """Find out without a round trip that the server has hung up; the pool then connects anew.

    An idle session is sent nothing but its end (and, rarely, a changed setting, which a fresh one knows as well).
    """
    if connection.closed or _readable(connection.pgconn.socket):
        raise DisconnectionError


def _readable(descriptor: int) -> bool:
    if hasattr(select, "poll"):
        poll = select.poll()  # unlike select(), knows descriptors beyond 1023
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(0))
    return bool(select.select([descriptor], [], [], 0)[0])


def drop_unless_idle(connection: psycopg.Connection[Any] | None, entry: ConnectionPoolEntry) -> None:
    """Never hand the next request a transaction that this one left open, broken or half read."""
    if connection is not None and connection.pgconn.transaction_status != TransactionStatus.IDLE:
        entry.invalidate()


def _to_json(value: Any) -> bytes:
    return orjson.dumps(value, default=str)
