"""What runs by the clock: one job for each active workspace that has the plugin, put into the queue when it is time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog
from procrastinate.periodic import PeriodicTask

from ..db.pipeline import read_once
from ..db.statement import Statement

if TYPE_CHECKING:
    from procrastinate import App

    from ..platform import Platform
    from .running import Job

__all__ = ["Periodic", "begin", "check", "register", "uncount"]

log = structlog.get_logger("jemeti.worker")

# One that still waits is not joined by another, however long nobody worked.
_BEGIN = Statement(
    "INSERT INTO procrastinate.procrastinate_jobs (queue_name, task_name, queueing_lock, args)"
    " SELECT %(queue)s::text, %(name)s::text, t.id || ':periodic:' || %(name)s::text,"
    "        jsonb_build_object('tenant_id', t.id, 'args', '{}'::jsonb)"
    "   FROM tenants t WHERE t.status = 'active' AND (%(plugin)s::text IS NULL OR t.plugins ? %(plugin)s::text)"
    " ON CONFLICT (queueing_lock) WHERE status = 'todo' DO NOTHING RETURNING id"
)
_PATH = Statement("SELECT set_config('search_path', 'procrastinate, public, pg_temp', true)")()
_UNCOUNT = Statement("UPDATE procrastinate.procrastinate_jobs SET attempts = attempts - 1 WHERE id = %(job)s")


@dataclass(frozen=True, slots=True)
class Periodic:
    """A task that runs by the clock. ``cron`` is read in UTC."""

    name: str
    cron: str
    plugin: str | None


def check(cron: str) -> str:
    """The cron expression. Raises ValueError for what is none of five fields."""
    try:
        _ = PeriodicTask(task=None, cron=cron, periodic_id="", configure_kwargs={}).croniter  # type: ignore[arg-type]  # only read
    except ValueError:
        fields = 0
    else:
        fields = len(cron.split())
    if fields != 5:
        raise ValueError(f"{cron!r} is no cron expression of five fields, like '0 3 * * *' for three at night, UTC")
    return cron


def begin(platform: Platform, name: str) -> int:
    """Put the jobs of a schedule into the queue as if it were time; returns how many."""
    periodic = platform.periodics[name]
    queue = platform.tasks[name].queue
    _, made = read_once(platform.engines["platform"], [_PATH, _BEGIN(name=name, plugin=periodic.plugin, queue=queue)])
    return len(made)


def register(app: App, platform: Platform) -> None:
    """Have the worker begin every schedule when it is time; of several workers one does."""

    def start(timestamp: int, schedule: str) -> None:
        if schedule in platform.periodics:  # else of a version that has gone
            log.info("schedule", schedule=schedule, jobs=begin(platform, schedule))

    task = app.task(name="kernel.schedule", retry=10)(start)
    for name, periodic in platform.periodics.items():
        app.periodic_registry.register_task(
            task=task,
            cron=periodic.cron,
            periodic_id=name,
            configure_kwargs={"task_kwargs": {"schedule": name}, "queueing_lock": f"kernel.schedule:{name}"},
        )


def uncount(platform: Platform, job: Job) -> None:
    """Let the try that is just ending not count: it was none."""
    read_once(platform.engines["platform"], [_UNCOUNT(job=job.id)])
