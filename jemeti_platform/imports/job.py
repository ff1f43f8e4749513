"""Running an import in the worker: rows, results and status in one transaction, how far it has come beside it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson
import psycopg
import structlog
from psycopg.types.json import Jsonb
from sqlalchemy.exc import DBAPIError

from ..db.refusals import refusal_of
from ..db.statement import Statement
from ..db.transaction import is_retryable
from ..errors import PlatformError
from ..files.disposition import clean_name
from ..files.files import KEPT
from ..files.storage import Storage, key_of
from ..rest.spreadsheet import CSV
from ..tenancy.state import ACT
from ..work import Work
from ..worker.progress import Progress, write_beside
from .importer import Importer
from .orders import TASK
from .report import Report, written_to
from .running import run_import
from .table import Table, open_table

__all__ = ["TASK", "report_key", "run"]

log = structlog.get_logger("jemeti.imports")

_REASONS = 50
_FIND = Statement(
    "SELECT i.importer, i.check_only, i.ignore_unknown, i.requested_by, f.object_id, f.name FROM imports i"
    " JOIN files f ON f.tenant_id = i.tenant_id AND f.id = i.file_id"
    " WHERE i.id = %(id)s AND i.status IN ('queued', 'running')"
)
_BEGIN = Statement(
    "UPDATE imports SET status = 'running', started_at = clock_timestamp(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND status IN ('queued', 'running')"
)
_WANTED = Statement("SELECT status FROM imports WHERE id = %(id)s")
_END = Statement(
    "UPDATE imports SET status = %(status)s, results = %(results)s, reasons = %(reasons)s, refused = %(refused)s,"
    " unread = %(unread)s, error = %(error)s, finished_at = clock_timestamp(),"
    " version = version + 1, updated_at = now() WHERE id = %(id)s AND status = 'running' RETURNING id"
)


class _CalledOff(Exception):
    """Somebody does not want this import any more."""


class _Checked(Exception):
    """Everything has been done, and nothing of it is to be kept."""


def report_key(work: Work, import_id: UUID) -> str:
    """Under which key the report of refused rows is stored."""
    return key_of(work.tenant_id, "imports", import_id, "report")


def run(work: Work, import_id: UUID) -> None:
    """Run an import and write down what came of it; what is wrong with the file is a result, not a failed job."""
    (rows,) = work.read(_FIND(id=import_id))
    if not rows:
        return
    (asked,) = rows
    write_beside(work, _BEGIN(id=import_id))
    _act_for(work, asked["requested_by"])
    with tempfile.TemporaryDirectory(prefix="jemeti-import-") as folder:
        path, report = Path(folder) / clean_name(asked["name"]), Path(folder) / "report"
        with path.open("wb") as file:
            file.writelines(work.platform.part(Storage).stream(key_of(work.tenant_id, KEPT, asked["object_id"])))
        try:
            with written_to(report) as found:
                _take_in(work, import_id, asked, path, found)
        except _CalledOff:
            return
        except PlatformError as refusal:
            _end(work, import_id, status="failed", error=str(refusal))
            return
        if found.results["refused"]:
            work.platform.part(Storage).put(report_key(work, import_id), report, CSV)
        _end(work, import_id, status="completed", **_told(found))


def _take_in(work: Work, import_id: UUID, asked: Mapping[str, Any], path: Path, report: Report) -> None:
    """The import itself, inside a savepoint: what fails leaves the transaction fit to say so. Raises PlatformError."""
    importer: Importer | None = work.platform.importers.get(asked["importer"])
    if importer is None:
        raise PlatformError(f"Nobody imports {asked['importer']!r} any more.")
    table = open_table(path)
    progress = Progress(work, import_id, table.size)
    try:
        with work.transaction.savepoint():
            run_import(
                work,
                importer,
                table,
                report,
                lambda: _step(work, import_id, progress, table),
                ignore_unknown=asked["ignore_unknown"],
            )
            if asked["check_only"]:
                raise _Checked
    except _Checked:
        pass
    except (psycopg.Error, DBAPIError) as error:
        if is_retryable(error):
            raise
        refusal = refusal_of(error)
        if refusal is None:
            log.exception("an import failed", importer=importer.name, import_id=str(import_id))
            raise PlatformError("Something went wrong on our side; nothing was imported.") from error
        raise refusal from error
    progress(table.size, at_once=True)


def _step(work: Work, import_id: UUID, progress: Progress, table: Table) -> None:
    if progress(table.done):
        ((row,),) = work.read(_WANTED(id=import_id))
        if row["status"] != "running":
            raise _CalledOff


def _act_for(work: Work, user_id: UUID | None) -> None:
    """Let the audit log name whoever ordered the import."""
    if user_id is not None:
        actor = {"kind": "user", "id": user_id, "request_id": work.request_id}
        work.write(ACT(actor=orjson.dumps(actor).decode()))


def _told(report: Report) -> dict[str, Any]:
    counts = {name: report.results[name] for name in ("created", "completed", "unchanged", "refused")}
    return {
        "results": {"rows": report.rows, "empty": report.empty, **counts},
        "reasons": [
            {"field": field, "reason": reason, "rows": rows}
            for (field, reason), rows in report.reasons.most_common(_REASONS)
        ],
        "refused": [
            {"line": p.line, "field": p.field, "value": p.value, "reason": p.reason, "see_lines": list(p.seen)}
            for p in report.first
        ],
        "unread": list(report.unread),
    }


def _end(work: Work, import_id: UUID, *, status: str, error: str | None = None, **told: Any) -> None:
    values = {"results": None, "reasons": [], "refused": [], "unread": [], **told}
    wrapped = {name: None if value is None else Jsonb(value) for name, value in values.items()}
    (ended,) = work.write(_END(id=import_id, status=status, error=error, **wrapped))
    if not ended:  # called off in the last moment: what was written is undone, and the job with it
        raise _CalledOff
