"""Jobs in tests: run to the end, in this process, so that what fails is seen where it was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from ..worker import schedule
from ..worker.queue import Queue, open_queue
from ..worker.running import Job, PutOff, run
from ..worker.tasks import pause

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["RunJobs"]


class RunJobs:
    """Runs every job that is due and was deferred since the test began, and those that they defer in turn.

    Returns the jobs that ran, in order. What a task raises is raised here, after the job has been marked as failed;
    with ``failing=True`` it is not, and jobs are tried again as the worker would when they are due. ``ahead`` brings
    jobs forward that would be due within that time, once. ``queues`` are the names of those that are looked into, all
    without any.
    """

    def __init__(self, platform: Platform, since: datetime) -> None:
        self._platform = platform
        self._since = since

    def __call__(
        self, *, failing: bool = False, ahead: timedelta | None = None, queues: Sequence[str] | None = None
    ) -> list[Job]:
        ran = []
        with open_queue(self._platform) as queue:
            queue.forget(self._since)
            if ahead is not None:
                queue.bring_forward(ahead)
            while (job := queue.fetch(queues)) is not None:
                with self._settled(queue, job, failing=failing):
                    run(self._platform, job)
                ran.append(job)
        return ran

    def by_the_clock(self, name: str) -> list[Job]:
        """Begin a schedule of ``config.add_periodic`` now, in all workspaces, and run what is due."""
        schedule.begin(self._platform, name)
        return self()

    @contextmanager
    def _settled(self, queue: Queue, job: Job, *, failing: bool) -> Iterator[None]:
        try:
            yield
        except PutOff as off:
            queue.put_back(job, off.until or datetime.now(UTC) + timedelta(hours=1))
        except Exception:
            task = self._platform.tasks.get(job.task)
            if failing and task is not None and job.attempts + 1 < task.attempts:
                queue.put_back(job, datetime.now(UTC) + pause(task.pauses, job.attempts + 1))
            else:
                queue.finish(job, "failed")
            if not failing:
                raise
        else:
            queue.finish(job, "succeeded")
