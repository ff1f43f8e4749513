"""What payments and credit notes are to other plugins: money that came in, and what is taken back of an invoice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

__all__ = ["CreditLine", "CreditNotes", "PaymentReceipt", "Payments", "Settlement"]


@dataclass(frozen=True, slots=True)
class Settlement:
    """What of a payment is to settle an invoice; without ``amount`` what the invoice needs and there is."""

    invoice_id: UUID
    amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class PaymentReceipt:
    """Money that came into a payment account. ``settles`` are invoices in order; what is left is credit.

    ``source_type`` and ``source_id`` name what it was received for, such as a job. ``refuse_excess`` refuses money
    that would settle nothing.
    """

    payment_account_id: UUID
    amount: Decimal
    settles: Sequence[Settlement] = ()
    customer_id: UUID | None = None
    received_at: datetime | None = None
    reference: str | None = None
    external_id: str | None = None
    notes: str | None = None
    source_type: str | None = None
    source_id: UUID | None = None
    refuse_excess: bool = False


class Payments(Protocol):
    """The port of whoever takes money: ``work.port(Payments)``."""

    def record(self, receipt: PaymentReceipt) -> UUID:
        """Record money that came in and settle invoices with it, in this transaction; returns the payment's id.

        Raises Invalid for an account, customer or invoice that is not there, and Conflict for money that fits no
        invoice. Emits PaymentReceived and PaymentAllocated.
        """

    def use_credit(self, invoice_id: UUID, amount: Decimal | None = None) -> Decimal:
        """Settle an invoice with its customer's credit, the oldest first; returns how much of it was.

        Without an ``amount`` as much as is needed and there is, which may be nothing. Raises Conflict where there is
        less than asked for. Emits PaymentAllocated.
        """


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What is taken back of a line: a quantity, or an amount with tax, or with neither all that is left."""

    line_id: UUID
    quantity: Decimal | None = None
    amount: Decimal | None = None


class CreditNotes(Protocol):
    """The port of whoever takes back what was invoiced: ``work.port(CreditNotes)``."""

    def issue(self, invoice_id: UUID, reason: str, lines: Sequence[CreditLine] | None = None) -> UUID:
        """Take back lines of an invoice, or where none are named all that is left of it; returns the credit note's id.

        Never more than was invoiced less what was taken back before: that is a Conflict. Emits CreditNoteIssued.
        """
