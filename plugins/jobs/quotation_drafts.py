"""The port of quotations: what others recommend is put into a draft of the job's."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.rows import update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from .contract import ProposedLine
from .quotation_models import Quotation
from .quotations import TYPED, create, lines_of, rewrite

__all__ = ["Drafts"]

_DRAFT = Statement(
    "SELECT * FROM jobs_quotations WHERE job_id = %(job)s AND status = 'draft' AND kind = 'quotation'"
    " ORDER BY created_at DESC, id DESC LIMIT 1 FOR UPDATE"
)


class Drafts:
    """The provider of ``QuotationDrafts``."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def add(self, work: Work, job_id: UUID, lines: Sequence[ProposedLine], *, source: str, source_id: UUID) -> UUID:
        """Put lines into the job's latest draft, or into a new one; returns the quotation's id.

        A line without a price has that of its service, or 0 until somebody gives it one.
        """
        added = [_line(line, source, source_id) for line in lines]
        (found,) = work.write(_DRAFT(job=job_id))
        if not found:
            return create(work, {"job_id": job_id, "valid_until": None, "note": None, "lines": added})
        quotation = found[0]
        kept: list[Mapping[str, Any]] = [
            {name: line[name] for name in TYPED} for line in lines_of(work, quotation["id"])
        ]
        work.queue(update_row(Quotation, quotation["id"], rewrite(work, quotation, [*kept, *added])))
        identity: UUID = quotation["id"]
        return identity


def _line(line: ProposedLine, source: str, source_id: UUID) -> dict[str, Any]:
    price = line.unit_price if line.unit_price is not None or line.service_id or line.product_id else 0
    given = {
        "kind": line.kind,
        "description": line.description,
        "quantity": line.quantity,
        "unit_price": price,
        "service_id": line.service_id,
        "product_id": line.product_id,
        "note": line.note,
        "source": source,
        "source_id": source_id,
    }
    return {name: given.get(name) for name in TYPED}
