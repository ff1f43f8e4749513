"""Recommendations become lines of a quotation's draft: each of them once, however often, and by however many, asked."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound, PaymentRequired
from jemeti_platform.work import Work
from plugins.jobs.contract import ProposedLine, QuotationDrafts

from . import inspections
from .contract import InspectionPromoted
from .models import Promotion

__all__ = ["Promoted", "promote"]

_ADVISED = Statement(
    """
    SELECT r.id, r.item_id, r.title, r.note, m.title AS item_title, m.proposed_kind, m.proposed_service_id,
           m.proposed_quantity, m.proposed_price, p.quotation_id
      FROM dvi_recommendations r JOIN dvi_items m ON m.tenant_id = r.tenant_id AND m.id = r.item_id
      LEFT JOIN dvi_promotions p ON p.tenant_id = r.tenant_id AND p.recommendation_id = r.id
     WHERE r.inspection_id = %(id)s ORDER BY m.position
    """
)
_JOB = Statement("SELECT vehicle_id FROM jobs_jobs WHERE id = %(job)s")


class Promoted(NamedTuple):
    """The quotation that the recommendations are in now, and how many lines were added to it."""

    quotation_id: UUID
    added: int


def promote(
    work: Work,
    identity: UUID,
    item_ids: Sequence[UUID] | None = None,
    job_id: UUID | None = None,
    quotation_id: UUID | None = None,
) -> Promoted:
    """Put recommendations into the quotation draft of the inspection's job. Emits InspectionPromoted.

    All that are in no quotation yet, or those of ``item_ids``; what is in one stays there, and nothing is added.
    ``job_id`` is for an inspection that was made without a job, ``quotation_id`` a draft of the job, else the latest.
    Raises NotFound; Invalid for items for which nothing is recommended, for a job of another vehicle and another job's
    quotation; Conflict before the inspection is completed, where nothing is recommended, without a job or quotations,
    where the job is closed and for a quotation that was sent.
    """
    inspection = inspections.locked(work, identity, "completed", "shared")
    drafts = _drafts(work)
    advised, jobs = work.write(_ADVISED(id=identity), _JOB(job=job_id))
    if not advised:
        raise Conflict("Nothing is recommended: everything was found good.", reason="nothing_recommended")
    chosen = advised if item_ids is None else _chosen(advised, item_ids)
    job = _job(inspection, job_id, jobs)
    new = [one for one in chosen if one["quotation_id"] is None]
    if not new:
        return Promoted(chosen[-1]["quotation_id"], 0)
    try:
        placed = drafts.add(
            work,
            job,
            [_line(one) for one in new],
            source="dvi.inspection",
            source_id=identity,
            quotation_id=quotation_id,
        )
    except NotFound:
        raise Invalid([{"field": "quotation_id", "message": "There is no such quotation of the job"}]) from None
    except Invalid as refused:
        # what is wrong is wrong with the template or the workspace's taxes; the client has sent no lines
        raise Conflict(f"The quotation refuses these lines: {refused}.", reason="lines") from None
    work.queue(
        insert_rows(
            Promotion,
            [
                {"id": uuid7(), "recommendation_id": one["id"], "quotation_id": line.quotation_id}
                for one, line in zip(new, placed, strict=True)
            ],
        )
    )
    quotation = placed[-1].quotation_id
    work.emit(InspectionPromoted(identity, quotation, tuple(one["item_id"] for one in new)))
    return Promoted(quotation, sum(line.is_new for line in placed))


def _drafts(work: Work) -> QuotationDrafts:
    found = work.port(QuotationDrafts)  # type: ignore[type-abstract]  # that is what a port is
    reason = "Nobody writes quotations in this workspace." if found is None else ""
    try:
        work.require_feature("jobs.quotations", write=True)
    except PaymentRequired as refused:
        reason = refused.message
    if found is None or reason:
        raise Conflict(reason, reason="no_quotations", feature="jobs.quotations")
    return found


def _chosen(advised: Rows, item_ids: Sequence[UUID]) -> list[Row]:
    known = {one["item_id"] for one in advised}
    faults = [f"item_ids.{place}" for place, item in enumerate(item_ids) if item not in known]
    if faults:
        raise Invalid([{"field": field, "message": "Nothing is recommended for this item"} for field in faults])
    return [one for one in advised if one["item_id"] in item_ids]


def _job(inspection: Row, job_id: UUID | None, jobs: Rows) -> UUID:
    own: UUID | None = inspection["job_id"]
    if own is None and job_id is None:
        raise Conflict("This inspection belongs to no job: say whose quotation, job_id.", reason="no_job")
    if job_id is None or job_id == own:
        assert own is not None
        return own
    if own is not None:
        raise Invalid([{"field": "job_id", "message": "The inspection belongs to another job"}])
    if not jobs:
        raise Invalid([{"field": "job_id", "message": "There is no such record."}])
    if jobs[0]["vehicle_id"] != inspection["vehicle_id"]:
        raise Invalid([{"field": "job_id", "message": "The job is of another vehicle"}])
    return job_id


def _line(one: Row) -> ProposedLine:
    """Of equal advice the item says which is meant: four tyres are four lines."""
    what, where = one["title"], one["item_title"]
    return ProposedLine(
        kind=one["proposed_kind"],
        description=what if what == where else f"{what} ({where})",
        quantity=one["proposed_quantity"],
        unit_price=one["proposed_price"],
        service_id=one["proposed_service_id"],
        note=one["note"],
        item_id=one["item_id"],
    )
