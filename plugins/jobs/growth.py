"""Work begun beyond what the customer approved is accepted within the workspace's tolerance, and refused beyond it.

What is accepted counts for the job and is invoiced; the approval record says that nobody was asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.work import Work

from . import approvals, jobs, totals
from .contract import WorkFinished
from .growth_figures import READ, Growth, growth_of

__all__ = ["accept", "accept_begun", "accept_what_is_finished", "acceptable", "require"]

TOLERANCE = "tolerance"
"""The channel of an approval by which nobody was asked."""

_FIELDS = (
    "id, description, quantity, unit_price, discount_percent, discount_amount, tax_rate_id, tax_rate,"
    " insurance_percent, total"
)
_SET = (
    "SET approval = 'approved', within_tolerance = true, version = version + 1, updated_at = now()"
    " WHERE job_id = %(job)s AND approval = 'proposed' AND id = ANY(%(ids)s)"
)
_ACCEPT_LINES = Statement(f"UPDATE jobs_lines {_SET} RETURNING {_FIELDS}")
_ACCEPT_PARTS = Statement(f"UPDATE jobs_parts {_SET} RETURNING {_FIELDS}")


def accept_what_is_finished(work: Work, event: WorkFinished) -> None:
    """Accept, when the work of a job is finished, what was begun within the tolerance: nobody does it later."""
    job = jobs.locked(work, event.job_id)
    ((row,),) = work.write(READ(id=event.job_id))
    accept_begun(work, job, growth_of(row))


def accept_begun(work: Work, job: Row, growth: Growth) -> bool:
    """Accept what is begun of a locked job and not approved, and return whether there is any.

    Raises Conflict, with the reason ``growth``, for more than the tolerance.
    """
    begun = acceptable(growth)
    if begun:
        accept(work, job, begun)
    return bool(begun)


def acceptable(growth: Growth) -> list[UUID]:
    """The ids of what is begun of a job, not approved, and within the tolerance. Raises Conflict (``growth``)."""
    if growth.begun:
        _refuse(growth, growth.begun)
    return [UUID(str(row["id"])) for row in growth.begun]


def require(work: Work, job: Row, record: Row) -> None:
    """Have a proposed line or part of a locked job accepted, because it is begun now.

    Raises Conflict, with the reason ``growth``, where it is more than the tolerance.
    """
    ((row,),) = work.write(READ(id=job["id"]))
    growth = growth_of(row)
    found = [{name: record[name] for name in ("id", "description", "total")}]
    others = [one for one in growth.begun if str(one["id"]) != str(record["id"])]
    _refuse(growth, [*others, *found])
    accept(work, job, [record["id"]])


def accept(work: Work, job: Row, ids: Sequence[UUID]) -> None:
    """Accept proposed work of a locked job without asking, write down that nobody was, and reckon the job anew."""
    lines, parts = work.write(_ACCEPT_LINES(job=job["id"], ids=list(ids)), _ACCEPT_PARTS(job=job["id"], ids=list(ids)))
    agreed = [*lines, *parts]
    approvals.write(
        work,
        job["id"],
        subject=("job", job["id"], 1),
        content=agreed,
        decisions=[{"line_id": row["id"], "decision": "approved"} for row in agreed],
        name="Nobody: within the tolerance",
        channel=TOLERANCE,
    )
    totals.reckon(work, job)


def _refuse(growth: Growth, more: Sequence[Mapping[str, Any]]) -> None:
    if not growth.fits(more):
        shown: list[dict[str, Any]] = [dict(row) for row in more]
        raise Conflict(f"{growth.words(more)}.", reason="growth", allowed=growth.allowed, work=shown)
