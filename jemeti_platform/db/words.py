"""The words that a column may hold, where the table says so: what filters take and OpenAPI shows is what is kept."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import CheckConstraint, Column

__all__ = ["words_of"]

_LISTED = re.compile(r"(\w+) IN \(('[^']*'(?:, '[^']*')*)\)").fullmatch


def words_of(column: Column[Any]) -> tuple[str, ...]:
    """The words of a CHECK that is a list of them and nothing else (``status IN ('active', 'archived')``), in order.

    Of a column with no such CHECK there are none: anything may stand in it that its type holds.
    """
    for constraint in column.table.constraints:
        if not isinstance(constraint, CheckConstraint):
            continue
        listed = _LISTED(str(constraint.sqltext))
        if listed is not None and listed[1] == column.name:
            return tuple(word.strip()[1:-1] for word in listed[2].split(","))
    return ()
