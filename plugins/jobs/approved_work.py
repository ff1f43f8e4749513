"""What was approved becomes part of the job: as a line or a part, with the figures that the customer has seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from . import declined, totals
from .models import JobLine, JobPart

__all__ = ["take_on"]

_COPIED = (
    "description", "quantity", "unit_price", "discount_percent", "discount_amount", "tax_rate_id", "tax_rate",
    "insurance_percent", "note", "amount", "discount", "taxable", "tax", "total",
    "taxes",
)  # fmt: skip
_LAST = Statement(
    "SELECT (SELECT coalesce(max(position), -1) FROM jobs_lines WHERE job_id = %(id)s) AS line,"
    " (SELECT coalesce(max(position), -1) FROM jobs_parts WHERE job_id = %(id)s) AS part"
)


def take_on(work: Work, job: Row, lines: Sequence[Row]) -> None:
    """Add approved lines of a quotation to a job that is locked, behind what it has, and reckon its totals anew.

    Raises Conflict for work that was declined before and has been taken up elsewhere.
    """
    if not lines:
        return
    ((last,),) = work.write(_LAST(id=job["id"]))
    labour = [line for line in lines if line["kind"] != "part"]
    parts = [line for line in lines if line["kind"] == "part"]
    if labour:
        work.queue(insert_rows(JobLine, [_line(job, line, last["line"] + n) for n, line in enumerate(labour, 1)]))
    if parts:
        work.queue(insert_rows(JobPart, [_part(job, line, last["part"] + n) for n, line in enumerate(parts, 1)]))
    if taken := {line["declined_work_id"] for line in lines} - {None}:
        declined.take_up(work, taken, job["id"])
    totals.reckon(work, job)


def _line(job: Row, line: Row, position: int) -> dict[str, Any]:
    hours = line["quantity"] if line["kind"] == "labour" else None
    return {
        **_common(job, line, position),
        "kind": line["kind"],
        "service_id": line["service_id"],
        "hours": hours,
        "status": "open",
    }


def _part(job: Row, line: Row, position: int) -> dict[str, Any]:
    return {**_common(job, line, position), "product_id": line["product_id"], "status": "planned"}


def _common(job: Row, line: Row, position: int) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "job_id": job["id"],
        "position": position,
        "approval": "approved",
        "quotation_line_id": line["id"],
        **{name: line[name] for name in _COPIED},
    }
