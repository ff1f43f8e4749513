"""What is shown of one record beside its own columns, and comes from elsewhere in the same message."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..db.pipeline import Rows
from ..db.statement import Bound
from ..work import Work

__all__ = ["Beside"]


@dataclass(frozen=True, slots=True)
class Beside:
    """Fields of a single record that no column of its table holds: what another plugin knows of it, asked by a port.

    ``fields`` are their names, each with its JSON Schema. ``ask(work, id)`` returns the SELECTs that bring them; they
    travel with the record's own, so that it stays one round trip. ``tell(work, rows)`` makes values of what they
    returned, in order; it is called when the database has said who asks, so that it may look at permissions. What it
    does not tell is null. Lists do not have these fields: they would have to be asked for row by row.
    """

    fields: Mapping[str, dict[str, Any]]
    ask: Callable[[Work, UUID], Sequence[Bound]]
    tell: Callable[[Work, Sequence[Rows]], Mapping[str, Any]]

    def values(self, work: Work, found: Sequence[Rows]) -> dict[str, Any]:
        """Every field in order, null where nothing is told."""
        told = self.tell(work, found)
        return {name: told.get(name) for name in self.fields}
