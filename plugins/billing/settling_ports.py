"""The providers of ``Payments`` and ``CreditNotes``: the same functions that the paths of billing call."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from uuid import UUID

from jemeti_platform.work import Work

from . import credit_notes, payments
from .contract import CreditLine, PaymentReceipt

__all__ = ["WorkspaceCreditNotes", "WorkspacePayments"]


class WorkspacePayments:
    """The payments of one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def record(self, receipt: PaymentReceipt) -> UUID:
        names = (
            "payment_account_id", "amount", "customer_id", "received_at", "reference", "external_id", "notes",
            "source_type", "source_id",
        )  # fmt: skip
        return payments.record(
            self.work,
            {
                **{name: getattr(receipt, name) for name in names},
                "allocations": [{"invoice_id": one.invoice_id, "amount": one.amount} for one in receipt.settles],
                "excess": "refuse" if receipt.refuse_excess else "credit",
            },
        )

    def use_credit(self, invoice_id: UUID, amount: Decimal | None = None) -> Decimal:
        if amount is None:
            return payments.use_what_there_is(self.work, invoice_id)
        return payments.use_credit(self.work, invoice_id, amount)


class WorkspaceCreditNotes:
    """The credit notes of one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def issue(self, invoice_id: UUID, reason: str, lines: Sequence[CreditLine] | None = None) -> UUID:
        if lines is None:
            return credit_notes.issue(self.work, invoice_id, reason, None)
        wishes = [{"line_id": one.line_id, "quantity": one.quantity, "amount": one.amount} for one in lines]
        return credit_notes.issue(self.work, invoice_id, reason, wishes)
