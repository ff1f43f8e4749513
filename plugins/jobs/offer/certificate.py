"""The certificate of a decision: who decided what, when and how, with the text whose SHA-256 the record keeps.

Issued by the worker once the decision is committed. The text is attached to the PDF as ``decision.json``, so that who
has the certificate needs nothing else to check it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from pyramid.response import Response

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue, issued_pdf, pdf_response, render
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from ..decisions import content_text
from .printout import party_of, sum_of
from .reading import vehicle_of

__all__ = ["TYPE", "certificate_of", "certificate_response", "draw", "print_certificate"]

TYPE = "approval_certificate"
_ONE = Statement(
    """
    SELECT p.id, p.subject_id, p.revision, p.content_hash, p.decisions, p.name AS decided_by, p.channel, p.note,
           p.actor_name, p.address AS from_address, p.decided_at, p.subject_type,
           coalesce(q.number, j.number) AS number, coalesce(q.currency, w.currency) AS currency, j.number AS job_number,
           c.name, c.address, c.phone, c.email, c.tax_id, v.id AS vehicle_id, v.plate, v.vin, v.make, v.model, v.year,
           v.colour, j.odometer_in,
           (SELECT count(*) FROM jobs_approvals o WHERE o.subject_id = p.subject_id AND o.id <= p.id) AS place,
           (SELECT d.id FROM issued_documents d WHERE d.subject_type = 'jobs.approval' AND d.subject_id = p.id
             ORDER BY d.issued_at LIMIT 1) AS document_id
      FROM jobs_approvals p CROSS JOIN workspaces w
      JOIN jobs_jobs j ON j.tenant_id = p.tenant_id AND j.id = p.job_id
      LEFT JOIN jobs_quotations q ON q.tenant_id = p.tenant_id AND q.id = p.subject_id
      JOIN crm_customers c ON c.tenant_id = p.tenant_id AND c.id = coalesce(q.customer_id, j.customer_id)
      LEFT JOIN crm_vehicles v ON v.tenant_id = p.tenant_id
           AND v.id = CASE WHEN q.id IS NULL THEN j.vehicle_id ELSE q.vehicle_id END
     WHERE p.id = %(id)s AND p.channel <> 'tolerance' AND p.decisions -> 0 ? 'description'
    """
)


def certificate_response(request: Any, approval_id: UUID, subject_id: UUID) -> Response:
    """The certificate of a decision as it was issued, or as it will be in the seconds before. Raises NotFound."""
    record = certificate_of(request.work, approval_id, subject_id)
    if record["document_id"] is not None:
        return issued_pdf(request, record["document_id"])
    return pdf_response(draw(request.work, record), f"{_number(record)}.pdf")


def print_certificate(work: Work, approval_id: UUID) -> None:
    """Issue the certificate of a decision, once."""
    record = certificate_of(work, approval_id)
    if record["document_id"] is None:
        issue(
            work,
            TYPE,
            _printed(work, record),
            number=_number(record),
            subject_type="jobs.approval",
            subject_id=approval_id,
        )


def draw(work: Work, record: Row) -> bytes:
    """The certificate that will be issued, in the seconds before it is."""
    return render(work, TYPE, _printed(work, record), number=_number(record))


def certificate_of(work: Work, approval_id: UUID, subject_id: UUID | None = None) -> Row:
    """What the certificate of a decision says, on this quotation, or by word of this job. Raises NotFound.

    Where nobody was asked, or nothing was there to decide on, there is none.
    """
    (rows,) = work.read(_ONE(id=approval_id))
    if not rows or subject_id not in (None, rows[0]["subject_id"]):
        raise NotFound(f"Decision {approval_id} does not exist")
    return rows[0]


def _number(record: Mapping[str, Any]) -> str:
    """The decisions on one revision, or by word of one job, are numbered in their order."""
    return f"{_reference(record)}-{record['place']}"


def _reference(record: Mapping[str, Any]) -> str:
    """What was decided on, as people say it: a job has no revisions."""
    number: str = record["number"]
    return number if record["subject_type"] == "job" else f"{number} r{record['revision']}"


def _printed(work: Work, record: Row) -> dict[str, Any]:
    lines = record["decisions"]
    return {
        "date": record["decided_at"].astimezone(work.timezone).date(),
        "currency": record["currency"],
        "document_number": _reference(record),
        "decided_at": record["decided_at"],
        "name": record["decided_by"],
        "channel": record["channel"],
        "recorded_by": record["actor_name"],
        "address": record["from_address"],
        "job_number": record["job_number"],
        "notes": record["note"],
        "customer": party_of(work, record),
        "vehicle": vehicle_of(record),
        "lines": [_line(line) for line in lines],
        "approved": sum_of(lines, "approved"),
        "declined": sum_of(lines, "declined"),
        "content_hash": record["content_hash"],
        "content": content_text(record["number"], record["revision"], record["currency"], lines).decode(),
    }


def _line(line: Mapping[str, Any]) -> dict[str, Any]:
    names = ("description", "quantity", "unit_price", "discount", "tax_rate", "decision")
    return {**{name: line[name] for name in names}, "detail": line.get("note"), "amount": line["total"]}
