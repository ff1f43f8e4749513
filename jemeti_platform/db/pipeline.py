"""Several statements in one message: the only way the kernel talks to PostgreSQL on a hot path.

psycopg's pipeline sends all statements with one Sync and waits once. On an autocommit connection the
server runs them as one implicit transaction: BEGIN and COMMIT vanish, ``set_config(…, true)`` holds
for exactly these statements, and if one fails the rest do not run.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import psycopg
from psycopg.rows import dict_row
from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from .statement import Bound

__all__ = ["Row", "Rows", "checkout", "not_run", "read_once", "send"]

Row = dict[str, Any]
Rows = list[Row]
_NOT_RUN = "_jemeti_not_run"


def checkout(engine: Engine) -> tuple[PoolProxiedConnection, psycopg.Connection[Any]]:
    """A pooled connection (give it back with ``close()``) and the psycopg connection inside it."""
    pooled = engine.raw_connection()
    return pooled, pooled.driver_connection  # type: ignore[return-value]  # typed as Any | None for every driver


def send(connection: psycopg.Connection[Any], statements: Sequence[Bound]) -> list[Rows]:
    """Run the statements in one round trip and return their rows as dictionaries, in order.

    Raises whatever the first failing statement raised; the ones after it have not run (``not_run`` says how many).
    """
    if not statements:
        return []
    if len(statements) == 1:
        (only,) = statements
        cursor = connection.cursor(row_factory=dict_row).execute(only.sql, only.params)
        return [_rows(cursor)]
    cursors = []
    try:
        with connection.pipeline():
            for sql, params in statements:
                cursor = connection.cursor(row_factory=dict_row)
                cursor.execute(sql, params)
                cursors.append(cursor)
    except Exception as error:
        if not connection.broken:
            vars(error)[_NOT_RUN] = len(statements) - sum(cursor.pgresult is not None for cursor in cursors)
        raise
    return [_rows(cursor) for cursor in cursors]


def not_run(error: BaseException) -> int | None:
    """How many statements of its message were not run when one failed, that one included.

    None where it was none of them: the connection was lost.
    """
    found: int | None = vars(error).get(_NOT_RUN)
    return found


def _rows(cursor: psycopg.Cursor[Row]) -> Rows:
    # `description` would build an object for every column, only to say whether there are any
    result = cursor.pgresult
    return cursor.fetchall() if result is not None and result.nfields else []


def read_once(engine: Engine, statements: Sequence[Bound]) -> list[Rows]:
    """Run the statements in one round trip as one implicit transaction of their own."""
    pooled, connection = checkout(engine)
    try:
        return send(connection, statements)
    finally:
        pooled.close()
