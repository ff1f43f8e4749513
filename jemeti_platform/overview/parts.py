"""What plugins contribute to search and dashboard: statements with what their rows mean.

A hook returns statements and runs none, so that however many plugins there are, they are asked in one round trip.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from ..db.statement import Bound

__all__ = ["Figure", "Figures", "Source", "Unit"]

Unit: TypeAlias = Literal["count", "money", "quantity", "percent"]


@dataclass(frozen=True, slots=True)
class Source:
    """One kind of record that a search looks through.

    ``type`` is the resource's name (``crm.customers``), ``title`` one of them in words (``customer``), ``path`` the
    collection's (``/v1/crm/customers``). ``statement`` returns rows with ``id`` and ``title``, and may return
    ``subtitle`` and ``rank`` (0 to 1, as ``jemeti.search`` gives it), the best first. Who lacks ``permission``, or the
    feature in front of its colon, sees none of it.
    """

    type: str
    title: str
    path: str
    permission: str
    statement: Bound


@dataclass(frozen=True, slots=True)
class Figure:
    """A number on the dashboard: ``name`` is the column that holds it, ``path`` the list that it counts or sums.

    Money is in the workspace's currency. Who lacks ``permission``, or the feature in front of its colon, does not see
    it.
    """

    name: str
    title: str
    permission: str
    path: str = ""
    unit: Unit = "count"


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures that one statement finds: its only row has a column for each, called by the figure's name."""

    statement: Bound
    figures: tuple[Figure, ...]
