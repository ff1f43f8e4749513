"""Many rows in little memory: a cursor in a read-only transaction of its own."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Engine

from .pipeline import Rows, checkout
from .statement import Bound

__all__ = ["stream"]

_BEGIN = Bound("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", ())
_END = Bound("COMMIT", ())


def stream(engine: Engine, enter: Bound, statement: Bound, size: int) -> Iterator[Rows]:
    """First the rows that ``enter`` returned, then the statement's rows in batches of ``size``.

    One round trip opens, enters and fetches the first batch; each further batch is one more.
    """
    fetch = Bound(f"FETCH {size:d} FROM jemeti_stream", ())
    declare = Bound(f"DECLARE jemeti_stream NO SCROLL CURSOR FOR {statement.sql}", statement.params)
    pooled, connection = checkout(engine)
    try:
        _, entered, _, rows = connection.send((_BEGIN, enter, declare, fetch))
        yield entered
        while rows:
            yield rows
            (rows,) = connection.send((fetch,)) if len(rows) == size else ([],)
        connection.send((_END,))
    finally:
        if not connection.closed and connection.info.transaction_status != 0:
            connection.rollback()
        pooled.close()
