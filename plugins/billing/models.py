"""Payment accounts, tax rates, and what each rate has been since when."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import Boolean, CheckConstraint, Numeric, Text, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Reference, Search, Unique
from jemeti_platform.types import PercentColumn, money_check

__all__ = ["PaymentAccount", "TaxRate", "TaxRateVersion"]


class PaymentAccount(TenantBase):
    """Where money comes in and goes out. Of each kind one may be the default."""

    __tablename__ = "billing_payment_accounts"
    __shape__ = (
        Unique("name"),
        Unique("kind", where="is_default", name="uq_billing_payment_accounts_default"),
        Search("name", "provider", "number"),
        CheckConstraint("kind IN ('cash', 'bank', 'card', 'mobile_wallet')", name="kind_known"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        CheckConstraint("status = 'active' OR NOT is_default", name="default_is_active"),
        CheckConstraint("'\"position\" >= 0", name="position"),
    )

    name: Mapped[str]
    kind: Mapped[str]
    provider: Mapped[str | None]
    number: Mapped[str | None]
    bank_code: Mapped[str | None]
    notes: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
