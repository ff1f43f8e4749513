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

from .contract import KINDS

__all__ = ["ACCOUNT_KINDS", "MOST_COMPONENTS", "PaymentAccount", "TaxRate", "TaxRateVersion"]

ACCOUNT_KINDS = ("cash", "bank", "card", "mobile_wallet")
MOST_COMPONENTS = 5


def _one_of(words: tuple[str, ...]) -> str:
    return f"IN ({', '.join(repr(word) for word in words)})"


class PaymentAccount(TenantBase):
    """Where money comes in and goes out. Of each kind one active account may be the default."""

    __tablename__ = "billing_payment_accounts"
    __shape__ = (
        Unique("name", where="status = 'active'"),
        Unique("kind", where="is_default", name="uq_billing_payment_accounts_default"),
        Search("name", "provider", "number"),
        CheckConstraint(f"kind {_one_of(ACCOUNT_KINDS)}", name="kind_known"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        CheckConstraint("status = 'active' OR NOT is_default", name="default_is_active"),
        CheckConstraint("position >= 0", name="position"),
    )

    name: Mapped[str]
    kind: Mapped[str]
    provider: Mapped[str | None]
    number: Mapped[str | None]
    bic: Mapped[str | None]
    notes: Mapped[str | None]
    position: Mapped[int] = mapped_column(server_default=text("0"))
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class TaxRate(TenantBase):
    """A rate that lines choose, such as VAT. What it comes to, and since when, its versions say."""

    __tablename__ = "billing_tax_rates"
    __shape__ = (
        Unique("code"),
        Unique(where="is_default", name="uq_billing_tax_rates_default"),
        Search("code", "name"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
        CheckConstraint("status = 'active' OR NOT is_default", name="default_is_active"),
    )

    code: Mapped[str]
    name: Mapped[str]
    notes: Mapped[str | None]
    is_default: Mapped[bool] = mapped_column(server_default=text("false"))
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class TaxRateVersion(TenantRow):
    """What a rate is from ``valid_from`` until the next version begins: its components, in order. Never rewritten.

    The components are columns of equal length, so that the database can hold every one of them to its rules.
    ``rate`` is all of them together, per cent of the taxable amount, rounded to six decimals for show.
    """

    __tablename__ = "billing_tax_rate_versions"
    __shape__ = (
        Reference("tax_rate_id", "billing_tax_rates", index=False),
        Unique("tax_rate_id", "valid_from"),
        CheckConstraint(f"kind {_one_of(KINDS)}", name="kind_known"),
        CheckConstraint("kind IN ('standard', 'reduced') OR rate = 0", name="kind_has_rate"),
        money_check("rate", minimum=0),
        CheckConstraint(
            "array_ndims(component_rates) = 1"
            f" AND cardinality(component_rates) BETWEEN 1 AND {MOST_COMPONENTS}"
            " AND array_position(component_rates, NULL) IS NULL"
            " AND 'NaN'::numeric <> ALL (component_rates)"
            " AND 0 <= ALL (component_rates) AND 100 >= ALL (component_rates)"
            " AND (cardinality(component_rates) > 1 OR rate = component_rates[1])",
            name="component_rates",
        ),
        CheckConstraint(
            "cardinality(component_names) = cardinality(component_rates)"
            " AND array_position(component_names, NULL) IS NULL",
            name="component_names",
        ),
        CheckConstraint(
            "cardinality(component_compounds) = cardinality(component_rates)"
            " AND array_position(component_compounds, NULL) IS NULL AND NOT component_compounds[1]",
            name="component_compounds",
        ),
    )
    __sample__: ClassVar[dict[str, Any]] = {
        "kind": "standard",
        "rate": 15,
        "component_names": ["VAT"],
        "component_rates": [15],
        "component_compounds": [False],
    }

    tax_rate_id: Mapped[UUID]
    valid_from: Mapped[date]
    kind: Mapped[str]
    rate: Mapped[Decimal] = mapped_column(Numeric(12, 6))
    component_names: Mapped[list[str]] = mapped_column(ARRAY(Text))
    component_rates: Mapped[list[Decimal]] = mapped_column(ARRAY(PercentColumn()))
    component_compounds: Mapped[list[bool]] = mapped_column(ARRAY(Boolean))
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())
