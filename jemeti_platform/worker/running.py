"""One job, run: inside its workspace, in one transaction, with its effects in the database exactly once.

The queue marks a job as done in another transaction than the task's: a worker that is killed between the two leaves a
job that has run and will be fetched again. Hence ``job_runs``, written with the task's own effects.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..boot import transaction
from ..db.statement import Statement
from ..db.transaction import is_retryable
from ..errors import Unauthorized
from ..work import Actor, Work
from .tasks import Task

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["Job", "Outcome", "PutOff", "run"]

_TRIES = 3
"""How often a task is begun anew at once when the database undoes it for another transaction's sake."""

# A workspace that is not active has not been entered by the statement before, and its tables take no row.
_CLAIM = Statement(
    "INSERT INTO job_runs (job_id) SELECT %(job)s::bigint WHERE jemeti.current_tenant() IS NOT NULL"
    " ON CONFLICT DO NOTHING RETURNING job_id"
)


class Outcome(Enum):
    """What became of a job that did not fail."""

    DONE = "done"
    ALREADY_DONE = "already done"
    DROPPED = "dropped"


class PutOff(Exception):
    """The job is to be tried later, ``until`` a moment where one is known, and this was no failure.

    The workspace or the plugin rests for now, or a late task has asked for another time.
    """

    def __init__(self, why: str, until: datetime | None = None) -> None:
        super().__init__(why)
        self.until = until


@dataclass(frozen=True, slots=True)
class Job:
    """A job as the queue has it; ``attempts`` are the tries that have failed."""

    id: int
    task: str
    tenant_id: UUID
    args: Mapping[str, Any]
    attempts: int = 0

    @classmethod
    def from_queue(cls, id: int, task: str, args: Mapping[str, Any], attempts: int) -> Job:
        """The job of a row of the queue. Raises KeyError for one that names no workspace."""
        return cls(id, task, UUID(args["tenant_id"]), args["args"], attempts)


def run(platform: Platform, job: Job) -> Outcome:
    """Run a job's task and commit. Raises PutOff, LookupError for an unknown task, and whatever the task raises.

    A job of a workspace that is closed, or whose plugin has been switched off there, is dropped; while the workspace
    is suspended, a kill switch pauses the plugin, or it has been skipped when the platform started, it is put off.
    """
    task = platform.tasks.get(job.task)
    plugin = job.task.partition(".")[0]
    if task is None and plugin in platform.failed_plugins:
        raise PutOff(f"The plugin {plugin} has not started.")
    if task is None:
        raise LookupError(f"no installed plugin declares the task {job.task!r}")
    for left in reversed(range(_TRIES)):
        try:
            return _run_once(platform, task, job)
        except Exception as error:
            if not left or not is_retryable(error):
                raise
    raise AssertionError("unreachable")


def _run_once(platform: Platform, task: Task, job: Job) -> Outcome:
    with transaction() as manager:
        work = Work(platform, job.tenant_id, Actor("system", task.name), manager, request_id=f"job-{job.id}")
        try:
            begun = _begin(work, task, job)
        except Unauthorized as shut:
            if work.is_confirmed and work.entry.status == "suspended":
                raise PutOff(f"The workspace {work.entry.slug} is suspended.") from shut
            return Outcome.DROPPED
        if not begun:
            return Outcome.ALREADY_DONE
        if task.plugin in platform.manifests and task.plugin not in work.enabled_plugins:
            if _is_paused(platform, task.plugin, work):
                raise PutOff(f"The plugin {task.plugin} is paused by a kill switch.")
            return Outcome.DROPPED
        kind = "periodic" if task.name in platform.periodics else "task"
        with platform.faults.of(task.plugin, kind, task.name, job=job.id, workspace=str(job.tenant_id)):
            answer = task.call(work, job.args)
    if task.late and answer is not None:
        raise PutOff(f"The task {task.name} has asked for another time.", answer)
    return Outcome.DONE


def _begin(work: Work, task: Task, job: Job) -> bool:
    """Enter the workspace and claim the job; False for one that has been done. Raises Unauthorized."""
    if task.late:
        work.confirm()
        return True
    (claimed,) = work.open(_CLAIM(job=job.id))
    return bool(claimed)


def _is_paused(platform: Platform, plugin: str, work: Work) -> bool:
    switched = work.state.facts.kill_switches
    return any(
        feature.slug in switched or feature.parent in switched for feature in platform.manifests[plugin].features
    )
