"""Many rows in one statement: INSERT and UPDATE from a JSON array, since COPY does not work under row security."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .statement import Bound

__all__ = ["complete_rows", "insert_rows"]

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]
_quote = _DIALECT.identifier_preparer.quote


def insert_rows(model: Any, rows: Sequence[Mapping[str, Any]]) -> Bound:
    """The INSERT of all ``rows``, each of which has the same fields, ``id`` among them."""
    return Bound(_insert(model.__table__, tuple(rows[0])), {"rows": _json(rows)})


def complete_rows(model: Any, rows: Sequence[Mapping[str, Any]]) -> Bound:
    """The UPDATE that fills what is empty (null, or an empty list) in the rows with these ids, and nothing else.

    A row counts its ``version`` only if something was filled. Safe against others who fill at the same time.
    """
    return Bound(_complete(model.__table__, tuple(rows[0])), {"rows": _json(rows)})


@lru_cache(maxsize=256)
def _insert(table: Table, names: tuple[str, ...]) -> str:
    columns = ", ".join(map(_quote, names))
    return f"INSERT INTO {_quote(table.name)} ({columns}) SELECT {columns} FROM {_source(table, names)}"  # noqa: S608 (names of columns)


@lru_cache(maxsize=256)
def _complete(table: Table, names: tuple[str, ...]) -> str:
    fields = [name for name in names if name != "id"]
    filled = {name: _filled(table, name) for name in fields}
    setting = ", ".join(f"{_quote(name)} = {value}" for name, value in filled.items())
    news = " OR ".join(f"t.{_quote(name)} IS DISTINCT FROM {value}" for name, value in filled.items())
    return (
        f"UPDATE {_quote(table.name)} t SET {setting}, version = t.version + 1, updated_at = now()"  # noqa: S608
        f" FROM {_source(table, names)} WHERE t.id = r.id AND ({news})"
    )


def _filled(table: Table, name: str) -> str:
    own, given = f"t.{_quote(name)}", f"r.{_quote(name)}"
    if isinstance(table.c[name].type, JSONB):
        return f"coalesce(nullif({own}, '[]'), {given}, {own})"
    return f"coalesce({own}, {given})"


def _source(table: Table, names: Sequence[str]) -> str:
    shape = ", ".join(f"{_quote(name)} {table.c[name].type.compile(_DIALECT)}" for name in names)
    return f"jsonb_to_recordset(%(rows)s::jsonb) AS r({shape})"


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=_exact).decode()


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")
