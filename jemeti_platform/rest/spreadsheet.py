"""Any list as CSV or XLSX: every row that matches, streamed, formulas neutralised.

A cell that a spreadsheet program would run as a formula (it begins with ``=``, ``+``, ``-``, ``@``, a tab
or a carriage return and is no plain number) gets an apostrophe in front, as OWASP advises.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

import xlsxwriter
from pyramid.response import FileIter, Response

from ..errors import Invalid
from ..json import to_json
from .listing import MAX_PER_PAGE

if TYPE_CHECKING:
    from ..db.statement import Bound
    from .resource import Resource

__all__ = [
    "CSV",
    "XLSX",
    "Selection",
    "asked_for",
    "csv_bytes",
    "download",
    "neutral",
    "select_rows",
    "sheet_of",
    "write_xlsx",
]

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_XLSX_ROWS = 1_048_575


def asked_for(request: Any) -> str | None:
    """CSV or XLSX where the client names it and would not rather have JSON; None for JSON."""
    accept = request.environ.get("HTTP_ACCEPT", "")
    named = [one for one in (CSV, XLSX) if one in accept]
    if not named:
        return None
    best = request.accept.acceptable_offers([*named, "application/json"])
    return best[0][0] if best and best[0][0] in named else None


class Selection(NamedTuple):
    """All rows that a query selects: the headings, the statement that finds them, and the one that counts them."""

    titles: list[str]
    rows: Bound
    total: Bound


def select_rows(resource: Resource, query: Mapping[str, Any]) -> Selection:
    """All rows that the query's filters select, in its order. Raises Invalid for a query that asks for a page."""
    if "cursor" in query or query.get("page", 1) != 1:
        raise Invalid([{"field": "page", "message": "A download has all rows; leave page and cursor out"}])
    page, count = resource.listing.statements({**query, "per_page": MAX_PER_PAGE, "count": "exact"})
    assert count is not None
    names, expansions = resource.representation.choose(query.get("fields"), query.get("expand"))
    titles = [
        *names,
        *(f"{e}.{f}" for e in expansions for f in ("id", *resource.expand[e].fields) if (e, f) != (e, "")),
    ]
    return Selection(titles, page._replace(params={**dict(page.params), "limit": None}), count)


def download(request: Any, resource: Resource, query: Mapping[str, Any], media_type: str) -> Response:
    """The response with all rows that the query selects; ``per_page`` does not count."""
    titles, statement, _ = select_rows(resource, query)
    batches = request.work.stream(statement)
    resource.check_expansions(request.work, query)
    return sheet_of(resource.name.rpartition(".")[2], titles, batches, media_type)


def sheet_of(name: str, titles: Sequence[str], batches: Iterator[list[dict[str, Any]]], media_type: str) -> Response:
    """The response with rows as CSV or XLSX, for a download under this name without ending."""
    headers = [("Content-Disposition", f'attachment; filename="{name}.{"csv" if media_type == CSV else "xlsx"}"')]
    if media_type == CSV:
        return Response(
            app_iter=csv_bytes(titles, batches),
            content_type=CSV,
            charset="utf-8",
            headerlist=_with(headers, "text/csv; charset=utf-8"),
        )
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response reads it after this function has returned
    write_xlsx(file, titles, batches)
    file.seek(0)
    return Response(app_iter=FileIter(file), headerlist=_with(headers, XLSX))


def neutral(value: Any) -> str:
    """The text of a cell that no spreadsheet program will run."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | Decimal):
        return format(value, "f") if isinstance(value, Decimal) else str(value)
    if isinstance(value, datetime):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, date | UUID):
        return str(value)
    if isinstance(value, dict | list):
        value = (
            ", ".join(value)
            if isinstance(value, list) and all(isinstance(v, str) for v in value)
            else to_json(value).decode()
        )
    text = str(value)
    return f"'{text}" if text.startswith(_DANGEROUS) else text


def csv_bytes(titles: Sequence[str], batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
    """The rows as CSV, batch by batch."""
    buffer = io.StringIO()
    writer = csv.writer(buffer)
    writer.writerow(titles)
    yield b"\xef\xbb\xbf"  # without the mark, Excel reads UTF-8 as Latin-1
    for rows in batches:
        writer.writerows([neutral(row[title]) for title in titles] for row in rows)
        yield buffer.getvalue().encode()
        buffer.seek(0)
        buffer.truncate()
    yield buffer.getvalue().encode()


def write_xlsx(file: IO[bytes], titles: Sequence[str], batches: Iterator[list[dict[str, Any]]]) -> None:
    """Write the rows into ``file`` as XLSX. Raises Invalid where there are more than fit."""
    book = xlsxwriter.Workbook(file, {"constant_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    sheet = book.add_worksheet()
    sheet.write_row(0, 0, titles, book.add_format({"bold": True}))
    sheet.freeze_panes(1, 0)
    number = 0
    for rows in batches:
        for row in rows:
            number += 1
            if number > _XLSX_ROWS:
                book.close()
                raise Invalid(
                    [{"field": "", "message": f"More than {_XLSX_ROWS} rows do not fit into XLSX; ask for CSV"}]
                )
            for column, title in enumerate(titles):
                value = row[title]
                if isinstance(value, int | Decimal) and not isinstance(value, bool):
                    sheet.write_number(number, column, value)
                elif value is not None:
                    sheet.write_string(number, column, neutral(value))
    book.close()


def _with(headers: list[tuple[str, str]], media_type: str) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), *headers]
