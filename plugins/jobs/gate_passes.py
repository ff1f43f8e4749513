"""Gate passes: the paper by which a vehicle leaves, numbered and kept as it was printed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue
from jemeti_platform.errors import Conflict, NotFound
from jemeti_platform.work import Work

from . import jobs
from .models import GatePass

__all__ = ["LEAVING", "document_of", "gate_passes", "write"]

LEAVING = ("completed", "closed", "cancelled")
"""States in which a vehicle may leave."""

_FACTS = Statement(
    "SELECT j.number, j.status, j.odometer_out, c.name, c.phone, v.id AS vehicle_id, v.plate, v.vin, v.odometer,"
    " nullif(concat_ws(' ', v.make, v.model, v.year, v.colour), '') AS description"
    " FROM jobs_jobs j JOIN crm_customers c ON c.tenant_id = j.tenant_id AND c.id = j.customer_id"
    " LEFT JOIN crm_vehicles v ON v.tenant_id = j.tenant_id AND v.id = j.vehicle_id"
    " WHERE j.id = %(id)s FOR UPDATE OF j"
)
_ONE = Statement("SELECT id, number, document_id, bearer, created_at FROM jobs_gate_passes WHERE id = %(id)s")
_DOCUMENT = Statement("SELECT document_id FROM jobs_gate_passes WHERE id = %(id)s AND job_id = %(job)s")
_PASSES = Paged(
    "SELECT id, number, document_id, bearer, created_at FROM jobs_gate_passes WHERE job_id = %(id)s", "number DESC"
)


def write(work: Work, job_id: UUID, wish: dict[str, Any]) -> dict[str, Any]:
    """Issue a gate pass for a vehicle that may leave; returns it. Raises NotFound, Conflict."""
    (rows,) = work.write(_FACTS(id=job_id))
    if not rows:
        raise NotFound(f"Job {job_id} does not exist")
    job = rows[0]
    if job["status"] not in LEAVING or job["vehicle_id"] is None:
        raise Conflict(f"The vehicle of job {job['number']} may not leave yet.", reason="state", status=job["status"])
    bearer = {"name": wish["bearer"] or job["name"], "phone": None if wish["bearer"] else job["phone"]}
    odometer = job["odometer"] if job["odometer_out"] is None else job["odometer_out"]
    vehicle = {name: job[name] for name in ("plate", "vin", "description")} | {"odometer": odometer}
    number = work.next_number("jobs.gate_pass")
    document = issue(
        work,
        "gate_pass",
        {
            "date": work.today(),
            "issued_at": work.now(),
            "valid_until": wish["valid_until"],
            "job_number": job["number"],
            "purpose": wish["purpose"],
            "vehicle": vehicle,
            "bearer": bearer,
            "released_by": work.entry.user_name if work.actor.kind == "user" else work.actor.name,
        },
        number=number,
        subject_type="jobs.job",
        subject_id=job_id,
    )
    identity = uuid7()
    values = {"job_id": job_id, "number": number, "document_id": document.id, "bearer": bearer["name"]}
    _, (made,) = work.write(insert_row(GatePass, identity, values), _ONE(id=identity))
    return made


def gate_passes(work: Work, job_id: UUID, page: int, per_page: int) -> Page:
    """The gate passes of a job, the latest first. Raises NotFound."""
    there, found, counted = work.read(jobs.EXISTS(id=job_id), *_PASSES(page, per_page, id=job_id))
    if not there:
        raise NotFound(f"Job {job_id} does not exist")
    return Page(found, counted[0]["total"])


def document_of(work: Work, job_id: UUID, identity: UUID) -> UUID:
    """The issued document of a gate pass of a job. Raises NotFound."""
    (found,) = work.read(_DOCUMENT(id=identity, job=job_id))
    if not found:
        raise NotFound(f"Gate pass {identity} does not exist")
    document: UUID = found[0]["document_id"]
    return document
