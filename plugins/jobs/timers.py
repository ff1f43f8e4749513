"""Clocks: when a mechanic works on which line. Of each mechanic one runs, which the database sees to."""

from __future__ import annotations

from uuid import UUID

import psycopg

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.work import Work

from . import growth, jobs
from .contract import TimerStarted, TimerStopped

__all__ = ["start", "stop", "timers"]

_LINE = Statement(
    "SELECT id, description, total, status, approval FROM jobs_lines WHERE id = %(line)s AND job_id = %(job)s"
    " FOR UPDATE"
)
_RUNNING = Statement(
    "SELECT t.line_id, l.description, j.number FROM jobs_timers t"
    " JOIN jobs_lines l ON l.tenant_id = t.tenant_id AND l.id = t.line_id"
    " JOIN jobs_jobs j ON j.tenant_id = t.tenant_id AND j.id = t.job_id"
    " WHERE t.mechanic_id = %(mechanic)s AND t.stopped_at IS NULL"
)
_START = Statement(
    "INSERT INTO jobs_timers (id, job_id, line_id, mechanic_id, started_at)"
    " SELECT %(id)s, %(job)s, %(line)s, u.id, clock_timestamp() FROM users u"
    " WHERE u.id = %(mechanic)s AND u.status <> 'disabled' RETURNING id"
)
_BEGUN = Statement(
    "UPDATE jobs_lines SET status = 'in_progress', mechanic_id = coalesce(mechanic_id, %(mechanic)s),"
    " version = version + 1, updated_at = now() WHERE id = %(line)s AND status = 'open'"
)
_STOP = Statement(
    "UPDATE jobs_timers SET stopped_at = clock_timestamp(), version = version + 1, updated_at = now()"
    " WHERE line_id = %(line)s AND mechanic_id = %(mechanic)s AND stopped_at IS NULL"
    " RETURNING id, floor(extract(epoch FROM stopped_at - started_at))::int AS seconds"
)
_TIMERS = Paged(
    "SELECT t.id, t.line_id, t.mechanic_id, u.name AS mechanic, t.started_at, t.stopped_at,"
    " floor(extract(epoch FROM t.stopped_at - t.started_at))::int AS seconds"
    " FROM jobs_timers t JOIN users u ON u.tenant_id = t.tenant_id AND u.id = t.mechanic_id WHERE t.job_id = %(id)s",
    "started_at DESC, id DESC",
)


def start(work: Work, job_id: UUID, line_id: UUID, mechanic_id: UUID | None) -> None:
    """Start a mechanic's clock on a line of a job that is in progress: one's own, or for the office anybody's.

    Work that is not approved may be begun within the tolerance. Raises NotFound, Conflict (``timer_running``) where one
    runs already and (``growth``) for more than the tolerance, Invalid. Emits TimerStarted.
    """
    job = jobs.locked(work, job_id, ("in_progress",))
    mechanic = _whose(work, mechanic_id)
    rows, running = work.write(_LINE(line=line_id, job=job_id), _RUNNING(mechanic=mechanic))
    if not rows:
        raise NotFound(f"Line {line_id} does not exist")
    if rows[0]["status"] in ("done", "cancelled"):
        raise Conflict(f"This line is {rows[0]['status']}.", reason="state")
    if running:
        raise _is_running(f"It runs on {running[0]['description']!r} of job {running[0]['number']}; stop it first.")
    if rows[0]["approval"] != "approved":
        growth.require(work, job, rows[0])
    identity = uuid7()
    try:
        (started,) = work.write(_START(id=identity, job=job_id, line=line_id, mechanic=mechanic))
    except psycopg.errors.UniqueViolation:
        raise _is_running("It has just been started elsewhere.") from None
    if not started:
        raise Invalid([{"field": "mechanic_id", "message": "There is no such user, or they are disabled"}])
    work.queue(_BEGUN(line=line_id, mechanic=mechanic))
    work.emit(TimerStarted(identity, job_id, line_id, mechanic))


def stop(work: Work, job_id: UUID, line_id: UUID, mechanic_id: UUID | None) -> None:
    """Stop a mechanic's clock on a line: one's own, or for the office anybody's.

    Raises NotFound, Conflict (``timer_stopped``) where none runs. Emits TimerStopped.
    """
    jobs.locked(work, job_id)
    mechanic = _whose(work, mechanic_id)
    rows, stopped = work.write(_LINE(line=line_id, job=job_id), _STOP(line=line_id, mechanic=mechanic))
    if not rows:
        raise NotFound(f"Line {line_id} does not exist")
    if not stopped:
        raise Conflict("No clock of this mechanic runs on this line.", reason="timer_stopped")
    work.emit(TimerStopped(stopped[0]["id"], job_id, line_id, mechanic, stopped[0]["seconds"]))


def timers(work: Work, job_id: UUID, page: int, per_page: int) -> Page:
    """The clocks of a job, the latest first. Raises NotFound."""
    there, found, counted = work.read(jobs.EXISTS(id=job_id), *_TIMERS(page, per_page, id=job_id))
    if not there:
        raise NotFound(f"Job {job_id} does not exist")
    return Page(found, counted[0]["total"])


def _whose(work: Work, mechanic_id: UUID | None) -> UUID:
    own = work.actor.id if work.actor.kind == "user" else None
    if mechanic_id is None:
        if own is None:
            raise Invalid([{"field": "mechanic_id", "message": "Required: a program has no clock of its own"}])
        return own
    if mechanic_id != own:
        work.require_permission("jobs.core:write")
    return mechanic_id


def _is_running(sentence: str) -> Conflict:
    return Conflict(f"A clock of this mechanic runs already. {sentence}", reason="timer_running")
