"""What a customer owes: the provider of the port ``CustomerLedger`` of CRM."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.work import Work
from plugins.crm.contract import LedgerPage

from .balances import ALLOCATED, RECEIVED, REFUNDED

__all__ = ["ENTRIES", "WorkspaceLedger"]

# What is entered: invoices and refunds to the customer's debit, payments and credit notes to his credit. Where one
# customer's money settles another's invoice, both ledgers say so.
ENTRIES = f"""
        SELECT created_at AS at, issued_on AS date, 'invoice' AS type, id, number, total AS debit, 0.00 AS credit
          FROM billing_invoices WHERE customer_id = %(customer)s
         UNION ALL
        SELECT n.created_at, n.issued_on, 'credit_note', n.id, n.number, 0.00, n.total
          FROM billing_credit_notes n
          JOIN billing_invoices i ON i.tenant_id = n.tenant_id AND i.id = n.invoice_id
         WHERE i.customer_id = %(customer)s
         UNION ALL
        SELECT p.created_at, {RECEIVED}, 'payment', p.id, p.number, 0.00, p.amount
          FROM billing_payments p CROSS JOIN workspaces w WHERE p.customer_id = %(customer)s
         UNION ALL
        SELECT r.created_at, {REFUNDED}, 'refund', r.id, r.number, r.amount, 0.00
          FROM billing_refunds r CROSS JOIN workspaces w
          JOIN billing_payments p ON p.tenant_id = r.tenant_id AND p.id = r.payment_id
         WHERE p.customer_id = %(customer)s
         UNION ALL
        SELECT a.created_at, {ALLOCATED}, 'transfer', a.id, p.number,
               greatest(-a.amount, 0.00), greatest(a.amount, 0.00)
          FROM billing_invoices i CROSS JOIN workspaces w
          JOIN billing_allocations a ON a.tenant_id = i.tenant_id AND a.invoice_id = i.id
          JOIN billing_payments p ON p.tenant_id = a.tenant_id AND p.id = a.payment_id
         WHERE i.customer_id = %(customer)s AND p.customer_id IS DISTINCT FROM i.customer_id
         UNION ALL
        SELECT a.created_at, {ALLOCATED}, 'transfer', a.id, i.number,
               greatest(a.amount, 0.00), greatest(-a.amount, 0.00)
          FROM billing_payments p CROSS JOIN workspaces w
          JOIN billing_allocations a ON a.tenant_id = p.tenant_id AND a.payment_id = p.id
          JOIN billing_invoices i ON i.tenant_id = a.tenant_id AND i.id = a.invoice_id
         WHERE p.customer_id = %(customer)s AND i.customer_id IS DISTINCT FROM p.customer_id"""  # noqa: S608 (our own words)
_RUNNING = (
    f"SELECT e.*, sum(e.debit - e.credit) OVER (ORDER BY e.at, e.number, e.type) AS balance FROM ({ENTRIES}) AS e"  # noqa: S608
)
_PAGE = Paged(_RUNNING, "at, number, type")
_CREDIT = (
    "(SELECT coalesce(sum(amount - allocated - refunded), 0.00) FROM billing_payments"
    " WHERE customer_id = %(customer)s AND has_credit) AS unallocated_credit"
)
_BALANCE = Statement(
    f"SELECT (SELECT coalesce(sum(total - paid - credited), 0.00) FROM billing_invoices"  # noqa: S608
    f" WHERE customer_id = %(customer)s AND settlement IN ('open', 'partial')) AS outstanding_balance, {_CREDIT}"
)
_OWED = Statement(
    "SELECT coalesce(sum(o.balance), 0.00) AS outstanding_balance,"  # noqa: S608
    f" {_CREDIT},"
    " coalesce(sum(o.balance) FILTER (WHERE o.late <= 0), 0.00) AS not_due,"
    " coalesce(sum(o.balance) FILTER (WHERE o.late BETWEEN 1 AND 30), 0.00) AS days_1_30,"
    " coalesce(sum(o.balance) FILTER (WHERE o.late BETWEEN 31 AND 60), 0.00) AS days_31_60,"
    " coalesce(sum(o.balance) FILTER (WHERE o.late BETWEEN 61 AND 90), 0.00) AS days_61_90,"
    " coalesce(sum(o.balance) FILTER (WHERE o.late > 90), 0.00) AS days_91_and_more"
    " FROM (SELECT i.total - i.paid - i.credited AS balance,"
    "  (now() AT TIME ZONE w.timezone)::date - i.due_on AS late"
    "  FROM billing_invoices i CROSS JOIN workspaces w"
    "  WHERE i.customer_id = %(customer)s AND i.paid + i.credited < i.total) AS o"
)


class WorkspaceLedger:
    """The ledger of one work's customers, read from invoices and payments."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def balance(self, customer_id: UUID) -> Bound:
        return _BALANCE(customer=customer_id)

    def statements(self, customer_id: UUID, page: int, per_page: int | None) -> Sequence[Bound]:
        return (*_PAGE(page, per_page, customer=customer_id), _OWED(customer=customer_id))

    def page(self, found: Sequence[Rows]) -> LedgerPage:
        entries, counted, (owed,) = found
        for entry in entries:
            del entry["at"]
        buckets = {name: owed.pop(name) for name in list(owed) if name.startswith(("not_", "days_"))}
        return LedgerPage(Page(entries, counted[0]["total"]), **owed, ageing=buckets)
