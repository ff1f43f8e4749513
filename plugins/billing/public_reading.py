"""What stands behind a public address: one invoice, credit note or payment, read by its word in one message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jemeti_platform.customer_pages import LOGO
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .links import Subject

__all__ = ["Shown", "read", "subject_of"]

_OF_WORD = "(SELECT {column} FROM billing_document_links WHERE word = %(word)s AND revoked_at IS NULL)"
_INVOICE_ID = _OF_WORD.format(column="invoice_id")
_NOTE_ID = _OF_WORD.format(column="credit_note_id")
_PAYMENT_ID = _OF_WORD.format(column="payment_id")

_SUBJECT = Statement(
    "SELECT invoice_id, credit_note_id, payment_id FROM billing_document_links"
    " WHERE word = %(word)s AND revoked_at IS NULL"
)
_INVOICE = Statement(
    "SELECT i.id, i.number, i.payer, i.vehicle, i.source_type, i.source_number, i.reference, i.issued_on, i.due_on,"  # noqa: S608 (our own words)
    " i.notes, i.currency, i.prices_include_tax, i.subtotal, i.discount, i.taxable, i.tax, i.total, i.tax_lines,"
    " i.paid, i.credited, i.total - i.paid - i.credited AS balance, i.settlement,"
    " i.due_on < (now() AT TIME ZONE w.timezone)::date AS late"
    f" FROM billing_invoices i CROSS JOIN workspaces w WHERE i.id = {_INVOICE_ID}"
)
_LINES = Statement(
    "SELECT description, detail, quantity, unit, unit_price, taxable, total FROM billing_invoice_lines"  # noqa: S608 (our own words)
    f" WHERE invoice_id = {_INVOICE_ID} ORDER BY position"
)
# What settles it now: each payment with what of it stands, and each credit note.
_SETTLED = Statement(
    "SELECT 'payment' AS type, p.number, (p.received_at AT TIME ZONE w.timezone)::date AS date, sum(a.amount) AS amount"  # noqa: S608 (our own words)
    " FROM billing_allocations a CROSS JOIN workspaces w"
    " JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id"
    f" WHERE a.invoice_id = {_INVOICE_ID} GROUP BY p.id, p.number, p.received_at, w.timezone HAVING sum(a.amount) > 0"
    " UNION ALL SELECT 'credit_note', n.number, n.issued_on, n.total FROM billing_credit_notes n"
    f" WHERE n.invoice_id = {_INVOICE_ID} ORDER BY 3, 2"
)
_NOTE = Statement(
    "SELECT n.id, n.number, n.issued_on, n.reason, n.taxable, n.tax, n.total, n.tax_lines, i.number AS invoice_number,"  # noqa: S608 (our own words)
    " i.payer, i.vehicle, i.currency, i.prices_include_tax FROM billing_credit_notes n"
    " JOIN billing_invoices i ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id"
    f" WHERE n.id = {_NOTE_ID}"
)
_NOTE_LINES = Statement(
    "SELECT l.description, l.detail, nullif(c.quantity, 0) AS quantity, l.unit, NULL AS unit_price, c.taxable, c.total"  # noqa: S608 (our own words)
    " FROM billing_credit_note_lines c"
    " JOIN billing_invoice_lines l ON l.tenant_id = c.tenant_id AND l.id = c.invoice_line_id"
    f" WHERE c.credit_note_id = {_NOTE_ID} ORDER BY l.position"
)
_PAYMENT = Statement(
    "SELECT p.id, p.number, p.amount, p.currency, p.reference, a.name AS account, c.name AS payer_name,"  # noqa: S608 (our own words)
    " p.amount - p.allocated - p.refunded AS credit, p.refunded, (p.received_at AT TIME ZONE w.timezone)::date AS date"
    " FROM billing_payments p CROSS JOIN workspaces w"
    " JOIN billing_payment_accounts a ON a.tenant_id = p.tenant_id AND a.id = p.payment_account_id"
    " LEFT JOIN crm_customers c ON c.tenant_id = p.tenant_id AND c.id = p.customer_id"
    f" WHERE p.id = {_PAYMENT_ID}"
)
_PAYS = Statement(
    "SELECT 'invoice' AS type, i.number, i.issued_on AS date, sum(a.amount) AS amount"  # noqa: S608 (our own words)
    " FROM billing_allocations a JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id"
    f" WHERE a.payment_id = {_PAYMENT_ID} GROUP BY i.id, i.number, i.issued_on HAVING sum(a.amount) > 0 ORDER BY 2"
)


@dataclass(frozen=True, slots=True)
class Shown:
    """A document as it stands now: itself, its lines, and the documents that settle it or are settled by it."""

    subject: Subject
    head: Mapping[str, Any]
    lines: Rows
    settled: Rows
    logo: UUID | None


def read(work: Work, word: str) -> Shown:
    """The document that a word is kept with, read in one round trip. Raises NotFound."""
    asked = (_INVOICE, _LINES, _SETTLED, _NOTE, _NOTE_LINES, _PAYMENT, _PAYS)
    invoices, lines, settled, notes, note_lines, payments, pays, logos = work.read(
        *(statement(word=word) for statement in asked), LOGO
    )
    logo = logos[0]["object_id"] if logos else None
    if invoices:
        return Shown("invoice", invoices[0], lines, settled, logo)
    if notes:
        return Shown("credit_note", notes[0], note_lines, [], logo)
    if payments:
        return Shown("payment", payments[0], [], pays, logo)
    raise NotFound("This link is not known here.")


def subject_of(work: Work, word: str) -> tuple[Subject, UUID]:
    """Which document a word is kept with. Raises NotFound."""
    (rows,) = work.read(_SUBJECT(word=word))
    if not rows:
        raise NotFound("This link is not known here.")
    subjects: tuple[Subject, ...] = ("invoice", "credit_note", "payment")
    return next((subject, rows[0][f"{subject}_id"]) for subject in subjects if rows[0][f"{subject}_id"] is not None)
