"""What the guards of a job's life want, done by SQL where another plugin's part of it is what is wanted."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api
from plugins.jobs import jobs

_APPROVE = Statement(
    "INSERT INTO jobs_lines (id, job_id, description, approval, status)"
    " VALUES (gen_random_uuid(), %(id)s, 'Brake pads', 'approved', 'open')"
)
_DONE = Statement("UPDATE jobs_lines SET status = 'done' WHERE job_id = %(id)s")
_PASSED = Statement("UPDATE jobs_checks SET result = 'passed' WHERE job_id = %(id)s")


def prepare(api: Api, job_id: str, action: str) -> None:
    """Do to a job what the guards of ``action`` want."""
    assert api.workspace is not None
    identity = UUID(job_id)
    if action == "intake":
        read = {"odometer_in": 54_000, "odometer_out": None}
        api.patch(f"/v1/jobs/{job_id}", {"vehicle_id": a_vehicle(api, job_id), **read})
    with api.workspace.work() as work:
        match action:
            case "quote":
                jobs.quotation_sent(work, identity)
            case "approve":
                work.write(_APPROVE(id=identity))
            case "finish":
                work.write(_DONE(id=identity))
            case "release":
                work.write(_PASSED(id=identity))
    if action == "deliver":  # an invoice of nothing: there is nothing to pay
        api.post(f"/v1/jobs/{job_id}/invoices", {}, expect=201)


def a_vehicle(api: Api, job_id: str) -> str:
    """The job's vehicle, or a new one of its customer."""
    job = api.get(f"/v1/jobs/{job_id}").data
    if job["vehicle_id"] is not None:
        return str(job["vehicle_id"])
    body = {"customer_id": job["customer_id"], "plate": f"GA-{job['number'][-5:]}"}
    made = api.post("/v1/vehicles/customer", body, expect=201)
    return str(made.data["id"])
