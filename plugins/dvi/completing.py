"""An inspection is completed: what is still missing is told by name, and what was found below good is recommended."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work
from plugins.crm.contract import VehicleHistory

from .grading import BELOW_GOOD
from .models import Recommendation
from .report.printout import issue_report

__all__ = ["conclude", "has_odometer", "is_answered", "missing_of"]

_BELOW_GOOD = Statement(
    "SELECT id, title, advice, condition, note_customer FROM dvi_items"
    " WHERE inspection_id = %(id)s AND condition = ANY(%(conditions)s) ORDER BY position"
)

Record = Mapping[str, Any]


def has_odometer(work: Work, record: Record, inputs: Record) -> bool:
    return record["odometer"] is not None


def is_answered(work: Work, record: Record, inputs: Record) -> bool | str:
    """Whether nothing is missing; else every item by name, and what it lacks."""
    missing = [f"{item['title']} ({lack})" for item in record["items"] if (lack := missing_of(item))]
    return not missing or f"Still missing: {'; '.join(missing)}"


def missing_of(item: Record) -> str:
    """What an item lacks, in words; nothing where it lacks nothing. What is not applicable needs neither."""
    if item["condition"] == "not_applicable":
        return ""
    lacks = []
    if item["required"] and all(item[name] is None for name in ("condition", "choice", "answer", "marks")):
        lacks.append("answer")
    if (short := item["photos_required"] - item["taken"]) > 0:
        lacks.append("a photo" if short == 1 else f"{short} photos")
    return ", ".join(lacks)


def conclude(work: Work, record: Record, inputs: Record) -> None:
    """Write a recommendation for every item below good, issue the report, and note it in the vehicle's history."""
    (found,) = work.write(_BELOW_GOOD(id=record["id"], conditions=list(BELOW_GOOD)))
    work.queue(
        *(
            insert_row(
                Recommendation,
                uuid7(),
                {
                    "inspection_id": record["id"],
                    "item_id": item["id"],
                    "title": item["advice"] or item["title"],
                    "condition": item["condition"],
                    "note": item["note_customer"],
                },
            )
            for item in found
        )
    )
    issue_report(work, record["id"])
    chronicle = work.port(VehicleHistory)  # type: ignore[type-abstract]  # that is what a port is
    if chronicle is not None:
        told = {"subject_type": "dvi.inspection", "subject_id": record["id"], "title": record["number"]}
        chronicle.note(record["vehicle_id"], "inspected", **told)
