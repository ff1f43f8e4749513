"""Declined work: kept for the vehicle, until it is taken up again or given up."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.work import Work

from .models import DeclinedWork

__all__ = ["change", "keep", "take_up"]

_OWNER = Statement("SELECT customer_id FROM crm_vehicles WHERE id = %(id)s")
_STATUS = Statement("SELECT status FROM jobs_declined_work WHERE id = %(id)s FOR UPDATE")
_TAKE_UP = Statement(
    "UPDATE jobs_declined_work SET status = 'taken_up', taken_up_job_id = %(job)s, version = version + 1,"
    " updated_at = now() WHERE id = ANY(%(ids)s) AND status <> 'taken_up' RETURNING id"
)


def keep(work: Work, values: dict[str, Any]) -> UUID:
    """Keep work that the owner of a vehicle did not want; returns its id. Raises Invalid for an unknown vehicle."""
    (rows,) = work.write(_OWNER(id=values["vehicle_id"]))
    if not rows:
        raise Invalid([{"field": "vehicle_id", "message": "There is no such record."}])
    identity = uuid7()
    work.queue(insert_row(DeclinedWork, identity, {"customer_id": rows[0]["customer_id"], **values}))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Give declined work up, or say why it was declined. Raises Conflict for what has been taken up since."""
    ((row,),) = work.write(_STATUS(id=identity))
    if row["status"] == "taken_up":
        raise Conflict("This work has been taken up again.", reason="state")
    work.queue(update_row(DeclinedWork, identity, changes))


def take_up(work: Work, identities: Collection[UUID], job_id: UUID) -> None:
    """Note that declined work is now part of a job, also where the workshop had given it up since it was offered.

    Raises Conflict, with the reason ``taken_up``, for what has become part of one before.
    """
    (taken,) = work.write(_TAKE_UP(ids=list(identities), job=job_id))
    if gone := set(identities) - {row["id"] for row in taken}:
        raise Conflict(
            "This was declined once, and has been taken up elsewhere since.",
            reason="taken_up",
            declined_work=sorted(gone),
        )
