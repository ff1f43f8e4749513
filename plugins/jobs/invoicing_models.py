"""What of a job is invoiced, and by which invoices. The invoices themselves are billing's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING
from uuid import UUID

from sqlalchemy import CheckConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantRow
from jemeti_platform.db.shape import Reference, Unique
from jemeti_platform.types import MoneyColumn, money_check

if TYPE_CHECKING:
    from jemeti_platform.work import Work

__all__ = ["InvoicedWork", "Invoicing"]


def _make(work: Work) -> None:
    from .samples import invoice_a_job

    invoice_a_job(work)


class Invoicing(TenantRow):
    """Work of a job invoiced at once: to the customer, to the insurer, or to both.

    ``covered`` is what the insurance covers of it before deductible and limit, ``insured`` what it was invoiced. When
    both invoices have been taken back in full it is ``freed_at`` that moment.
    """

    __tablename__ = "jobs_invoicings"
    __shape__ = (
        Reference("job_id", "jobs_jobs"),
        Reference("invoice_id", "billing_invoices"),
        Reference("insurer_invoice_id", "billing_invoices"),
        CheckConstraint("invoice_id IS NOT NULL OR insurer_invoice_id IS NOT NULL", name="invoiced_to_somebody"),
        money_check("covered", minimum=0),
        money_check("insured", minimum=0),
        CheckConstraint("insured <= covered", name="insured_is_covered"),
    )
    __sample__ = staticmethod(_make)

    job_id: Mapped[UUID]
    invoice_id: Mapped[UUID | None]
    insurer_invoice_id: Mapped[UUID | None]
    covered: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    insured: Mapped[Decimal] = mapped_column(MoneyColumn(), server_default=text("0"))
    freed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class InvoicedWork(TenantRow):
    """A line or part of a job that is invoiced: once, until what it was invoiced with is taken back in full."""

    __tablename__ = "jobs_invoiced_work"
    __shape__ = (
        Reference("invoicing_id", "jobs_invoicings"),
        Reference("line_id", "jobs_lines", index=False),
        Reference("part_id", "jobs_parts", index=False),
        Unique("line_id", where="freed_at IS NULL"),
        Unique("part_id", where="freed_at IS NULL"),
        CheckConstraint("(line_id IS NULL) <> (part_id IS NULL)", name="line_or_part"),
    )
    __sample__ = staticmethod(_make)

    invoicing_id: Mapped[UUID]
    line_id: Mapped[UUID | None]
    part_id: Mapped[UUID | None]
    freed_at: Mapped[datetime | None]
