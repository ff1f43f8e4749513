"""``/v1/imports``: files taken in, with how far they have come and what became of their rows."""

from __future__ import annotations

from collections.abc import Sequence

import colander

from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS
from ..types import OneOf, StrictBool, Uuid
from ..worker.progress import progress_of
from .models import Import
from .orders import order

__all__ = ["imports_by"]


def imports_by(importers: Sequence[str]) -> Resource:
    """The resource, for the importers that are installed."""

    class ImportSchema(Mapping):
        importer = colander.SchemaNode(OneOf(importers), description="What is in the file: see /v1/importers")
        file_id = colander.SchemaNode(
            Uuid(), refers="files", takes="rows", description="A file of /v1/files: CSV or a workbook"
        )
        check_only = colander.SchemaNode(
            StrictBool(), missing=False, description="Do everything, say what would come of it, and keep nothing"
        )
        ignore_unknown = colander.SchemaNode(
            StrictBool(), missing=False, description="Leave out columns that nobody knows instead of refusing the file"
        )

    return Resource(
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
