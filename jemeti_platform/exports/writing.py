"""The rows of a list into a file: all that a query selects, in its order, from one snapshot, in little memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from ..errors import Invalid
from ..rest.compile import compile_query
from ..rest.spreadsheet import Selection, csv_bytes, select_rows, write_xlsx

if TYPE_CHECKING:
    from ..rest.resource import Resource
    from ..work import Work

__all__ = ["select", "write_rows"]


def select(resource: Resource, query: str, *, country: str | None = None) -> Selection:
    """The rows that a list's query string selects. Raises Invalid naming the parameter, below ``query``."""
    try:
        pairs = parse_qsl(
            query, keep_blank_values=True, strict_parsing=bool(query), errors="strict", max_num_fields=100
        )
        found = compile_query(resource.listing.schema)(pairs, {"country": country} if country else {})
        return select_rows(resource, found)
    except Invalid as invalid:
        raise Invalid(
            {"field": f"query.{problem['field']}".rstrip("."), "message": problem["message"]}
            for problem in invalid.problems
        ) from None
    except (ValueError, UnicodeDecodeError):
        said = "Must be what stands behind the question mark of the list: status=active&sort=name"
        raise Invalid([{"field": "query", "message": said}]) from None


def write_rows(work: Work, selection: Selection, kind: str, path: Path, progress: Callable[[int], object]) -> int:
    """Write the rows into the file ``path`` as ``csv`` or ``xlsx``; returns how many there were.

    Calls ``progress`` with the number of rows read so far. Raises Invalid where there are too many for XLSX.
    """
    done = 0

    def counted() -> Iterator[list[dict[str, Any]]]:
        nonlocal done
        for rows in work.stream(selection.rows):
            yield rows
            done += len(rows)
            progress(done)

    with path.open("wb") as file:
        if kind == "xlsx":
            write_xlsx(file, selection.titles, counted())
        else:
            file.writelines(csv_bytes(selection.titles, counted()))
    return done
