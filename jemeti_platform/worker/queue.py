"""The queue, asked directly: jobs fetched, finished and put back by statements, without a worker process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from procrastinate.sql import queries
from psycopg.rows import dict_row

from ..db.pipeline import checkout
from .running import Job

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["SEARCH_PATH", "Queue", "open_queue"]

SEARCH_PATH = "procrastinate, pg_catalog, pg_temp"

_PATH = "SELECT set_config('search_path', %s, false)"
_DUE = (
    "UPDATE procrastinate_jobs SET scheduled_at = NULL"
    " WHERE status = 'todo' AND scheduled_at > now() AND scheduled_at <= now() + %(ahead)s"
)
_FORGET = (
    "UPDATE procrastinate_jobs SET status = 'cancelled' WHERE status = 'todo' AND id IN"
    " (SELECT job_id FROM procrastinate_events WHERE type = 'deferred' AND at < %(before)s)"
)


class Queue:
    """One connection to the queue, in transactions of one statement each; registered there as a worker."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection
        self._id = self._one(queries["register_worker"])["worker_id"]

    def fetch(self, queues: Sequence[str] | None = None) -> Job | None:
        """The next job that is due, of these queues or of any, now this worker's."""
        named = None if queues is None else [*queues]
        row = self._one(queries["fetch_job"], queues=named, worker_id=self._id)
        if row["id"] is None:
            return None
        return Job.from_queue(row["id"], row["task_name"], row["args"], row["attempts"])

    def finish(self, job: Job, status: str) -> None:
        """Mark a job as ``succeeded`` or ``failed``."""
        self._one(queries["finish_job"], job_id=job.id, status=status, delete_job=False)

    def put_back(self, job: Job, at: datetime) -> None:
        """Let a job be fetched again, at ``at`` or later."""
        self._one(
            queries["retry_job"], job_id=job.id, retry_at=at, new_priority=None, new_queue_name=None, new_lock=None
        )

    def bring_forward(self, ahead: timedelta) -> None:
        """Make the jobs due now that would be within ``ahead``."""
        self._connection.execute(_DUE, {"ahead": ahead})

    def forget(self, before: datetime) -> None:
        """Cancel what waits since before a moment."""
        self._connection.execute(_FORGET, {"before": before})

    def close(self) -> None:
        """Take this worker off the list."""
        self._one(queries["unregister_worker"], worker_id=self._id)

    def _one(self, query: str, **params: Any) -> Any:
        with self._connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(query, params).fetchone()


@contextmanager
def open_queue(platform: Platform) -> Iterator[Queue]:
    """The queue over a connection of the platform's pool; the connection is given back as it was."""
    pooled, connection = checkout(platform.engines["platform"])
    try:
        (before,) = connection.execute("SHOW search_path").fetchone()  # type: ignore[misc]  # SHOW has a row
        connection.execute(_PATH, [SEARCH_PATH])
        queue = Queue(connection)
        yield queue
        queue.close()
        connection.execute(_PATH, [before])
    except BaseException:
        pooled.invalidate()
        raise
    finally:
        pooled.close()
