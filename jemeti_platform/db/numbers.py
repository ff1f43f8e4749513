"""Taking a document number: one call of ``jemeti.next_number``, alone or inside the INSERT that uses it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import DateTime, Text, Uuid, bindparam, func, literal

from .statement import Statement

if TYPE_CHECKING:
    from sqlalchemy import ColumnElement

    from ..manifest import Sequence

__all__ = ["NEXT_NUMBER", "numbered"]

NEXT_NUMBER = Statement(
    "SELECT jemeti.next_number(%(series)s, %(pattern)s, %(record)s::uuid, %(at)s::timestamptz) AS number"
)


def numbered(sequence: Sequence, record: str = "id", at: str | None = None) -> ColumnElement[Any]:
    """The next number of a sequence as an SQL expression: ``insert(Job).values(number=numbered(sequence), …)``.

    ``record`` is the bind parameter that holds the id of the record which gets the number, ``at`` the one that holds a
    moment of the year that it is of (``work.began``); without one it is the year in which the transaction began.
    """
    moment = DateTime(timezone=True)
    return func.jemeti.next_number(
        literal(sequence.name, Text),
        literal(sequence.pattern, Text),
        bindparam(record, type_=Uuid),
        literal(None, moment) if at is None else bindparam(at, type_=moment),
        type_=Text,
    )
