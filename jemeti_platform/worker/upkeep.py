"""What keeps the queue in order: jobs of workers that died are given out again, finished ones are deleted in time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import structlog
from psycopg import Error

if TYPE_CHECKING:
    from procrastinate import App

    from ..work import Work

__all__ = ["forget_runs", "keep_in_order", "rescue"]

log = structlog.get_logger("jemeti.worker")

DAYS_DONE = 3
DAYS_FAILED = 30
DAYS_RUNS = 90
"""How long it is remembered that a job has run: longer than any job is kept."""
_BATCH = 5000

# A job that nobody has any more: its worker has said nothing for a while, or was struck off the list.
_RESCUE = """
UPDATE procrastinate_jobs j SET status = 'todo', worker_id = NULL, abort_requested = false
 WHERE j.status = 'doing'
   AND NOT EXISTS (SELECT FROM procrastinate_workers w
                    WHERE w.id = j.worker_id AND w.last_heartbeat >= now() - make_interval(secs => %(seconds)s))
RETURNING j.id, j.task_name
"""
_DELETE = """
WITH old AS (
    SELECT j.id FROM procrastinate_jobs j
     WHERE j.status = ANY (%(statuses)s::procrastinate_job_status[])
       AND NOT EXISTS (SELECT FROM procrastinate_events e
                        WHERE e.job_id = j.id AND e.at > now() - make_interval(days => %(days)s))
     LIMIT %(batch)s)
DELETE FROM procrastinate_jobs USING old WHERE procrastinate_jobs.id = old.id RETURNING 1 AS one
"""
_FORGET = "DELETE FROM job_runs WHERE ran_at < now() - make_interval(days => %(days)s)"


async def keep_in_order(app: App, *, silent: float) -> None:
    """Do both for as long as the worker lives; ``silent`` are the seconds after which a worker counts as dead."""
    turn = 0
    while True:
        try:
            await rescue(app, silent)
            if turn % 360 == 0:
                await _delete(app, ["succeeded", "cancelled", "aborted"], DAYS_DONE)
                await _delete(app, ["failed"], DAYS_FAILED)
        except Error as error:  # the worker itself notices when the database is away for long
            log.warning("the queue could not be kept in order", error=type(error).__name__)
        turn += 1
        await asyncio.sleep(min(silent / 3, 10))


async def rescue(app: App, silent: float) -> None:
    """Give out again what workers had that have been silent for so many seconds."""
    for row in await app.connector.execute_query_all_async(_RESCUE, seconds=silent):
        log.warning("job of a dead worker taken up again", job=row["id"], task=row["task_name"])


async def _delete(app: App, statuses: list[str], days: int) -> None:
    gone: list[Any] = [None]
    while gone:
        gone = await app.connector.execute_query_all_async(_DELETE, statuses=statuses, days=days, batch=_BATCH)


def forget_runs(work: Work) -> None:
    """Forget that jobs have run which nobody can run again."""
    from ..db.statement import Bound

    work.queue(Bound(_FORGET, {"days": DAYS_RUNS}))
