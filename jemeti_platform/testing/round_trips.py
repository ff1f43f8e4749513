"""Round trips to the database, counted exactly: how many messages psycopg ended with Sync or Query. And the statements
in them: a pipeline carries many in one, so that a question for each line of a document would be one round trip still.

libpq itself is asked: its trace writes every message that leaves, so nothing that a driver or pool does
on the side can hide.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from psycopg.pq import Trace
from sqlalchemy import Engine, event

from ..platform import Platform

__all__ = ["RoundTrips", "count_round_trips"]

# The names under which libpq's trace writes the messages after which a client waits.
_WAITS = ("Sync", "Query")
_ASKS = ("Execute", "Query")


@dataclass(slots=True)
class RoundTrips:
    """The number of round trips and of statements, once the block has ended; ``trace`` has every message."""

    count: int = 0
    statements: int = 0
    trace: str = ""


@contextmanager
def count_round_trips(platform: Platform) -> Iterator[RoundTrips]:
    """Count what the application and platform pools ask of the database inside the block."""
    found = RoundTrips()
    with tempfile.TemporaryFile("w+") as file:
        traced: set[int] = set()
        connections: list[Any] = []

        def begin(connection: Any, entry: Any, proxy: Any) -> None:
            if id(connection) not in traced:
                traced.add(id(connection))
                connections.append(connection)
                connection.pgconn.trace(file.fileno())
                connection.pgconn.set_trace_flags(Trace.SUPPRESS_TIMESTAMPS)

        engines: list[Engine] = list(platform.engines.values())
        for engine in engines:
            event.listen(engine, "checkout", begin)
        try:
            yield found
        finally:
            for engine in engines:
                event.remove(engine, "checkout", begin)
            for connection in connections:
                connection.pgconn.untrace()
            file.seek(0)
            found.trace = file.read()
            lines = (line.split("\t") for line in found.trace.splitlines())
            sent = [parts[2] for parts in lines if parts[0] == "F" and len(parts) > 2]
            found.count = sum(1 for message in sent if message in _WAITS)
            found.statements = sum(1 for message in sent if message in _ASKS)
