"""What the database refuses, said as a client may read it.

The constraint's name decides, never the driver's text: it would show SQL and other people's values.
Constraints are named by the convention of ``db.base``, so the columns can be read from the metadata.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import psycopg
from psycopg import errors as pg
from sqlalchemy import CheckConstraint, ForeignKeyConstraint, Index, Table, UniqueConstraint
from sqlalchemy.dialects.postgresql import ExcludeConstraint
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from ..errors import Conflict, Invalid, PlatformError, Unavailable
from .base import Base
from .transaction import is_retryable

__all__ = ["fields_of_constraint", "refusal_of"]


def refusal_of(error: BaseException) -> PlatformError | None:
    """The refusal that a database error amounts to; None where the fault is ours."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, PoolTimeout) or is_retryable(error):
        return Unavailable("The server is busy; please try again.")
    if not isinstance(cause, psycopg.Error):
        return None
    match cause:
        case pg.UniqueViolation() | pg.ExclusionViolation():
            return _already_there(cause)
        case pg.ForeignKeyViolation():
            return _dangling(cause)
        case pg.CheckViolation() | pg.NotNullViolation():
            return _not_allowed(cause)
        case pg.ObjectNotInPrerequisiteState() if cause.diag.constraint_name:  # of db.triggers.freeze_rows
            return Conflict("This is final and does not change any more.", reason="state")
        case pg.NumericValueOutOfRange():
            return Invalid([{"field": "", "message": "A number is too large"}])
    return _not_now(cause)


def _not_now(cause: psycopg.Error) -> Unavailable | None:
    match cause:
        case pg.QueryCanceled() | pg.LockNotAvailable() | pg.IdleInTransactionSessionTimeout():
            return Unavailable("This took too long and was stopped; please try again.")
        case pg.DiskFull() | pg.TooManyConnections() | pg.ReadOnlySqlTransaction() | pg.ConfigurationLimitExceeded():
            return Unavailable()
        case psycopg.OperationalError() if cause.sqlstate is None or cause.sqlstate.startswith(("08", "57P")):
            return Unavailable("The database is not reachable at the moment; please try again.")
    return None


def fields_of_constraint(name: str | None) -> list[str]:
    """The columns a constraint or unique index speaks of, without ``tenant_id``; empty where no model has it."""
    return _fields().get(name or "", [])


@lru_cache(maxsize=1)
def _fields() -> dict[str, list[str]]:
    known: dict[str, list[str]] = {}
    for table in Base.metadata.tables.values():
        named = (*table.constraints, *table.indexes)
        for item in named:
            if isinstance(item, UniqueConstraint | ForeignKeyConstraint | CheckConstraint | Index):
                known[str(item.name)] = [_given(table, c.name) for c in item.columns if c.name != "tenant_id"]
            elif (
                isinstance(item, ExcludeConstraint) and "fields" in item.info
            ):  # of db.shape.NoOverlap, which speaks of an expression
                known[str(item.name)] = [_given(table, name) for name in item.info["fields"]]
    return known


def _given(table: Table, name: str) -> str:
    """The field a client knows: ``email`` for the column ``email_key`` that is made of it."""
    given = name.removesuffix("_key")
    return given if given in table.c else name


def _already_there(cause: psycopg.Error) -> Conflict:
    fields = fields_of_constraint(cause.diag.constraint_name)
    if isinstance(cause, pg.ExclusionViolation):
        return Conflict("This overlaps with something that is already there.", reason="overlap", fields=fields)
    named = ", ".join(fields) or "value"
    return Conflict(f"Another record already has this {named}.", reason="duplicate", fields=fields)


def _dangling(cause: psycopg.Error) -> PlatformError:
    fields = fields_of_constraint(cause.diag.constraint_name) or [""]
    # one constraint speaks when a parent goes and when a child comes; only the message tells which
    if "still referenced" in (cause.diag.message_detail or "") or (cause.diag.message_primary or "").startswith(
        "update or delete"
    ):
        return Conflict("Other records still refer to this one.", reason="in_use")
    return Invalid([{"field": field, "message": "There is no such record."} for field in fields])


def _not_allowed(cause: psycopg.Error) -> Invalid:
    fields: list[Any] = fields_of_constraint(cause.diag.constraint_name)
    if not fields and cause.diag.column_name:
        fields = [cause.diag.column_name]
    return Invalid([{"field": field, "message": "This value is not allowed."} for field in fields or [""]])
