"""What stands beside issued documents: invoices that are not issued yet, and the public addresses of those that are."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Numeric
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase
from jemeti_platform.db.shape import Indexed, Reference, Search, Unique
from jemeti_platform.types import MoneyColumn, money_check

if TYPE_CHECKING:
    from jemeti_platform.work import Work

__all__ = ["DocumentLink", "InvoiceDraft"]


def _make(work: Work) -> None:
    from .samples import settle_a_sale

    settle_a_sale(work)


class InvoiceDraft(TenantBase):
    """An invoice that is still being written: it has no number, and becomes the invoice of the same id when issued.

    ``lines`` are as they were given; the totals are what they came to when the draft was last written.
    """

    __tablename__ = "billing_invoice_drafts"
    __shape__ = (
        Reference("customer_id", "crm_customers"),
        Indexed("created_at"),
        Search("reference", "notes"),
        *(money_check(name, minimum=0) for name in ("subtotal", "discount", "taxable", "tax", "total")),
        CheckConstraint("total = taxable + tax", name="adds_up"),
        CheckConstraint("discount_percent BETWEEN 0::numeric AND 100::numeric", name="discount_percent_range"),
        CheckConstraint("discount_amount >= 0::numeric AND discount_amount <> 'NaN'::numeric", name="discount_amount"),
        CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        CheckConstraint("due_in_days BETWEEN 0 AND 365", name="due_in_days_range"),
        CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
    )
    __sample__: ClassVar[dict[str, Any]] = {
        "due_in_days": 14,
        "tax_rounding": "line",
        "discount_percent": None,
        "discount_amount": None,
        "lines": [],
        **dict.fromkeys(("subtotal", "discount", "taxable", "tax", "total"), 0),
        "tax_lines": [],
    }

    customer_id: Mapped[UUID]
    reference: Mapped[str | None]
    due_in_days: Mapped[int]
    notes: Mapped[str | None]
    prices_include_tax: Mapped[bool]
    tax_rounding: Mapped[str]
    discount_percent: Mapped[Decimal | None] = mapped_column(Numeric(6, 3))
    discount_amount: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    lines: Mapped[list[Any]] = mapped_column(JSONB)
    subtotal: Mapped[Decimal] = mapped_column(MoneyColumn())
    discount: Mapped[Decimal] = mapped_column(MoneyColumn())
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn())
    tax: Mapped[Decimal] = mapped_column(MoneyColumn())
    total: Mapped[Decimal] = mapped_column(MoneyColumn())
    tax_lines: Mapped[list[Any]] = mapped_column(JSONB)


class DocumentLink(TenantBase):
    """The word by which one invoice, credit note or payment is seen without logging in, until it is revoked."""

    __tablename__ = "billing_document_links"
    __shape__ = (
        Reference("invoice_id", "billing_invoices", index=False),
        Reference("credit_note_id", "billing_credit_notes", index=False),
        Reference("payment_id", "billing_payments", index=False),
        Unique("invoice_id"),
        Unique("credit_note_id"),
        Unique("payment_id"),
        Unique("word"),
        CheckConstraint("num_nonnulls(invoice_id, credit_note_id, payment_id) = 1", name="of_one_document"),
        CheckConstraint("word ~ '^[0-9a-f]{32}$'", name="word_form"),
    )
    __sample__ = staticmethod(_make)

    invoice_id: Mapped[UUID | None]
    credit_note_id: Mapped[UUID | None]
    payment_id: Mapped[UUID | None]
    word: Mapped[str]
    revoked_at: Mapped[datetime | None]
