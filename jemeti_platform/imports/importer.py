"""What a plugin says about the files it takes in: an ``Importer`` value, registered by ``config.add_importer``.

The kernel reads the file, finds the columns, checks each row by the schema and runs the whole in one transaction;
the plugin's writer decides what a row means for what is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, Protocol, TypeAlias

import colander

from . import cells

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["Column", "Importer", "Outcome", "Problem", "Record", "Result", "Writer"]

Values: TypeAlias = dict[str, Any]
Result: TypeAlias = Literal["created", "completed", "unchanged", "refused"]


class Problem(NamedTuple):
    """Why a row is refused: ``field`` is a path in the schema, ``seen`` are other lines that have to do with it."""

    line: int
    field: str
    value: str
    reason: str
    seen: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Record:
    """A row that the schema accepts: its line in the file, its values, and the texts they were read from, by field."""

    line: int
    values: Values
    texts: Mapping[str, str]

    def problem(self, field: str, reason: str, seen: tuple[int, ...] = ()) -> Problem:
        return Problem(self.line, field, self.texts.get(field, ""), reason, seen)


class Outcome(NamedTuple):
    """What became of one record."""

    result: Result
    problem: Problem | None = None


class Writer(Protocol):
    """Writes what a file says, batch by batch, in the import's one transaction."""

    def write(self, records: Sequence[Record]) -> Sequence[Outcome]:
        """Write a batch, in few statements; return what became of each record, in order."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column that files may have: ``field`` is where its value goes in the schema (``vehicle.plate``).

    ``names`` are what people call it, in any language; case, blanks and signs do not count. Where a file has
    several of them, the first that is filled wins, in this order. ``read`` turns what stands in a cell into
    what the schema takes; it raises Refused.
    """

    field: str
    names: tuple[str, ...]
    read: cells.Reader = cells.text


@dataclass(frozen=True)
class Importer:
    """A kind of file that ``jemeti import NAME FILE`` takes in.

    ``schema`` is what a row must be once its columns are in place; ``arrange`` may rework the values of a row before
    (put a first and a last name together). ``needed`` are groups of fields; a header line has a column of each group.
    ``country`` names the field that says of which country a row's telephone number is, where it has none of
    its own. ``features`` must be on for the workspace if the file has a column below a field (``vehicle.``; empty for
    any file). ``writer`` is made once for each file.
    """

    name: str
    title: str
    columns: tuple[Column, ...]
    schema: type[colander.MappingSchema]
    writer: Callable[[Work], Writer]
    needed: tuple[tuple[str, ...], ...]
    features: Mapping[str, str]
    arrange: Callable[[Values], Values] | None = None
    country: str = ""
    batch: int = field(default=1000, kw_only=True)
