"""Work that the customer or the insurer is charged for: it is not dropped, by itself or with its job, before a credit
note has taken it back."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.work import Work

__all__ = ["CHARGED_FOR", "refuse_charged"]

CHARGED_FOR = Statement(
    "SELECT b.number FROM jobs_invoicings i"
    " JOIN billing_invoices b ON b.tenant_id = i.tenant_id AND b.id IN (i.invoice_id, i.insurer_invoice_id)"
    " WHERE i.job_id = %(id)s AND i.freed_at IS NULL AND b.credited < b.total ORDER BY b.number"
)
"""The numbers of the invoices that ask for work of a job and were not taken back in full."""

_CHARGED = Statement(
    "SELECT b.number FROM jobs_invoiced_work w"
    " JOIN jobs_invoicings i ON i.tenant_id = w.tenant_id AND i.id = w.invoicing_id"
    " JOIN billing_invoices b ON b.tenant_id = i.tenant_id AND b.id IN (i.invoice_id, i.insurer_invoice_id)"
    " JOIN billing_invoice_lines l ON l.tenant_id = b.tenant_id AND l.invoice_id = b.id AND l.source_line_id = %(id)s"
    " WHERE (w.line_id = %(id)s OR w.part_id = %(id)s) AND w.freed_at IS NULL"
    " AND l.credited_taxable + l.credited_tax < l.taxable + l.tax ORDER BY b.number"
)


def refuse_charged(work: Work, identity: UUID) -> None:
    """Raise Conflict, ``invoiced``, where a line or part is on an invoice and was not taken back of it in full.

    Its job would come to less than its invoices, and nobody would be told. The job is locked, so that no invoice is
    made meanwhile.
    """
    (rows,) = work.write(_CHARGED(id=identity))
    if rows:
        numbers = [row["number"] for row in rows]
        raise Conflict(
            f"This stands on {' and '.join(numbers)}: take it back there with a credit note first.",
            reason="invoiced",
            invoices=numbers,
        )
