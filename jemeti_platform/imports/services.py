"""What can be imported, a file to begin with, the report of refused rows, and calling an import off."""

from __future__ import annotations

import csv
import io
from typing import Any

from pyramid.response import Response

from ..db.statement import Statement
from ..errors import Conflict, NotFound
from ..files.disposition import disposition
from ..files.storage import Storage
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.request import path_id
from ..rest.resource import Resource
from ..rest.service import ALWAYS, Service
from ..rest.spreadsheet import CSV
from . import orders
from .importer import Importer
from .job import report_key

__all__ = ["ALL", "cancel_of"]

_IMPORTER = {
    "type": "object",
    "title": "Importer",
    "required": ["name", "title", "columns", "needed"],
    "properties": {
        "name": {"type": "string", "examples": ["customers"]},
        "title": {"type": "string", "examples": ["Customers and their vehicles"]},
        "columns": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "field": {"type": "string", "examples": ["customer.name"]},
                    "names": {
                        "type": "array",
                        "description": "What the column may be called; case, blanks and signs do not count",
                        "items": {"type": "string"},
                        "examples": [["name", "customer"]],
                    },
                },
            },
        },
        "needed": {
            "type": "array",
            "description": "Groups of fields: a file has a column of each group",
            "items": {"type": "array", "items": {"type": "string"}},
            "examples": [[["customer.name", "last_name"]]],
        },
    },
}
_FIND = Statement("SELECT status, results FROM imports WHERE id = %(id)s")

importers = Service("importers", "/importers", ALWAYS, "What can be imported, and what its columns are called")
template = Service(
    "importers.template",
    "/importers/{name}/template",
    ALWAYS,
    "An empty file with the headings of an importer",
    tag="importers",
    words=lambda platform: platform.importers,
)
report = Service("imports.report", "/imports/{id}/report", ALWAYS, "Every refused row with its reason", tag="imports")

ALL = (importers, template, report)


@importers.get(permission="imports:read", query=PageQuery, answer=_IMPORTER, many=True)
def list_importers(request: Any) -> Answer:
    """What can be imported in this workspace."""
    work = request.work
    work.confirm()
    on = [one for one in work.platform.importers.values() if _is_on(work, one)]
    return sliced(request.query, [_shown(one) for one in on])


@template.get(permission="imports:read", media_types=(CSV,), errors=(404,))
def fetch_template(request: Any) -> Response:
    """A CSV file with one column for each field, called as the importer knows it."""
    work, name = request.work, request.matchdict["name"]
    work.confirm()
    found = work.platform.importers.get(name)
    if found is None or not _is_on(work, found):
        raise NotFound(f"There is no importer {name[:80]!r}")
    line = io.StringIO()
    csv.writer(line).writerow(column.names[0] for column in found.columns)
    body = b"\xef\xbb\xbf" + line.getvalue().encode()
    return _file(f"{name}.csv", app_iter=[body], length=len(body))


@report.get(permission="imports:read", media_types=(CSV,), errors=(404, 409))
def fetch_report(request: Any) -> Response:
    """A CSV file of the rows that were refused: line, field, value, reason."""
    work, identity = request.work, path_id(request)
    (rows,) = work.read(_FIND(id=identity))
    if not rows:
        raise NotFound(f"Import {identity} does not exist")
    (found,) = rows
    if found["status"] != "completed":
        raise Conflict("There is a report when the import is completed.", reason="state", status=found["status"])
    if not found["results"]["refused"]:
        raise Conflict("No row was refused: there is nothing to report.", reason="nothing_refused")
    storage, key = work.platform.part(Storage), report_key(work, identity)
    kept = storage.head(key)
    return _file("refused-rows.csv", app_iter=storage.stream(key), length=kept.size if kept else None)


def cancel_of(imports: Resource) -> Service:
    """The service that calls an import off."""
    cancel = Service("imports.cancel", "/imports/{id}/cancel", ALWAYS, "Call an import off", tag="imports")

    @cancel.post(permission="imports:write", answer=imports.answer_schema, errors=(404, 409))
    def cancel_import(request: Any) -> Answer:
        """Stop an import that waits or runs; nothing of it is kept."""
        identity = path_id(request)
        orders.call_off(request.work, identity)
        return imports.present(request.work, identity)

    return cancel


def _is_on(work: Any, importer: Importer) -> bool:
    return all(work.has(feature) for feature, prefix in importer.features.items() if not prefix)


def _shown(importer: Importer) -> dict[str, Any]:
    return {
        "name": importer.name,
        "title": importer.title,
        "columns": [{"field": column.field, "names": list(column.names)} for column in importer.columns],
        "needed": [list(group) for group in importer.needed],
    }


def _file(name: str, *, app_iter: Any, length: int | None) -> Response:
    headers = [
        ("Content-Type", f"{CSV}; charset=utf-8"),
        ("Content-Disposition", disposition(name)),
        ("X-Content-Type-Options", "nosniff"),
    ]
    if length is not None:
        headers.append(("Content-Length", str(length)))
    return Response(app_iter=app_iter, headerlist=headers)
