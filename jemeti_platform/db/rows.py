"""Plain INSERT and UPDATE of one row, compiled once for each set of fields."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import Table, Uuid, bindparam, cast, func, literal, update
from sqlalchemy.dialects.postgresql import JSONB, insert

from .numbers import numbered
from .statement import Bound, Statement

if TYPE_CHECKING:
    from ..manifest import Sequence

__all__ = ["insert_row", "put_row", "update_row"]

_AT = "numbered_at"


def insert_row(
    model: Any,
    identity: UUID,
    values: Mapping[str, Any],
    numbers: Mapping[str, Sequence] | None = None,
    at: datetime | None = None,
) -> Bound:
    """The INSERT of a row of ``model`` with this id; ``numbers`` are columns that get the next number of a sequence.

    ``at`` is a moment of the year that they are of: ``work.began`` for what bears the day of ``work.today``.
    """
    series = tuple(numbers.items()) if numbers else ()
    if at is None or not series:
        return _insert(model.__table__, frozenset(values), series)(id=identity, **values)
    return _insert(model.__table__, frozenset(values), series, _AT)(id=identity, **values, **{_AT: at})


def update_row(model: Any, identity: UUID, changes: Mapping[str, Any], patched: frozenset[str] = frozenset()) -> Bound:
    """The UPDATE of the row with this id: it counts ``version`` and sets ``updated_at``.

    ``patched`` are jsonb columns whose new value is merged into the old one (RFC 7396, one level).
    """
    return _update(model.__table__, frozenset(changes), patched & frozenset(changes))(row_id=identity, **changes)


def put_row(model: Any, changes: Mapping[str, Any]) -> Bound:
    """The workspace's one row of ``model``, such as its settings: the INSERT, or the UPDATE of what is there."""
    return _put(model.__table__, frozenset(changes))(**changes)


@lru_cache(maxsize=1024)
def _insert(
    table: Table, fields: frozenset[str], series: tuple[tuple[str, Sequence], ...], at: str | None = None
) -> Statement:
    values: dict[str, Any] = {name: bindparam(name, type_=table.c[name].type) for name in ("id", *sorted(fields))}
    values |= {column: numbered(sequence, at=at) for column, sequence in series}
    return Statement(insert(table).values(values))


@lru_cache(maxsize=256)
def _put(table: Table, fields: frozenset[str]) -> Statement:
    row = insert(table).values({name: bindparam(name, type_=table.c[name].type) for name in sorted(fields)})
    changes = {name: row.excluded[name] for name in sorted(fields)}
    return Statement(row.on_conflict_do_update(index_elements=["tenant_id"], set_=changes))


@lru_cache(maxsize=1024)
def _update(table: Table, fields: frozenset[str], patched: frozenset[str]) -> Statement:
    values: dict[str, Any] = {"version": table.c.version + 1, "updated_at": func.now()}
    for name in sorted(fields):
        given = bindparam(name, type_=table.c[name].type)
        values[name] = _merged(table.c[name], given) if name in patched else given
    return Statement(update(table).values(values).where(table.c.id == bindparam("row_id", type_=Uuid)))


def _merged(column: Any, given: Any) -> Any:
    return func.jsonb_strip_nulls(func.coalesce(column, cast(literal("{}"), JSONB)).op("||")(given))
