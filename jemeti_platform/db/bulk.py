"""Many rows in one statement: INSERT and UPDATE from a JSON array (COPY does not work under row security), look-ups."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any

import orjson
from sqlalchemy import Table
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg

from .statement import Bound

__all__ = ["complete_rows", "find_rows", "insert_rows"]

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


def find_rows(
    model: Any, column: str, keys: Collection[Any], names: Sequence[str], *, where: str | None = None
) -> Bound:
    """The SELECT of ``names`` of the rows whose ``column`` is one of ``keys``: one look-up in the index for each.

    ``where`` is the condition of a partial index, written as the index has it. Rows that this very transaction has
    written have no statistics yet: given ``= ANY(keys)``, the planner may compare every row with every key.
    """
    return Bound(_find(model.__table__, column, tuple(names), where), {"keys": list(keys)})


@lru_cache(maxsize=256)
def _find(table: Table, column: str, names: tuple[str, ...], where: str | None) -> str:
    columns, own = ", ".join(f"t.{_quote(name)}" for name in names), f"t.{_quote(column)}"
    # OFFSET 0 keeps the planner from turning the join round. A range and an order instead of `=`: for equal keys all
    # indexes of a table without statistics look alike, and it may take one that has only `tenant_id` to go by. Where
    # that must not happen, switch `enable_sort` off for the transaction.
    condition = f"{own} >= k.key AND {own} <= k.key" + (f" AND {where}" if where else "")
    return (
        f"SELECT found.* FROM unnest(%(keys)s::{_type(table, column)}[]) AS k(key)"  # noqa: S608
        f" CROSS JOIN LATERAL (SELECT {columns} FROM {_quote(table.name)} t WHERE {condition} ORDER BY {own} OFFSET 0)"
        " AS found"
    )


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
    shape = ", ".join(f"{_quote(name)} {_type(table, name)}" for name in names)
    return f"jsonb_to_recordset(%(rows)s::jsonb) AS r({shape})"


def _type(table: Table, name: str) -> str:
    return table.c[name].type.compile(_DIALECT)


def _json(rows: Sequence[Mapping[str, Any]]) -> str:
    return orjson.dumps(rows, default=_exact).decode()


def _exact(value: Any) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    raise TypeError(f"{type(value).__name__} cannot be written in bulk")
