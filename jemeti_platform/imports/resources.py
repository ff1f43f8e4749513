"""``/v1/imports``: files taken in, with how far they have come and what became of their rows."""

from __future__ import annotations

import colander

from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS
from ..types import StrictBool, Text, Uuid
from ..worker.progress import progress_of
from .models import Import
from .orders import order

__all__ = ["IMPORTS"]


class ImportSchema(Mapping):
    importer = colander.SchemaNode(
        Text(max=80), description="What is in the file: see /v1/importers", example="customers"
    )
    file_id = colander.SchemaNode(
        Uuid(), refers="files", takes="rows", description="A file of /v1/files: CSV or a workbook"
    )
    check_only = colander.SchemaNode(
        StrictBool(), missing=False, description="Do everything, say what would come of it, and keep nothing"
    )
    ignore_unknown = colander.SchemaNode(
        StrictBool(), missing=False, description="Leave out columns that nobody knows instead of refusing the file"
    )


IMPORTS = Resource(
    name="imports",
    path="/imports",
    model=Import,
    schema=ImportSchema,
    feature=ALWAYS,
    title="import",
    description="Files taken in by the worker: all rows that can be in one go, and the rest told line by line",
    read="imports:read",
    write="imports:write",
    filters=("importer", "status", "check_only", "file_id", "created_at"),
    sort=("created_at", "finished_at"),
    computed={"lines_done": progress_of(Import.id, "done"), "lines_total": progress_of(Import.id, "total")},
    create=order,
    updatable=False,
)
