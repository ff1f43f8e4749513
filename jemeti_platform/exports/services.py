"""``/v1/exports/{id}/content``: the file."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from ..db.statement import Statement
from ..errors import Conflict, Gone
from ..files.disposition import disposition
from ..files.storage import Storage
from ..rest.request import path_id
from ..rest.service import ALWAYS, Service
from ..rest.spreadsheet import CSV, XLSX
from . import job
from .orders import may_read
from .resources import EXPORTS

__all__ = ["content"]

_FIND = Statement("SELECT resource, format, status, size, error FROM exports WHERE id = %(id)s")

content = Service("exports.content", "/exports/{id}/content", ALWAYS, "The file of an export", tag="exports")


@content.get(permission="exports:read", media_types=(CSV, XLSX), errors=(404, 409, 410))
def fetch_export(request: Any) -> Response:
    """The file, for whoever may read the list itself."""
    work, identity = request.work, path_id(request)
    (rows,) = work.read(_FIND(id=identity))
    if not rows:
        raise EXPORTS.missing(identity)
    (found,) = rows
    if (resource := work.platform.resources.get(found["resource"])) is not None:
        may_read(work, resource)
    if found["status"] == "expired":
        raise Gone("This file has been deleted; order the export again.")
    if found["status"] != "completed":
        said = found["error"] or "The file is not made yet; look at the export's status."
        raise Conflict(said, reason="state", status=found["status"])
    name = f"{found['resource'].rpartition('.')[2]}.{found['format']}"
    return Response(
        app_iter=work.platform.part(Storage).stream(job.key(work, identity)),
        headerlist=[
            (
                "Content-Type",
                f"{job.MEDIA_TYPES[found['format']]}{'; charset=utf-8' if found['format'] == 'csv' else ''}",
            ),
            ("Content-Length", str(found["size"])),
            ("Content-Disposition", disposition(name)),
            ("X-Content-Type-Options", "nosniff"),
        ],
    )
