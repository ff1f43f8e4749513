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
from typing import TYPE_CHECKING, Any
from uuid import UUID

import xlsxwriter
from pyramid.response import FileIter, Response

from ..errors import Invalid
from .answer import to_json
from .listing import MAX_PER_PAGE

if TYPE_CHECKING:
    from .resource import Resource

__all__ = ["CSV", "XLSX", "download", "neutral"]

CSV = "text/csv"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
_XLSX_ROWS = 1_048_575


def download(request: Any, resource: Resource, query: Mapping[str, Any], media_type: str) -> Response:
    """All rows that the query's filters select, in its order; ``page`` and ``per_page`` do not count."""
    if "cursor" in query or query.get("page", 1) != 1:
        raise Invalid([{"field": "page", "message": "A download has all rows; leave page and cursor out"}])
    page, _ = resource.listing.statements({**query, "per_page": MAX_PER_PAGE, "count": "none"})
    names, expansions = resource.representation.choose(query.get("fields"), query.get("expand"))
    titles = [
        *names,
        *(f"{e}.{f}" for e in expansions for f in ("id", *resource.expand[e].fields) if (e, f) != (e, "")),
    ]
    batches = request.work.stream(page._replace(params={**dict(page.params), "limit": None}))
    resource.check_expansions(request.work, query)
    name = f"{resource.name.rpartition('.')[2]}.{'csv' if media_type == CSV else 'xlsx'}"
    headers = [("Content-Disposition", f'attachment; filename="{name}"')]
    if media_type == CSV:
        return Response(
            app_iter=_csv(titles, batches),
            content_type=CSV,
            charset="utf-8",
            headerlist=_with(headers, "text/csv; charset=utf-8"),
        )
    return Response(app_iter=FileIter(_xlsx(titles, batches)), headerlist=_with(headers, XLSX))


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


def _csv(titles: Sequence[str], batches: Iterator[list[dict[str, Any]]]) -> Iterator[bytes]:
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


def _xlsx(titles: Sequence[str], batches: Iterator[list[dict[str, Any]]]) -> Any:
    file = tempfile.TemporaryFile()  # noqa: SIM115  # the response reads it after this function has returned
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
    file.seek(0)
    return file


def _with(headers: list[tuple[str, str]], media_type: str) -> list[tuple[str, str]]:
    return [("Content-Type", media_type), *headers]
