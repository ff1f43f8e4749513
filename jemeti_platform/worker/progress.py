"""How far a long job has come, for whoever waits: written beside the job's own transaction, and seen at once."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, func, select
from sqlalchemy.orm import Mapped, mapped_column

from ..boot import transaction
from ..db.base import TenantKey
from ..db.statement import Bound, Statement

if TYPE_CHECKING:
    from ..work import Work

__all__ = ["JobProgress", "Progress", "progress_of", "write_beside"]

_INTERVAL = 0.5
"""Seconds between two reports: more often nobody looks."""
_SAY = Statement(
    "INSERT INTO job_progress (subject_id, done, total) VALUES (%(subject)s, %(done)s, %(total)s)"
    " ON CONFLICT (tenant_id, subject_id) DO UPDATE SET done = excluded.done, total = excluded.total"
)


class JobProgress(TenantKey):
    """``done`` of ``total`` steps of the job that works on ``subject_id``; 0 of 0 before anything is known."""

    __tablename__ = "job_progress"
    __shape__ = (CheckConstraint("done >= 0 AND total >= 0", name="counts"),)

    subject_id: Mapped[UUID] = mapped_column(primary_key=True)
    done: Mapped[int] = mapped_column(BigInteger)
    total: Mapped[int] = mapped_column(BigInteger)


def write_beside(work: Work, *statements: Bound) -> None:
    """Write in a transaction of its own, seen by everybody at once, whatever becomes of the work's."""
    with transaction() as manager:
        type(work)(work.platform, work.tenant_id, work.actor, manager).write(*statements)


def progress_of(subject_id: Any, column: str) -> Any:
    """``done`` or ``total`` of the job of a record, as a column for ``Resource(computed=…)``."""
    asked = select(JobProgress.__table__.c[column]).where(JobProgress.subject_id == subject_id)
    return func.coalesce(asked.scalar_subquery(), 0)


class Progress:
    """Call it as often as you like with ``done``: it writes at most twice a second."""

    def __init__(self, work: Work, subject_id: UUID, total: int) -> None:
        self._work, self._subject_id, self.total = work, subject_id, total
        self._last = 0.0

    def __call__(self, done: int, *, at_once: bool = False) -> bool:
        """Say that ``done`` of ``total`` are done; returns whether that was written, or was not worth it yet."""
        if not at_once and time.monotonic() - self._last < _INTERVAL:
            return False
        write_beside(self._work, _SAY(subject=self._subject_id, done=done, total=max(done, self.total)))
        self._last = time.monotonic()
        return True
