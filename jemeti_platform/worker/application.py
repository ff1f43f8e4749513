"""The queue's application: procrastinate over our tasks, with a connection of the platform role's.

Procrastinate fetches, locks, retries and schedules; what a job does is run by ``running``. Its own log lines show
arguments, which may be people's data: they are left out, and ours tell of every job.
"""

from __future__ import annotations

import logging
import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import structlog
from procrastinate import App, BaseRetryStrategy, JobContext, PsycopgConnector, RetryDecision
from procrastinate.jobs import Job as QueuedJob
from psycopg import AsyncConnection

from ..db.engine import libpq
from ..plugin_faults import blamed_on
from . import schedule
from .queue import SEARCH_PATH
from .running import Job, PutOff, run
from .tasks import PAUSES, pause

if TYPE_CHECKING:
    from ..platform import Platform

__all__ = ["PUT_OFF", "make_app"]

log = structlog.get_logger("jemeti.worker")

PUT_OFF = timedelta(minutes=10)
"""How long a job rests while its workspace is suspended or its plugin paused."""

_UNKNOWN_ATTEMPTS = 5
"""How often a job of an unknown task is looked at: a newer version that knows it may be on its way."""

_MISSED = 25 * 3600
"""Seconds after which what a schedule should have begun is left out: a nightly job is made up for in the morning."""


def make_app(platform: Platform) -> App:
    """The application of one worker process; every declared task and schedule is in it."""
    for name in ("procrastinate.worker", "procrastinate.periodic", "procrastinate.job_manager"):
        logging.getLogger(name).setLevel(logging.CRITICAL)
    logging.getLogger("procrastinate").setLevel(logging.WARNING)
    connector = PsycopgConnector(
        conninfo=libpq(platform.settings["jemeti.platform_url"]),
        kwargs={"application_name": "jemeti_worker", "prepare_threshold": None, "connect_timeout": 5},
        min_size=1,
        max_size=4,
        configure=_into_the_queue,
    )
    app = App(connector=connector, periodic_defaults={"max_delay": _MISSED})
    known = _Tasks(app, platform)
    for name in platform.tasks:
        known.add(name)
    app.tasks = known
    schedule.register(app, platform)
    return app


async def _into_the_queue(connection: AsyncConnection[Any]) -> None:
    await connection.set_autocommit(True)
    await connection.execute("SELECT set_config('search_path', %s, false)", [SEARCH_PATH])


class _Tasks(dict[str, Any]):
    """The tasks of an application; one that nobody has declared is tried later instead of failing at once."""

    def __init__(self, app: App, platform: Platform) -> None:
        super().__init__(app.tasks)
        self._app, self._platform = app, platform

    def get(self, name: str, default: Any = None) -> Any:
        return super().get(name) or self.add(name)

    def add(self, name: str) -> Any:
        platform = self._platform

        def begin(context: JobContext, tenant_id: str, args: dict[str, Any]) -> None:
            _run(platform, context, {"tenant_id": tenant_id, "args": args})

        made = self._app.task(name=name, pass_context=True, retry=_Retry(platform, name))(begin)
        self[name] = made
        return made


def _run(platform: Platform, context: JobContext, args: dict[str, Any]) -> None:
    queued = context.job
    assert queued.id is not None
    job = Job.from_queue(queued.id, queued.task_name, args, queued.attempts)
    task = platform.tasks.get(job.task)
    plugin = task.plugin if task is not None else None
    said = log.bind(task=job.task, plugin=plugin, job=job.id, workspace=str(job.tenant_id))
    begun = time.perf_counter()
    try:
        outcome = run(platform, job)
    except PutOff as reason:
        schedule.uncount(platform, job)
        said.info("job put off", reason=str(reason))
        raise
    except Exception as error:
        said = said.bind(plugin=blamed_on(error) or plugin)
        said.warning("job failed", tried=job.attempts + 1, error=type(error).__name__, exc_info=error)
        raise
    said.info("job", outcome=outcome.value, ms=round((time.perf_counter() - begun) * 1000, 2))


class _Retry(BaseRetryStrategy):
    """When a job of a task is tried again, if at all."""

    def __init__(self, platform: Platform, name: str) -> None:
        self._platform, self._name = platform, name

    def get_retry_decision(self, *, exception: BaseException, job: QueuedJob) -> RetryDecision | None:
        if isinstance(exception, PutOff):
            return RetryDecision(retry_at=exception.until or datetime.now(UTC) + PUT_OFF)
        task = self._platform.tasks.get(self._name)
        tried = job.attempts + 1
        if tried >= (task.attempts if task is not None else _UNKNOWN_ATTEMPTS):
            log.error("job parked as failed", task=self._name, job=job.id, tried=tried)
            return None
        return RetryDecision(retry_at=datetime.now(UTC) + pause(task.pauses if task is not None else PAUSES, tried))
