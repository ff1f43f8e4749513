"""``/v1/exports``: lists ordered as files."""

from __future__ import annotations

import colander

from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS
from ..types import OneOf, Text
from ..worker.progress import progress_of
from .models import FORMATS, Export
from .orders import order

__all__ = ["EXPORTS"]


class ExportSchema(Mapping):
    resource = colander.SchemaNode(
        Text(max=80), description="The list, by the name of its resource", example="audit_log"
    )
    format = colander.SchemaNode(OneOf(FORMATS), missing="csv", description="The kind of file")
    query = colander.SchemaNode(
        Text(min=0, max=2000),
        missing="",
        description="Filters, order and fields, as they would stand behind the question mark of the list",
        example="sort=-at&fields=at,action",
    )


EXPORTS = Resource(
    name="exports",
    path="/exports",
    model=Export,
    schema=ExportSchema,
    feature=ALWAYS,
    title="export",
    description="Lists written into files by the worker, to be fetched within a week",
    read="exports:read",
    write="exports:write",
    filters=("resource", "status", "format", "created_at"),
    sort=("created_at", "finished_at"),
    computed={"rows_done": progress_of(Export.id, "done"), "rows_total": progress_of(Export.id, "total")},
    create=order,
    updatable=False,
)
