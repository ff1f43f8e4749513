"""The port for whoever inspects vehicles: a job whose vehicle is being looked at says so."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work

from . import jobs

__all__ = ["Inspected"]


class Inspected:
    """The provider of ``InspectedJobs``."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def begin(self, job_id: UUID, *, note: str) -> None:
        """Move a job that was taken in on to ``dvi``. Before that, and later on, an inspection moves nothing."""
        if jobs.locked(self.work, job_id)["status"] == "intake":
            move(self.work, "jobs.job", job_id, "inspect", note=note)
