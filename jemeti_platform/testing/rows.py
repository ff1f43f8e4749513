"""Rows for tables that nobody can write to over HTTP: every column guessed from its type and its rules.

Where a guess is refused, the model says what would do: ``__sample__ = {"status": "draft"}``. Where nobody may write
but a function of the database, ``__sample__(work)`` calls it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import psycopg
from sqlalchemy import Boolean, CheckConstraint, Date, DateTime, Integer, Numeric, Table, Text, Uuid, insert
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from ..db.base import Base, uuid7
from ..db.statement import Statement
from .samples import NoSample
from .workspaces import platform_work

if TYPE_CHECKING:
    from .making import Maker

__all__ = ["make_row"]


def make_row(maker: Maker, table: Table, given: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Write a row into a tenant table of the maker's workspace and return its values. Raises NoSample."""
    said = _said(table)
    if callable(said):
        with maker.workspace.work() as own:
            said(own)
        return {}
    problem: Exception | None = None
    for everything in (True, False):
        values = _values(maker, table, everything=everything) | dict(said) | dict(given or {})
        try:
            with platform_work(maker.workspace.platform) as work, work.inside(maker.workspace.id) as inside:
                inside.write(Statement(insert(table).values(values))())
        except (psycopg.IntegrityError, psycopg.errors.InsufficientPrivilege) as error:
            problem = error
        else:
            return values
    raise NoSample(
        f"table {table.name}: no row could be made up ({str(problem).partition(chr(10))[0]}); "
        f"say in its model what would do: __sample__ = {{column: value}}"
    )


def _said(table: Table) -> Any:
    for mapper in Base.registry.mappers:
        if mapper.local_table is table:
            return getattr(mapper.class_, "__sample__", {})
    return {}


def _values(maker: Maker, table: Table, *, everything: bool) -> dict[str, Any]:
    from .making import referred_tables

    references = referred_tables(table)
    number = next(maker.samples.numbers)
    values: dict[str, Any] = {}
    for column in table.columns:
        name = column.name
        if name == "tenant_id" or column.computed is not None:
            continue
        if name == "id" and name not in references:
            values[name] = uuid7()
        elif name in references:
            if not column.nullable:
                values[name] = maker.id_of(references[name])
        elif column.server_default is None and (not column.nullable or (everything and isinstance(column.type, Text))):
            values[name] = _allowed(table, name) or _of_type(maker, column, number)
    return values


def _allowed(table: Table, name: str) -> str | None:
    """The first word of ``name IN ('…', …)`` among the table's rules."""
    for constraint in table.constraints:
        if isinstance(constraint, CheckConstraint):
            found = re.search(rf"\b{name}\s+IN\s*\(\s*'([^']*)'", str(constraint.sqltext))
            if found:
                return found[1]
    return None


def _of_type(maker: Maker, column: Any, number: int) -> Any:
    match column.type:
        case Uuid():
            return uuid7()
        case Boolean():
            return False
        case Integer() | Numeric():
            return number
        case DateTime():
            return datetime.now(UTC)
        case Date():
            return datetime.now(UTC).date()
        case JSONB():
            return {"mark": maker.samples.values.text(column.name, number)}
        case ARRAY():
            return [maker.samples.values.text(column.name, number)]
    return maker.samples.values.text(column.name, number, most=column.type.length or 200)
