"""A small sale, invoiced, paid, partly taken back and refunded: what the isolation sweep looks for in every table."""

from __future__ import annotations

from decimal import Decimal

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work

from . import credit_notes, invoices, payments
from .contract import InvoiceIssue, InvoiceItem, Line, Payer, Tax
from .reminder_models import Reminder
from .workspace_taxes import WorkspaceTaxes

__all__ = ["remind_of_a_sale", "settle_a_sale"]

_ACCOUNT = Statement("SELECT id FROM billing_payment_accounts WHERE status = 'active' ORDER BY position, id LIMIT 1")
_LATEST = Statement("SELECT id FROM billing_invoices ORDER BY id DESC LIMIT 1")


def settle_a_sale(work: Work) -> None:
    """Write at least one row into every table of invoices and payments of the workspace."""
    item = InvoiceItem("Engine oil", Decimal(2), Decimal(50))
    priced = WorkspaceTaxes(work).price([Line(item.quantity, item.unit_price, Tax.of_percent(Decimal(10)))])
    how = {name: work.workspace[name] for name in ("prices_include_tax", "tax_rounding")}
    made = invoices.issue(work, InvoiceIssue(Payer("At the counter"), [item], priced, **how))
    ((account,),) = work.write(_ACCOUNT())
    paid = payments.record(
        work,
        {
            "customer_id": None,
            "payment_account_id": account["id"],
            "amount": made.total,
            "received_at": None,
            "reference": None,
            "external_id": None,
            "notes": None,
            "allocations": [{"invoice_id": made.id, "amount": None}],
            "excess": "refuse",
        },
    )
    (line, *_) = invoices.lines_of(work, made.id)
    credit_notes.issue(
        work, made.id, "One came back", [{"line_id": line["id"], "quantity": Decimal(1), "amount": None}]
    )
    payments.refund(
        work, paid, {"amount": None, "payment_account_id": None, "reason": "One came back", "reference": None}
    )


def remind_of_a_sale(work: Work) -> None:
    """Write the first reminder of the latest invoice of the workspace."""
    settle_a_sale(work)
    ((invoice,),) = work.write(_LATEST())
    values = {"invoice_id": invoice["id"], "step": 1, "reminded_on": work.today(), "balance": 50, "overdue_days": 7}
    work.queue(insert_row(Reminder, uuid7(), values))
