"""Invoices with their lines, credit notes, payments, what settles what, and refunds. All of it is only ever added to.

What may change are the counters, by the triggers of ``functions``, a customer, by a merge, and whether anybody is
reminded of an invoice.
"""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, Numeric, Text, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.types import MoneyColumn, QuantityColumn, money_check

if TYPE_CHECKING:
    from jemeti_platform.work import Work

__all__ = ["Allocation", "CreditNote", "CreditNoteLine", "Invoice", "InvoiceLine", "Payment", "Refund"]


def _make(work: Work) -> None:
    from .samples import settle_a_sale

    settle_a_sale(work)


def _amount(**more: Any) -> Any:
    return mapped_column(MoneyColumn(), **more)


def _counter() -> Any:
    return _amount(server_default=text("0"))


SETTLEMENT = (
    "CASE WHEN credited = total AND credited > 0::numeric THEN 'cancelled'::text"
    " WHEN paid + credited = total THEN 'paid'::text"
    " WHEN paid + credited > 0::numeric THEN 'partial'::text ELSE 'open'::text END"
)
"""How far an invoice is settled, a text: numbers can be no condition of an index under row security."""


def _numbers(*names: str) -> tuple[CheckConstraint, ...]:
    return tuple(money_check(name, minimum=0) for name in names)


class Invoice(TenantBase):
    """An invoice as it was issued. ``paid`` and ``credited`` are counted; payer and vehicle are as they were then.

    ``no_reminders`` says why nobody is reminded of it.
    """

    __tablename__ = "billing_invoices"
    __shape__ = (
        Unique("number"),
        Reference("customer_id", "crm_customers"),
        Indexed("source_id"),
        Indexed("issued_on"),
        Indexed("settlement", "due_on"),
        Search("number", "payer_name", "reference", "source_number", "vehicle_plate"),
        *_numbers("subtotal", "discount", "taxable", "tax", "total", "paid", "credited"),
        CheckConstraint("total = taxable + tax", name="adds_up"),
        CheckConstraint("paid + credited <= total", name="settled_at_most_once"),
        CheckConstraint("due_on >= issued_on", name="due_after_issue"),
        CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
        CheckConstraint("(source_type IS NULL) = (source_id IS NULL)", name="source_whole"),
        CheckConstraint("line_count >= 1", name="has_lines"),
    )
    __sample__ = staticmethod(_make)

    number: Mapped[str]
    customer_id: Mapped[UUID | None]
    payer: Mapped[dict[str, Any]] = mapped_column(JSONB)
    payer_name: Mapped[str]
    source_type: Mapped[str | None]
    source_id: Mapped[UUID | None]
    source_number: Mapped[str | None]
    vehicle: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    vehicle_plate: Mapped[str | None]
    reference: Mapped[str | None]
    issued_on: Mapped[date]
    due_on: Mapped[date]
    notes: Mapped[str | None]
    currency: Mapped[str]
    prices_include_tax: Mapped[bool]
    tax_rounding: Mapped[str]
    subtotal: Mapped[Decimal] = _amount()
    discount: Mapped[Decimal] = _amount()
    taxable: Mapped[Decimal] = _amount()
    tax: Mapped[Decimal] = _amount()
    total: Mapped[Decimal] = _amount()
    tax_lines: Mapped[list[Any]] = mapped_column(JSONB)
    line_count: Mapped[int]
    no_reminders: Mapped[str | None]
    paid: Mapped[Decimal] = _counter()
    credited: Mapped[Decimal] = _counter()
    settlement: Mapped[str] = mapped_column(Text, Computed(SETTLEMENT, persisted=True))


class InvoiceLine(TenantRow):
    """A line as it was priced; ``taxes`` are its taxes one by one."""

    __tablename__ = "billing_invoice_lines"
    __shape__ = (
        Reference("invoice_id", "billing_invoices", index=False),
        Unique("invoice_id", "position"),
        *_numbers("amount", "discount", "taxable", "tax", "total", "credited_taxable", "credited_tax"),
        *_numbers("quantity", "unit_price"),
        CheckConstraint("total = taxable + tax", name="adds_up"),
        CheckConstraint(
            "credited_quantity <= quantity AND credited_taxable <= taxable AND credited_tax <= tax",
            name="credited_at_most_once",
        ),
    )
    __sample__ = staticmethod(_make)

    invoice_id: Mapped[UUID]
    position: Mapped[int]
    kind: Mapped[str | None]
    source_line_id: Mapped[UUID | None]
    description: Mapped[str]
    detail: Mapped[str | None]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn())
    unit: Mapped[str | None]
    unit_price: Mapped[Decimal] = mapped_column(Numeric(18, 4))
    amount: Mapped[Decimal] = _amount()
    discount: Mapped[Decimal] = _amount()
    taxable: Mapped[Decimal] = _amount()
    tax: Mapped[Decimal] = _amount()
    total: Mapped[Decimal] = _amount()
    taxes: Mapped[list[Any]] = mapped_column(JSONB)
    credited_quantity: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("0"))
    credited_taxable: Mapped[Decimal] = _counter()
    credited_tax: Mapped[Decimal] = _counter()


class CreditNote(TenantRow):
    """What is taken back of an invoice."""

    __tablename__ = "billing_credit_notes"
    __shape__ = (
        Unique("number"),
        Reference("invoice_id", "billing_invoices"),
        Indexed("issued_on"),
        Search("number", "reason"),
        *_numbers("taxable", "tax", "total"),
        CheckConstraint("total = taxable + tax", name="adds_up"),
        CheckConstraint("total > 0", name="worth_something"),
    )
    __sample__ = staticmethod(_make)

    number: Mapped[str]
    invoice_id: Mapped[UUID]
    issued_on: Mapped[date]
    reason: Mapped[str]
    taxable: Mapped[Decimal] = _amount()
    tax: Mapped[Decimal] = _amount()
    total: Mapped[Decimal] = _amount()
    tax_lines: Mapped[list[Any]] = mapped_column(JSONB)
    line_count: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class CreditNoteLine(TenantRow):
    """What is taken back of one line of the invoice; no ``quantity`` where only the price is lowered."""

    __tablename__ = "billing_credit_note_lines"
    __shape__ = (
        Reference("credit_note_id", "billing_credit_notes", index=False),
        Reference("invoice_line_id", "billing_invoice_lines"),
        Unique("credit_note_id", "invoice_line_id"),
        *_numbers("quantity", "taxable", "tax", "total"),
        CheckConstraint("total = taxable + tax", name="adds_up"),
    )
    __sample__ = staticmethod(_make)

    credit_note_id: Mapped[UUID]
    invoice_line_id: Mapped[UUID]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn())
    taxable: Mapped[Decimal] = _amount()
    tax: Mapped[Decimal] = _amount()
    total: Mapped[Decimal] = _amount()
    taxes: Mapped[list[Any]] = mapped_column(JSONB)


class Payment(TenantBase):
    """Money that came in. What of it is neither ``allocated`` nor ``refunded`` is the customer's credit.

    ``source_type`` and ``source_id`` say what it was received for, where that is known, such as a job.
    """

    __tablename__ = "billing_payments"
    __shape__ = (
        Unique("number"),
        Unique("payment_account_id", "external_id", where="external_id IS NOT NULL"),
        Reference("customer_id", "crm_customers"),
        Reference("payment_account_id", "billing_payment_accounts", index=False),
        Indexed("received_at"),
        Indexed("has_credit", "received_at"),
        Indexed("source_id", where="source_id IS NOT NULL"),
        Search("number", "reference"),
        *_numbers("amount", "allocated", "refunded"),
        CheckConstraint("(source_type IS NULL) = (source_id IS NULL)", name="source_whole"),
        CheckConstraint("amount > 0", name="worth_something"),
        CheckConstraint("allocated + refunded <= amount", name="spent_at_most_once"),
    )
    __sample__ = staticmethod(_make)

    number: Mapped[str]
    customer_id: Mapped[UUID | None]
    payment_account_id: Mapped[UUID]
    amount: Mapped[Decimal] = _amount()
    currency: Mapped[str]
    received_at: Mapped[datetime]
    reference: Mapped[str | None]
    external_id: Mapped[str | None]
    notes: Mapped[str | None]
    source_type: Mapped[str | None]
    source_id: Mapped[UUID | None]
    allocated: Mapped[Decimal] = _counter()
    refunded: Mapped[Decimal] = _counter()
    has_credit: Mapped[bool] = mapped_column(Computed("allocated + refunded < amount", persisted=True))


class Allocation(TenantRow):
    """What of a payment settles an invoice; a reversal is the same amount, negative, and names what it takes back."""

    __tablename__ = "billing_allocations"
    __shape__ = (
        Reference("payment_id", "billing_payments"),
        Reference("invoice_id", "billing_invoices"),
        Reference("reverses_id", "billing_allocations", index=False),
        Unique("reverses_id"),
        money_check("amount"),
        CheckConstraint(
            "(reverses_id IS NULL AND amount > 0) OR (reverses_id IS NOT NULL AND amount < 0)", name="sign"
        ),
    )
    __sample__ = staticmethod(_make)

    payment_id: Mapped[UUID]
    invoice_id: Mapped[UUID]
    amount: Mapped[Decimal] = _amount()
    reverses_id: Mapped[UUID | None]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Refund(TenantRow):
    """Money of a payment that went back."""

    __tablename__ = "billing_refunds"
    __shape__ = (
        Unique("number"),
        Reference("payment_id", "billing_payments"),
        Reference("payment_account_id", "billing_payment_accounts", index=False),
        money_check("amount", minimum=0),
        CheckConstraint("amount > 0", name="worth_something"),
    )
    __sample__ = staticmethod(_make)

    number: Mapped[str]
    payment_id: Mapped[UUID]
    payment_account_id: Mapped[UUID]
    amount: Mapped[Decimal] = _amount()
    refunded_at: Mapped[datetime]
    reason: Mapped[str]
    reference: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
