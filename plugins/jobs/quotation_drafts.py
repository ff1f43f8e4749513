"""The port of quotations: what others recommend is put into a draft of the job's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.work import Work

from . import jobs
from .contract import PlacedLine, ProposedLine
from .lifecycle import OPEN
from .quotation_lines import TYPED
from .quotation_models import Quotation
from .quotations import create, found, lines_of, rewrite

__all__ = ["Drafts"]

# Before draft and job: a draft that a faster one has made in between would be locked behind the job by the one, before
# it by the next, and each would wait for the other.
_ONE_AFTER_THE_OTHER = Statement(
    "SELECT pg_advisory_xact_lock(hashtext('jobs.recommended'), hashtext(%(job)s::uuid::text))"
)
_DRAFT = Statement(
    "SELECT * FROM jobs_quotations WHERE job_id = %(job)s AND CASE WHEN %(named)s::uuid IS NULL"
    " THEN status = 'draft' AND kind = 'quotation' ELSE id = %(named)s::uuid END"
    " ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE"
)
# Alive is what may still be approved, or was. What was declined is none of that: it may be recommended once more.
_ALIVE = Statement(
    "SELECT DISTINCT ON (l.source_item_id) l.source_item_id, l.id AS line_id, l.quotation_id"
    " FROM jobs_quotation_lines l"
    " JOIN jobs_quotations q ON q.tenant_id = l.tenant_id AND q.id = l.quotation_id"
    " LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id"
    " WHERE q.job_id = %(job)s AND l.source_item_id = ANY(%(items)s::uuid[])"
    " AND CASE d.decision WHEN 'approved' THEN true WHEN 'declined' THEN false"
    " ELSE q.status = 'draft' OR q.status IN ('sent', 'partially_approved') AND q.expires_at > now() END"
    " ORDER BY l.source_item_id, l.id"
)
_DECLINED = Statement(
    "SELECT l.source_item_id, w.id, w.unit_price FROM jobs_quotation_lines l"
    " JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id"
    " JOIN jobs_declined_work w ON w.tenant_id = d.tenant_id AND w.id = d.declined_work_id"
    " WHERE l.source_item_id = ANY(%(items)s::uuid[]) AND w.status = 'open'"
)
# At the next visit another inspection recommends it, by an item of its own: then the words say that it is the same.
# What another quotation offers already stays with that one.
_DECLINED_BEFORE = Statement(
    "SELECT DISTINCT ON (w.kind, w.description) w.kind, w.description, w.id, w.unit_price FROM jobs_jobs j"
    " JOIN jobs_declined_work w ON w.tenant_id = j.tenant_id AND w.vehicle_id = j.vehicle_id"
    " WHERE j.id = %(job)s AND w.status = 'open' AND w.description = ANY(%(words)s::text[]) AND NOT EXISTS ("
    "SELECT FROM jobs_quotation_lines l"
    " JOIN jobs_quotations q ON q.tenant_id = l.tenant_id AND q.id = l.quotation_id"
    " LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id"
    " WHERE l.tenant_id = w.tenant_id AND l.declined_work_id = w.id AND d.id IS NULL"
    " AND (q.status = 'draft' OR q.status IN ('sent', 'partially_approved') AND q.expires_at > now()))"
    " ORDER BY w.kind, w.description, w.created_at DESC, w.id"
)
Declined = Mapping[Any, Row]
"""Open declined work, by the item that it was recommended of, and by its kind and description."""


class Drafts:
    """The provider of ``QuotationDrafts``."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def add(
        self,
        work: Work,
        job_id: UUID,
        lines: Sequence[ProposedLine],
        *,
        source: str,
        source_id: UUID,
        quotation_id: UUID | None = None,
    ) -> list[PlacedLine]:
        """As the port says. A line without a price has that of its service or product, or what it was declined at, or
        0 until somebody gives one.

        Whoever recommends at the same time waits: the job is locked, and what stands in its drafts is looked at behind
        that.
        """
        draft, standing, declined = _look(work, job_id, lines, quotation_id)
        added = []
        placed = []
        for line in lines:
            there = standing.get(line.item_id)
            is_new = there is None
            if there is None:
                there = _line(line, source, source_id, declined)
                added.append(there)
                if line.item_id is not None:
                    standing[line.item_id] = there
            placed.append((there, is_new))
        if added:
            _put(work, job_id, draft, added)
        return [
            PlacedLine(there["quotation_id"], there["line_id"], there["source_item_id"], is_new)
            for there, is_new in placed
        ]


def _look(
    work: Work, job_id: UUID, lines: Sequence[ProposedLine], named: UUID | None
) -> tuple[Row | None, dict[UUID | None, dict[str, Any]], Declined]:
    """The draft, locked, or none; lines of the job that are alive, by item; declined work."""
    items = [line.item_id for line in lines if line.item_id is not None]
    # once more behind the lock of the job: whoever was faster may have made a draft
    _, _, jobs_found, drafts, alive, declined, before = work.write(
        _ONE_AFTER_THE_OTHER(job=job_id),
        _DRAFT(job=job_id, named=named),
        jobs.LOCK(id=job_id),
        _DRAFT(job=job_id, named=named),
        _ALIVE(job=job_id, items=items),
        _DECLINED(items=items),
        _DECLINED_BEFORE(job=job_id, words=[line.description for line in lines]),
    )
    jobs.may_change(jobs_found, job_id, OPEN)
    if named is not None and found(drafts, named)["status"] != "draft":
        raise Conflict(
            "A quotation that was sent does not change: revise it.", reason="state", status=drafts[0]["status"]
        )
    by_item = {row["source_item_id"]: row for row in alive}
    known = {(row["kind"], row["description"]): row for row in before}
    return drafts[0] if drafts else None, by_item, known | {row["source_item_id"]: row for row in declined}


def _put(work: Work, job_id: UUID, draft: Row | None, added: Sequence[dict[str, Any]]) -> None:
    """Write lines into a draft, or into a new one, and say in which."""
    if draft is None:
        identity = create(work, {"job_id": job_id, "valid_until": None, "note": None, "lines": list(added)})
    else:
        identity = draft["id"]
        kept = [{name: line[name] for name in ("id", *TYPED)} for line in lines_of(work, identity)]
        work.queue(update_row(Quotation, identity, rewrite(work, draft, [*kept, *added])))
    for line in added:
        line["quotation_id"] = identity


def _line(line: ProposedLine, source: str, source_id: UUID, declined: Declined) -> dict[str, Any]:
    back = declined.get((line.kind, line.description))
    if line.item_id in declined:
        back = declined[line.item_id]
    price = line.unit_price
    if price is None and not (line.service_id or line.product_id):
        price = Decimal(0) if back is None else back["unit_price"]
    return {
        **dict.fromkeys(TYPED),
        "id": None,
        "line_id": uuid7(),
        "kind": line.kind,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": price,
        "service_id": line.service_id,
        "product_id": line.product_id,
        "note": line.note,
        "declined_work_id": None if back is None else back["id"],
        "source": source,
        "source_id": source_id,
        "source_item_id": line.item_id,
    }
