"""``/platform/jobs``: what waits in the queue, what is at work, what failed; a failed job given back."""

from __future__ import annotations

from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.dialects.postgresql import ARRAY

from ...db.statement import Statement
from ...errors import Conflict, NotFound
from ...rest.filters import Comparison, Several
from ...rest.record_schema import column_schema
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from ...tenancy.models import Tenant
from ...types import OneOf
from ...worker.overview import GIVE_BACK, INTO_THE_QUEUE, JOBS, STATUSES
from ..lists import PlatformList
from ..work import PlatformWork

__all__ = ["includeme"]

_STATUS = bindparam("f_status", type_=ARRAY(JOBS.c.status.type))
LIST = PlatformList(
    JOBS,
    name="jobs",
    computed={"tenant": select(Tenant.slug).where(Tenant.id == JOBS.c.tenant_id).scalar_subquery()},
    filters=("task", "queue", "tenant_id"),
    extra=(
        Comparison("status", Several(OneOf(STATUSES)), JOBS.c.status == _STATUS.any_(), "Only jobs in these states"),
    ),
    sort=("id",),
    default_sort="-id",
)
_ONE = Statement(LIST.representation.select(LIST.representation.names, ()).where(JOBS.c.id == bindparam("job")))

JOB: dict[str, Any] = {
    "type": "object",
    "title": "Job",
    "properties": {
        **{str(column.name): column_schema(column) for column in JOBS.columns},
        "status": {"type": "string", "enum": list(STATUSES), "examples": ["failed"]},
        "tenant": {"type": ["string", "null"], "description": "The workspace's slug", "examples": ["demo"]},
    },
}

many = Service("platform.jobs", "/platform/jobs", ALWAYS, "The queue", prefix="", realm="platform", tag="platform.jobs")
again = Service(
    "platform.jobs.retry",
    "/platform/jobs/{job}/retry",
    ALWAYS,
    "A failed job, once more",
    prefix="",
    realm="platform",
    tag="platform.jobs",
)


@many.get(permission=AUTHENTICATED, query=LIST.schema, answer=JOB, many=True)
def list_jobs(request: Any) -> Any:
    """Every job that is kept, newest first: done ones for three days, failed ones for thirty."""
    return LIST.answer(request)


@again.post(permission=AUTHENTICATED, answer=JOB, errors=(404, 409))
def retry_job(request: Any) -> Any:
    """Put a failed job back into the queue, with all its tries before it."""
    work: PlatformWork = request.work
    text = request.matchdict["job"]
    if not (text.isascii() and text.isdecimal() and len(text) < 19):
        raise NotFound(f"There is no job {text[:40]!r}")
    identity = int(text)
    _, given_back, found = work.write(INTO_THE_QUEUE, GIVE_BACK(id=identity), _ONE(job=identity))
    if not found:
        raise NotFound(f"There is no job {identity}")
    job = found[0]
    if not given_back:
        raise Conflict(
            "Another job waits under the same lock."
            if job["status"] == "failed"
            else f"Only a failed job can be given back, and this one is {job['status']}.",
            reason="state",
            status=job["status"],
        )
    work.log("job.retried", f"{job['task']} {identity}", tenant_id=job["tenant_id"], after={"status": "todo"})
    return job


def includeme(config: Any) -> None:
    for service in (many, again):
        config.add_service(service)
