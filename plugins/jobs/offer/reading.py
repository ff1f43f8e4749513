"""Everything that is shown of a quotation, read in one round trip: what customers may see and nothing else."""

from __future__ import annotations

import re
from typing import Any, NamedTuple
from uuid import UUID

from jemeti_platform.customer_pages import LOGO
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["Offer", "read_offer", "read_shared", "tax_name", "vehicle_of"]

_PERCENTAGE = re.compile(r"\s*\d+([.,]\d+)?\s*%$")

# The successor is the latest later revision that has gone out: whoever holds an old link is shown to that one.
_HEAD = """
    SELECT q.id, q.number, q.revision, q.kind, q.status, q.valid_until, q.sent_at, q.note, q.currency, q.created_at,
           q.prices_include_tax, q.subtotal, q.discount, q.taxable, q.tax, q.total, q.tax_lines, q.share_token,
           q.link_revoked_at,
           q.status = 'expired' OR q.status = 'sent' AND q.expires_at <= now() AS is_expired,
           q.status = 'partially_approved' AND q.expires_at <= now() AS is_closed,
           j.number AS job_number, j.status IN ('completed', 'closed', 'cancelled') AS is_over,
           a.number AS amends_number, a.revision AS amends_revision,
           c.name, c.address, c.phone, c.email, c.tax_id, v.id AS vehicle_id, v.plate, v.vin, v.make, v.model, v.year,
           v.colour, j.odometer_in,
           (SELECT CASE WHEN n.link_revoked_at IS NULL THEN n.share_token END
              FROM jobs_quotations n WHERE n.number = q.number AND n.revision > q.revision
               AND n.sent_at IS NOT NULL ORDER BY n.revision DESC LIMIT 1) AS successor,
           (SELECT d.id FROM issued_documents d WHERE d.subject_type = 'jobs.quotation' AND d.subject_id = q.id
             ORDER BY d.issued_at LIMIT 1) AS document_id
      FROM jobs_quotations q
      JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id
      JOIN crm_customers c ON c.tenant_id = q.tenant_id AND c.id = q.customer_id
      LEFT JOIN crm_vehicles v ON v.tenant_id = q.tenant_id AND v.id = q.vehicle_id
      LEFT JOIN jobs_quotations a ON a.tenant_id = q.tenant_id AND a.id = q.amends_id
     WHERE {which}
"""
_LINES = """
    SELECT l.kind, l.description, l.note, l.quantity, l.unit_price, l.discount, l.taxable, l.tax, l.total, l.tax_rate,
           l.insurance_percent, l.declined_work_id, d.decision
      FROM jobs_quotations q
      JOIN jobs_quotation_lines l ON l.tenant_id = q.tenant_id AND l.quotation_id = q.id
      LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id
     WHERE {which} ORDER BY l.position, l.id
"""


def _where(which: str) -> tuple[Statement, ...]:
    return tuple(Statement(sql.format(which=which)) for sql in (_HEAD, _LINES))


_BY_ID = _where("q.id = %(key)s")
_BY_TOKEN = _where("q.share_token = %(key)s AND q.sent_at IS NOT NULL AND q.link_revoked_at IS NULL")


class Offer(NamedTuple):
    """A quotation with its customer, vehicle and job (``head``), its lines in order, and the workspace's logo."""

    head: Row
    lines: Rows
    logo: UUID | None

    @property
    def reference(self) -> str:
        """Number and revision, as people say them."""
        return f"{self.head['number']} r{self.head['revision']}"

    @property
    def is_decided_on(self) -> bool:
        """Whether there is a decision on any of the lines."""
        return any(line["decision"] is not None for line in self.lines)

    @property
    def state(self) -> str | None:
        """What stands across it, where it is not what it was made for: ``draft``, ``expired`` or ``superseded``."""
        if self.head["status"] in ("draft", "superseded"):
            return str(self.head["status"])
        return "expired" if self.head["is_expired"] else None


def read_offer(work: Work, identity: UUID) -> Offer:
    """A quotation in whatever state. Raises NotFound."""
    found = _read(work, _BY_ID, identity)
    if found is None:
        raise NotFound(f"Quotation {identity} does not exist")
    return found


def read_shared(work: Work, token: str) -> Offer:
    """The quotation that was sent under this word. Raises NotFound."""
    found = _read(work, _BY_TOKEN, token)
    if found is None:
        raise NotFound("This link is not known here.")
    return found


def vehicle_of(head: Row) -> dict[str, Any] | None:
    """The vehicle as documents show it."""
    if head["vehicle_id"] is None:
        return None
    told = " ".join(str(head[name]) for name in ("make", "model", "year", "colour") if head[name])
    shown = {"plate": head["plate"], "vin": head["vin"], "odometer": head["odometer_in"]}
    return {**shown, "description": told or None}


def tax_name(name: str | None) -> str | None:
    """What a tax is called, without the percentage that stands beside it; None where it is called by that alone."""
    return _PERCENTAGE.sub("", name or "").strip() or None


def _read(work: Work, statements: tuple[Statement, ...], key: Any) -> Offer | None:
    heads, lines, logos = work.read(*(statement(key=key) for statement in statements), LOGO)
    return Offer(heads[0], lines, logos[0]["object_id"] if logos else None) if heads else None
