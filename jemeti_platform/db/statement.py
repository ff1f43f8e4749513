"""Core statements compiled once to the text that psycopg sends.

SQLAlchemy's own execution costs about 0.15 ms a statement in Python; compiled at start-up and sent by
psycopg, a statement costs what psycopg costs (``docs/architecture.md``, "Reads and writes").
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import psycopg
from sqlalchemy import ClauseElement
from sqlalchemy.dialects.postgresql import psycopg as psycopg_dialect

__all__ = ["Bound", "Statement"]

_DIALECT = psycopg_dialect.dialect(dbapi=psycopg)  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped


class Bound(NamedTuple):
    """SQL text with its parameters, ready to be sent."""

    sql: str
    params: Mapping[str, Any] | tuple[Any, ...]


class Statement:
    """A Core statement (or SQL text with ``%(name)s`` placeholders) with its parameters by name.

    Call it with the values of its bind parameters to get a ``Bound``; a column's default stands in for a
    value that an INSERT is not given. Rows come back as psycopg
    loads them (numeric → Decimal, uuid → UUID, timestamptz → aware UTC datetime, jsonb → Python),
    so column types that convert results in Python have no place in such a statement.
    """

    __slots__ = ("_defaults", "_makers", "_processors", "sql")

    def __init__(self, statement: ClauseElement | str) -> None:
        self._defaults: dict[str, Any] = {}
        self._makers: list[tuple[str, Callable[[Any], Any]]] = []
        self._processors: list[tuple[str, Callable[[Any], Any]]] = []
        if isinstance(statement, str):
            self.sql: str = statement
            return
        compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": False})
        self.sql = str(compiled)
        self._defaults = dict(compiled.params)
        for column in (*getattr(compiled, "insert_prefetch", ()), *getattr(compiled, "update_prefetch", ())):
            default = column.default if column in getattr(compiled, "insert_prefetch", ()) else column.onupdate
            if default.is_scalar:
                self._defaults[column.key] = default.arg
            else:
                self._makers.append((column.key, default.arg))
        self._processors = list(compiled._bind_processors.items())  # type: ignore[attr-defined]  # how values like JSONB are wrapped is not public

    def __call__(self, **params: Any) -> Bound:
        values = {**self._defaults, **params} if self._defaults else params
        for name, make in self._makers:
            if values.get(name) is None:
                values[name] = make(None)
        for name, process in self._processors:
            value = values.get(name)
            if value is not None:
                values[name] = process(value)
        return Bound(self.sql, values)

    def __repr__(self) -> str:
        return f"Statement({self.sql!r})"
