"""What the workspace's search and dashboard show of jobs."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.overview import Figure, Figures, Source

from .lifecycle import OPEN

__all__ = ["dashboard", "search"]

_JOBS = Statement(
    "SELECT j.id, concat_ws(' · ', j.number, v.plate) AS title, c.name AS subtitle, found.rank"
    " FROM jemeti.search('jobs_jobs', %(q)s, %(limit)s) AS found JOIN jobs_jobs j USING (id)"
    " JOIN crm_customers c ON c.tenant_id = j.tenant_id AND c.id = j.customer_id"
    " LEFT JOIN crm_vehicles v ON v.tenant_id = j.tenant_id AND v.id = j.vehicle_id"
    " ORDER BY found.rank DESC, j.number DESC, j.id"
)
_COUNTS = Statement(
    'SELECT count(*) AS "jobs.open", count(*) FILTER (WHERE j.status = \'in_progress\') AS "jobs.in_progress",'
    " count(*) FILTER (WHERE (j.promised_at AT TIME ZONE w.timezone)::date = (now() AT TIME ZONE w.timezone)::date)"
    ' AS "jobs.promised_today", count(*) FILTER (WHERE j.promised_at < now()) AS "jobs.late"'
    " FROM workspaces w JOIN jobs_jobs j ON j.tenant_id = w.tenant_id AND j.status = ANY(%(states)s)"
)
_READ = "jobs.core:read"


def search(q: str, limit: int) -> list[Source]:
    """Jobs, by number, concern, customer and vehicle."""
    return [Source("jobs.jobs", "job", "/v1/jobs", _READ, _JOBS(q=q, limit=limit))]


def dashboard() -> list[Figures]:
    """How many jobs are open, in progress, promised for today, and late."""
    return [
        Figures(
            _COUNTS(states=list(OPEN)),
            (
                Figure("jobs.open", "Open jobs", _READ, f"/v1/jobs?status={','.join(OPEN)}"),
                Figure("jobs.in_progress", "Jobs in progress", _READ, "/v1/jobs?status=in_progress"),
                Figure("jobs.promised_today", "Jobs promised for today", _READ, "/v1/jobs/board"),
                Figure("jobs.late", "Jobs that are late", _READ, "/v1/jobs/board"),
            ),
        )
    ]
