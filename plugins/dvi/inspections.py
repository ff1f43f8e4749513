"""Inspections: begun for a vehicle, alone or for a job; changed until they are completed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.work import Work

from .models import Inspection

__all__ = ["change", "create", "locked"]

_JOB = Statement("SELECT vehicle_id, odometer_in FROM jobs_jobs WHERE id = %(job)s")
_TEMPLATE = Statement("SELECT status FROM dvi_templates WHERE id = %(template)s")
_NAME = Statement(
    "SELECT concat_ws(' ', v.plate, v.plate_key, v.vin, v.make, v.model) AS name FROM crm_vehicles v WHERE v.id ="
    " coalesce(%(vehicle)s::uuid, (SELECT j.vehicle_id FROM jobs_jobs j WHERE j.id = %(job)s))"
)
_LOCK = Statement("SELECT id, number, status, vehicle_id, job_id FROM dvi_inspections WHERE id = %(id)s FOR UPDATE")


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Begin an inspection, as a draft; return its id.

    Vehicle and odometer are the job's unless they are given. Raises Invalid for a job of another vehicle, for neither
    job nor vehicle, and for an archived template.
    """
    jobs, templates, vehicles = work.write(
        _JOB(job=values["job_id"]),
        _TEMPLATE(template=values["template_id"]),
        _NAME(vehicle=values["vehicle_id"], job=values["job_id"]),
    )
    if templates and templates[0]["status"] == "archived":
        raise Invalid([{"field": "template_id", "message": "This template is archived"}])
    if values["job_id"] is not None:
        values = _of_job(values, jobs[0] if jobs else None)
    if values["vehicle_id"] is None:
        raise Invalid([{"field": "vehicle_id", "message": "Say which vehicle, or which job of a vehicle"}])
    identity = uuid7()
    numbers = {"number": work.platform.sequences["dvi.inspection"]}
    named = {"vehicle_name": vehicles[0]["name"] if vehicles else None}
    work.queue(insert_row(Inspection, identity, {**values, **named}, numbers, work.began))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change an inspection that is not completed. Raises Conflict."""
    locked(work, identity, "draft", "in_progress")
    work.queue(update_row(Inspection, identity, changes))


def locked(work: Work, identity: UUID, *states: str) -> Row:
    """Lock an inspection that is in one of these states until the commit. Raises NotFound, Conflict."""
    (rows,) = work.write(_LOCK(id=identity))
    if not rows:
        raise NotFound(f"Inspection {identity} does not exist")
    row: Row = rows[0]
    if row["status"] not in states:
        if row["status"] in ("completed", "shared"):
            message = "A completed inspection does not change."
        else:
            message = f"{'Complete' if 'completed' in states else 'Start'} the inspection first."
        raise Conflict(message, reason="state", status=row["status"])
    return row


def _of_job(values: dict[str, Any], job: Row | None) -> dict[str, Any]:
    if job is None:
        raise Invalid([{"field": "job_id", "message": "There is no such record."}])
    vehicle, odometer = values["vehicle_id"], values["odometer"]
    if vehicle is not None and vehicle != job["vehicle_id"]:
        raise Invalid([{"field": "vehicle_id", "message": "The job is of another vehicle"}])
    return {
        **values,
        "vehicle_id": job["vehicle_id"],
        "odometer": job["odometer_in"] if odometer is None else odometer,
    }
