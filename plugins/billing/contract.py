"""What other plugins may know of billing: its events, the taxes of a workspace, and pricing. The only module of this
plugin that others import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from .pricing import Line, LineTax, Priced, PricedLine, TaxLine, TaxRounding, Totals, price
from .tax_table import KINDS, UNTAXED, Tax, TaxComponent, Taxes, TaxTable

__all__ = [
    "KINDS",
    "UNTAXED",
    "JobBalance",
    "JobBalances",
    "Line",
    "LineTax",
    "PaymentAccountChanged",
    "PaymentAccountCreated",
    "Priced",
    "PricedLine",
    "Tax",
    "TaxComponent",
    "TaxLine",
    "TaxRateChanged",
    "TaxRateCreated",
    "TaxRateRevised",
    "TaxRounding",
    "TaxTable",
    "Taxes",
    "Totals",
    "price",
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


@dataclass(frozen=True, slots=True)
class JobBalance:
    """What the invoices of a job come to: how many are issued, and what is still to be paid of them.

    ``outstanding`` is what the customer owes in all, of this job and everything else, less credit.
    """

    issued: int
    balance: Decimal
    outstanding: Decimal


class JobBalances(Protocol):
    """The port of invoices, for whoever hands vehicles over: ``work.port(JobBalances)``."""

    def of(self, job_id: UUID, customer_id: UUID) -> JobBalance:
        """What is issued and owed. Inside a transaction it is what holds until the commit: the invoices are locked."""
