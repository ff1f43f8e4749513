"""What the database itself keeps of invoices and payments: sums that only their rows can change.

``paid`` and ``credited`` of an invoice, ``credited_…`` of its lines, ``allocated`` and ``refunded`` of a payment are
counted by triggers, under the lock of the row that is counted; CHECKs hold them to what there is. Two at once
cannot both have the last cent: the later one waits and is then refused. Nobody writes them otherwise.
"""

from __future__ import annotations

from jemeti_platform.db.triggers import check_at_commit, create_trigger, create_trigger_function, only_counted

__all__ = ["install"]

_COUNT_ALLOCATION = """
BEGIN
    IF NEW.reverses_id IS NOT NULL AND NOT EXISTS (
        SELECT FROM billing_allocations a
         WHERE a.tenant_id = NEW.tenant_id AND a.id = NEW.reverses_id AND a.reverses_id IS NULL
           AND a.payment_id = NEW.payment_id AND a.invoice_id = NEW.invoice_id AND a.amount = -NEW.amount) THEN
        RAISE EXCEPTION 'a reversal takes back one whole allocation' USING ERRCODE = '23514';
    END IF;
    UPDATE billing_invoices SET paid = paid + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id;
    UPDATE billing_payments SET allocated = allocated + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.payment_id;
    RETURN NULL;
END
"""

_COUNT_REFUND = """
BEGIN
    UPDATE billing_payments SET refunded = refunded + NEW.amount, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.payment_id;
    RETURN NULL;
END
"""

_COUNT_CREDIT_NOTE = """
BEGIN
    UPDATE billing_invoices SET credited = credited + NEW.total, version = version + 1, updated_at = now()
     WHERE tenant_id = NEW.tenant_id AND id = NEW.invoice_id;
    RETURN NULL;
END
"""

_COUNT_CREDIT_LINE = """
BEGIN
    UPDATE billing_invoice_lines l
       SET credited_quantity = l.credited_quantity + NEW.quantity,
           credited_taxable = l.credited_taxable + NEW.taxable, credited_tax = l.credited_tax + NEW.tax
      FROM billing_credit_notes n
     WHERE l.tenant_id = NEW.tenant_id AND l.id = NEW.invoice_line_id
       AND n.tenant_id = NEW.tenant_id AND n.id = NEW.credit_note_id AND n.invoice_id = l.invoice_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'a credit note is about lines of its own invoice' USING ERRCODE = '23514';
    END IF;
    RETURN NULL;
END
"""

_COUNTS = {
    "billing_allocations": ("billing_count_allocation", _COUNT_ALLOCATION),
    "billing_refunds": ("billing_count_refund", _COUNT_REFUND),
    "billing_credit_notes": ("billing_count_credit_note", _COUNT_CREDIT_NOTE),
    "billing_credit_note_lines": ("billing_count_credit_line", _COUNT_CREDIT_LINE),
}

_SUMS = """
SELECT d.line_count = count(l.id) AND d.taxable = coalesce(sum(l.taxable), 0) AND d.tax = coalesce(sum(l.tax), 0)
  FROM {documents} d LEFT JOIN {lines} l ON l.tenant_id = d.tenant_id AND l.{document} = d.id
 WHERE d.tenant_id = v_tenant AND d.id = v_record GROUP BY d.tenant_id, d.id
"""


def install() -> None:
    """Create them all; they go with their tables."""
    only_counted("billing_invoices", "paid", "credited")
    only_counted("billing_invoice_lines", "credited_quantity", "credited_taxable", "credited_tax")
    only_counted("billing_payments", "allocated", "refunded")
    for table, (function, body) in _COUNTS.items():
        create_trigger_function(function, body)
        create_trigger(table, "counted", "AFTER INSERT", function)
    _lines_add_up("billing_invoices_add_up", "billing_invoices", "billing_invoice_lines", "invoice_id")
    _lines_add_up("billing_credit_notes_add_up", "billing_credit_notes", "billing_credit_note_lines", "credit_note_id")


def _lines_add_up(name: str, documents: str, lines: str, document: str) -> None:
    check_at_commit(
        name,
        {documents: "id", lines: document},
        holds=_SUMS.format(documents=documents, lines=lines, document=document),
        message="the lines do not add up to their document",
        on="insert",
    )
