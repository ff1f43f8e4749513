"""What has happened in billing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

__all__ = [
    "PaymentAccountChanged",
    "PaymentAccountCreated",
    "TaxRateChanged",
    "TaxRateCreated",
    "TaxRateRevised",
]


@dataclass(frozen=True, slots=True)
class PaymentAccountCreated:
    """A payment account was added; ``kind`` is ``cash``, ``bank``, ``card`` or ``mobile_wallet``."""

    payment_account_id: UUID
    kind: str


@dataclass(frozen=True, slots=True)
class PaymentAccountChanged:
    """Fields of a payment account were changed; ``fields`` are their names."""

    payment_account_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxRateCreated:
    """A tax rate was added, with its first percentages."""

    tax_rate_id: UUID
    code: str


@dataclass(frozen=True, slots=True)
class TaxRateChanged:
    """Fields of a tax rate were changed, none of its percentages; ``fields`` are their names."""

    tax_rate_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TaxRateRevised:
    """A tax rate has other percentages from ``valid_from`` on, a day in the workspace's time zone."""

    tax_rate_id: UUID
    valid_from: date
