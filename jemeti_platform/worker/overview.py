"""The queue as those who run the platform see it: how many wait and how long, which failed, and failed ones given back.

A job's arguments are the workspace's own business and are shown to nobody.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, DateTime, Integer, MetaData, Table, Text, Uuid

from ..db.statement import Bound, Statement

__all__ = ["ERASE", "FIGURES", "GIVE_BACK", "INTO_THE_QUEUE", "JOBS", "STATUSES"]

STATUSES = ("todo", "doing", "succeeded", "failed", "cancelled", "aborted")

JOBS = Table(
    "job_overview",
    MetaData(schema="procrastinate"),
    Column("id", BigInteger, primary_key=True),
    Column("task", Text, nullable=False),
    Column("queue", Text, nullable=False),
    Column("tenant_id", Uuid),
    Column("status", Text, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", DateTime(timezone=True)),
    Column("deferred_at", DateTime(timezone=True)),
    Column("changed_at", DateTime(timezone=True)),
)
"""A view that the kernel's migration makes."""

INTO_THE_QUEUE: Bound = Statement("SELECT set_config('search_path', 'public, procrastinate, pg_temp', true)")()
"""For the rest of the transaction the triggers of the queue's tables find each other."""

# Only if no other waits under the same lock. Its tries are counted from the beginning.
GIVE_BACK = Statement(
    "UPDATE procrastinate.procrastinate_jobs j SET status = 'todo', attempts = 0, scheduled_at = NULL, worker_id = NULL"
    " WHERE j.id = %(id)s AND j.status = 'failed'"
    " AND NOT EXISTS (SELECT FROM procrastinate.procrastinate_jobs o"
    "                  WHERE o.queueing_lock = j.queueing_lock AND o.status = 'todo') RETURNING j.id"
)
ERASE = Statement("DELETE FROM procrastinate.procrastinate_jobs WHERE args ->> 'tenant_id' = %(tenant)s::text")

FIGURES: Bound = Statement(
    "SELECT count(*) FILTER (WHERE status = 'todo' AND due) AS waiting, count(*) FILTER (WHERE NOT due) AS scheduled,"
    " count(*) FILTER (WHERE status = 'doing') AS running, count(*) FILTER (WHERE status = 'failed') AS failed,"
    " coalesce(extract(epoch FROM now() - min(coalesce(scheduled_at, ("
    "     SELECT max(e.at) FROM procrastinate.procrastinate_events e WHERE e.job_id = job.id)))"
    "     FILTER (WHERE status = 'todo' AND due)), 0)::float AS oldest,"
    " (SELECT count(*) FROM procrastinate.procrastinate_workers w"
    "   WHERE w.last_heartbeat > now() - interval '1 minute') AS workers"
    " FROM (SELECT *, coalesce(scheduled_at, now()) <= now() AS due FROM procrastinate.procrastinate_jobs"
    "        WHERE status IN ('todo', 'doing', 'failed')) AS job"
)()
