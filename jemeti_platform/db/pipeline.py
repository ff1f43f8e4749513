"""Several statements in one message: the only way the kernel talks to PostgreSQL on a hot path.

All statements go with one Sync, and are waited for once. On an autocommit connection the
server runs them as one implicit transaction: BEGIN and COMMIT vanish, ``set_config(…, true)`` holds
for exactly these statements, and if one fails the rest do not run.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import Engine
from sqlalchemy.pool import PoolProxiedConnection

from .statement import Bound
from .wire import Row, Rows, Wire, not_run

__all__ = ["Row", "Rows", "checkout", "not_run", "read_once"]


def checkout(engine: Engine) -> tuple[PoolProxiedConnection, Wire]:
    """A pooled connection (give it back with ``close()``) and the one inside it, which sends."""
    pooled = engine.raw_connection()
    return pooled, pooled.driver_connection  # type: ignore[return-value]  # typed as Any | None for every driver


def read_once(engine: Engine, statements: Sequence[Bound]) -> list[Rows]:
    """Run the statements in one round trip as one implicit transaction of their own."""
    pooled, connection = checkout(engine)
    try:
        return connection.send(statements)
    finally:
        pooled.close()
