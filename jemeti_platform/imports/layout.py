"""Which column of a file is what: found by the names in its header line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from ..errors import BadRequest
from .cells import as_text, fold, is_empty
from .importer import Column, Importer

__all__ = ["Layout", "find_layout"]

_SEARCHED = 20
"""Lines in which the header is looked for: titles and notes may stand above it."""


@dataclass(frozen=True, slots=True)
class Layout:
    """The header's line, where each field may stand (best place first), and the headings nobody reads."""

    line: int
    width: int
    places: tuple[tuple[Column, tuple[int, ...]], ...]
    unread: tuple[str, ...]

    def texts(self, cells: list[Any]) -> dict[str, str]:
        """The filled cells of a row as texts, by field."""
        found: dict[str, str] = {}
        for column, places in self.places:
            for place in places:
                if place < len(cells) and not is_empty(text := as_text(cells[place])):
                    found[column.field] = text
                    break
        return found


def find_layout(importer: Importer, rows: Iterator[tuple[int, list[Any]]]) -> Layout:
    """The layout by the first line that names every needed column. Raises BadRequest where there is none."""
    named = [(column, [fold(name) for name in column.names]) for column in importer.columns]
    for line, cells in islice(rows, _SEARCHED):
        headings = [fold(as_text(cell)) for cell in cells]
        places = []
        for column, names in named:
            found = tuple(headings.index(name) for name in names if name in headings)
            if found:
                places.append((column, found))
        known = {column.field for column, _ in places}
        if all(known.intersection(group) for group in importer.needed):
            used = {place for _, where in places for place in where}
            unread = [as_text(cell) for n, cell in enumerate(cells) if headings[n] and n not in used]
            return Layout(line, len(cells), tuple(places), tuple(unread))
    raise BadRequest(
        f"No header was found in the first {_SEARCHED} lines: it needs a column called {_called(importer)}"
    )


def _called(importer: Importer) -> str:
    """What the needed columns may be called, in words."""
    names = {column.field: ", ".join(column.names[:4]) for column in importer.columns}
    return " and one called ".join(" or ".join(names[field] for field in group) for group in importer.needed)
