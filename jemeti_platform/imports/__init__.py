"""Files of other people's data: read, checked, reported and written in one transaction.

- ``importer``: what a plugin declares, an ``Importer`` with its columns and its writer
- ``table``: a file as rows of cells; ``csv_file`` (with ``encoding``) and ``workbook``: the kinds of file
- ``layout``: which column is what; ``cells``: from what people write in cells to what schemas take
- ``reading``: rows become records; ``running``: the import itself; ``report``: what became of every row
- ``models``, ``orders``, ``job``: an import ordered by somebody and run by the worker
- ``resources``, ``services``: ``/v1/imports``, ``/v1/importers``
"""

from __future__ import annotations

from typing import Any

from . import cells
from .importer import Column, Importer, Outcome, Problem, Record, Writer
from .report import Report, written_to
from .running import run_import
from .table import open_table

__all__ = [
    "Column",
    "Importer",
    "Outcome",
    "Problem",
    "Record",
    "Report",
    "Writer",
    "cells",
    "includeme",
    "open_table",
    "run_import",
    "written_to",
]


def includeme(config: Any) -> None:
    """Included after the plugins: what can be imported is theirs to say, and without an importer there is no path."""
    from . import job, resources, services

    importers = config.registry.platform.importers
    config.add_task(job.TASK, job.run, attempts=3)
    if importers:
        imports = resources.imports_by(tuple(importers))
        config.add_resource(imports)
        for service in (*services.ALL, services.cancel_of(imports)):
            config.add_service(service)
