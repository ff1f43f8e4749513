"""Quotations and amendments, their lines, and what was decided on each line."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKeyConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Indexed, Reference, Unique
from jemeti_platform.lifecycle import state_check
from jemeti_platform.types import MoneyColumn, PercentColumn, QuantityColumn, money_check
from jemeti_platform.work import Work

from .quotation_lifecycle import QUOTATION

__all__ = ["DECISIONS", "QUOTED_KINDS", "Quotation", "QuotationDecision", "QuotationLine", "QuotationView"]

QUOTED_KINDS = ("labour", "part", "sublet", "fee")
DECISIONS = ("approved", "declined")
_FIGURES = ("amount", "discount", "taxable", "tax", "total")


class Quotation(TenantBase):
    """One revision of a quotation, or of an amendment to one.

    From ``sent_at`` on nothing of it changes but its state and its link. Revisions share a number. ``expires_at`` is
    the end of the day ``valid_until``, as the workspace's clock had it when it was sent; ``reminded_at`` is when the
    customer was told that it comes near. ``share_token`` is the word of its public link, which shows nothing from
    ``link_revoked_at`` on.
    """

    __tablename__ = "jobs_quotations"
    __shape__ = (
        Unique("number", "revision"),
        Unique("supersedes_id", where="supersedes_id IS NOT NULL"),
        Unique("share_token"),
        Reference("job_id", "jobs_jobs"),
        Reference("customer_id", "crm_customers"),
        Reference("vehicle_id", "crm_vehicles"),
        Reference("amends_id", "jobs_quotations"),
        Reference("supersedes_id", "jobs_quotations", index=False),
        Indexed("created_at"),
        Indexed("expires_at", where="status = 'sent'"),
        state_check(QUOTATION),
        CheckConstraint("kind IN ('quotation', 'amendment')", name="kind_known"),
        CheckConstraint("(kind = 'amendment') = (amends_id IS NOT NULL)", name="amendment_amends"),
        CheckConstraint("(revision > 1) = (supersedes_id IS NOT NULL)", name="revision_supersedes"),
        CheckConstraint("tax_rounding IN ('line', 'document')", name="tax_rounding_known"),
        CheckConstraint("(sent_at IS NULL) = (expires_at IS NULL)", name="sent_expires"),
        CheckConstraint("status <> 'draft' OR sent_at IS NULL", name="draft_is_unsent"),
        money_check("subtotal"),
        *(money_check(name) for name in _FIGURES[1:]),
    )
    __sample__: ClassVar[dict[str, Any]] = {"currency": "EUR", "tax_rounding": "line", "kind": "quotation"}

    number: Mapped[str]
    revision: Mapped[int] = mapped_column(server_default=text("1"))
    kind: Mapped[str] = mapped_column(server_default=text("'quotation'"))
    status: Mapped[str] = mapped_column(server_default=text("'draft'"))
    job_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    vehicle_id: Mapped[UUID | None]
    amends_id: Mapped[UUID | None]
    supersedes_id: Mapped[UUID | None]
    valid_until: Mapped[date | None]
    expires_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    share_token: Mapped[str] = mapped_column(
        server_default=text("replace(gen_random_uuid()::text, '-', '')"), doc="The word of its public link"
    )
    link_revoked_at: Mapped[datetime | None]
    note: Mapped[str | None]
    membership: Mapped[str | None] = mapped_column(doc="The membership whose discount its lines have")
    currency: Mapped[str]
    prices_include_tax: Mapped[bool]
    tax_rounding: Mapped[str]
    subtotal: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax_lines: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class QuotationLine(TenantRow):
    """One line, as typed in and as reckoned.

    ``source`` says who recommended it, such as ``dvi.inspection``, ``source_id`` which one, and ``source_item_id`` what
    of it the line is about: of one item there is one line.
    """

    __tablename__ = "jobs_quotation_lines"
    __shape__ = (
        Reference("quotation_id", "jobs_quotations", index=False),
        Unique("quotation_id", "id"),
        Unique("quotation_id", "source_item_id", where="source_item_id IS NOT NULL"),
        Reference("service_id", "jobs_services"),
        Reference("tax_rate_id", "billing_tax_rates"),
        Reference("declined_work_id", "jobs_declined_work"),
        CheckConstraint("kind IN ('labour', 'part', 'sublet', 'fee')", name="kind_known"),
        CheckConstraint("discount_percent IS NULL OR discount_amount IS NULL", name="one_discount"),
        money_check("quantity", minimum=0),
        money_check("unit_price", minimum=0),
        money_check("discount_percent", minimum=0, maximum=100),
        money_check("discount_amount", minimum=0),
        money_check("tax_rate", minimum=0),
        money_check("insurance_percent", minimum=0, maximum=100),
        *(money_check(name) for name in _FIGURES),
    )

    quotation_id: Mapped[UUID]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    kind: Mapped[str]
    description: Mapped[str]
    service_id: Mapped[UUID | None]
    product_id: Mapped[UUID | None]
    quantity: Mapped[Decimal] = mapped_column(QuantityColumn(), server_default=text("1"))
    unit_price: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    discount_amount: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    tax_rate_id: Mapped[UUID | None]
    tax_rate: Mapped[Decimal | None] = mapped_column(PercentColumn())
    insurance_percent: Mapped[Decimal | None] = mapped_column(PercentColumn())
    note: Mapped[str | None]
    declined_work_id: Mapped[UUID | None]
    source: Mapped[str | None]
    source_id: Mapped[UUID | None]
    source_item_id: Mapped[UUID | None]
    amount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    discount: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxable: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    tax: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    total: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    taxes: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"))


class QuotationDecision(TenantRow):
    """What was decided on a line, by which approval record: once, and written once.

    ``declined_work_id`` is what a line is kept as that was declined for the first time.
    """

    __tablename__ = "jobs_quotation_decisions"
    __shape__ = (
        ForeignKeyConstraint(
            ["tenant_id", "quotation_id", "line_id"],
            ["jobs_quotation_lines.tenant_id", "jobs_quotation_lines.quotation_id", "jobs_quotation_lines.id"],
            name="fk_jobs_quotation_decisions_line",
        ),
        Unique("line_id"),
        Reference("approval_id", "jobs_approvals"),
        Indexed("quotation_id"),
        Reference("declined_work_id", "jobs_declined_work", index=False),
        Unique("declined_work_id", where="declined_work_id IS NOT NULL"),
        CheckConstraint("decision = 'declined' OR declined_work_id IS NULL", name="declined_is_kept"),
        CheckConstraint("decision IN ('approved', 'declined')", name="decision_known"),
    )

    @staticmethod
    def __sample__(work: Work) -> None:
        from .samples import decide_on_a_quotation

        decide_on_a_quotation(work)

    quotation_id: Mapped[UUID]
    line_id: Mapped[UUID]
    approval_id: Mapped[UUID]
    decision: Mapped[str]
    declined_work_id: Mapped[UUID | None]
    decided_at: Mapped[datetime] = mapped_column(server_default=func.now())


class QuotationView(TenantRow):
    """That a quotation was opened by its link: first, last, and how often, as browsers that show its pictures tell."""

    __tablename__ = "jobs_quotation_views"
    __shape__ = (
        Reference("quotation_id", "jobs_quotations", index=False),
        Unique("quotation_id"),
        CheckConstraint("views >= 1", name="views"),
        CheckConstraint("last_viewed_at >= first_viewed_at", name="first_is_first"),
    )

    quotation_id: Mapped[UUID]
    first_viewed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    last_viewed_at: Mapped[datetime] = mapped_column(server_default=func.now())
    views: Mapped[int] = mapped_column(server_default=text("1"))
