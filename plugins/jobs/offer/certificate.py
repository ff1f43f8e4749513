"""The certificate of a decision: who decided what, when and how, with the text whose SHA-256 the record keeps.

Issued by the worker once the decision is committed. The text is attached to the PDF as ``decision.json``, so that who
has the certificate needs nothing else to check it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue, render
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from ..decisions import content_text
from .printout import party_of, sum_of
from .reading import vehicle_of

__all__ = ["TYPE", "certificate_of", "draw", "print_certificate"]

TYPE = "approval_certificate"
_ONE = Statement(
    """
    SELECT p.id, p.subject_id, p.revision, p.content_hash, p.decisions, p.name AS decided_by, p.channel, p.note,
           p.actor_name, p.address AS from_address, p.decided_at, q.number, q.currency, j.number AS job_number,
           c.name, c.address, c.phone, c.email, c.tax_id, v.id AS vehicle_id, v.plate, v.vin, v.make, v.model, v.year,
           v.colour, j.odometer_in,
           (SELECT count(*) FROM jobs_approvals o WHERE o.subject_id = p.subject_id AND o.id <= p.id) AS place,
           (SELECT d.id FROM issued_documents d WHERE d.subject_type = 'jobs.approval' AND d.subject_id = p.id
             ORDER BY d.issued_at LIMIT 1) AS document_id
      FROM jobs_approvals p
      JOIN jobs_quotations q ON q.tenant_id = p.tenant_id AND q.id = p.subject_id
      JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id
      JOIN crm_customers c ON c.tenant_id = q.tenant_id AND c.id = q.customer_id
      LEFT JOIN crm_vehicles v ON v.tenant_id = q.tenant_id AND v.id = q.vehicle_id
     WHERE p.id = %(id)s AND p.subject_type <> 'job'
    """
)


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


def certificate_of(work: Work, approval_id: UUID, quotation_id: UUID | None = None) -> Row:
    """What the certificate of a decision says, of this quotation. Raises NotFound."""
    (rows,) = work.read(_ONE(id=approval_id))
    if not rows or quotation_id not in (None, rows[0]["subject_id"]):
        raise NotFound(f"Decision {approval_id} does not exist")
    return rows[0]


def _number(record: Mapping[str, Any]) -> str:
    """The decisions on one revision are numbered in their order."""
    return f"{record['number']} r{record['revision']}-{record['place']}"


def _printed(work: Work, record: Row) -> dict[str, Any]:
    lines = record["decisions"]
    return {
        "date": record["decided_at"].astimezone(work.timezone).date(),
        "currency": record["currency"],
        "document_number": f"{record['number']} r{record['revision']}",
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
    return {**{name: line[name] for name in names}, "detail": line["note"], "amount": line["total"]}
