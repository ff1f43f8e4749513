"""Which jobs have had their effect: what makes it one, whatever becomes of the worker."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import BigInteger, func
from sqlalchemy.orm import Mapped, mapped_column

from ..db.base import TenantKey
from ..db.shape import Indexed

__all__ = ["JobRun"]


class JobRun(TenantKey):
    """A job of the queue whose task has been committed. Written in the task's own transaction."""

    __tablename__ = "job_runs"
    __shape__ = (Indexed("ran_at"),)

    job_id: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    ran_at: Mapped[datetime] = mapped_column(server_default=func.now())
