"""What other plugins may know of billing: its events, the taxes of a workspace, and pricing. The only module of this
plugin that others import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Protocol
from uuid import UUID

from .frozen import kept_taxes, priced_again
from .insurance import Split, split_insurance
from .invoicing import InvoicedVehicle, InvoiceIssue, InvoiceItem, Invoices, IssuedInvoice, Payer
from .pricing import Line, LineTax, Priced, PricedLine, TaxLine, TaxRounding, Totals, price, summed
from .settling import CreditLine, CreditNotes, PaymentReceipt, Payments, Settlement
from .sources import InvoiceSource
from .tax_table import KINDS, UNTAXED, Tax, TaxComponent, Taxes, TaxTable

__all__ = [
    "KINDS",
    "UNTAXED",
    "AllocationReversed",
    "CreditLine",
    "CreditNoteIssued",
    "CreditNotes",
    "InvoiceIssue",
    "InvoiceIssued",
    "InvoiceItem",
    "InvoiceReminded",
    "InvoiceSource",
    "InvoicedVehicle",
    "Invoices",
    "IssuedInvoice",
    "JobBalance",
    "JobBalances",
    "Line",
    "LineTax",
    "Payer",
    "PaymentAccountChanged",
    "PaymentAccountCreated",
    "PaymentAllocated",
    "PaymentReceipt",
    "PaymentReceived",
    "PaymentRefunded",
    "Payments",
    "Priced",
    "PricedLine",
    "Settlement",
    "Split",
    "Tax",
    "TaxAmount",
    "TaxComponent",
    "TaxLine",
    "TaxRateChanged",
    "TaxRateCreated",
    "TaxRateRevised",
    "TaxRounding",
    "TaxTable",
    "Taxes",
    "Totals",
    "kept_taxes",
    "price",
    "priced_again",
    "split_insurance",
    "summed",
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
class TaxAmount:
    """One tax of a document: ``tax`` on ``taxable``; ``tax_rate_id`` where it is a rate of the workspace."""

    name: str
    rate: Decimal
    taxable: Decimal
    tax: Decimal
    tax_rate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class InvoiceIssued:
    """An invoice was issued: a receivable of ``total``, revenue of ``taxable``, and each of its taxes."""

    invoice_id: UUID
    number: str
    customer_id: UUID | None
    source_type: str | None
    source_id: UUID | None
    issued_on: date
    currency: str
    taxable: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...]


@dataclass(frozen=True, slots=True)
class InvoiceReminded:
    """A customer was reminded of an overdue invoice, of which ``balance`` was owed; by hand ``step`` is null."""

    reminder_id: UUID
    invoice_id: UUID
    customer_id: UUID | None
    step: int | None
    currency: str
    balance: Decimal
    overdue_days: int


@dataclass(frozen=True, slots=True)
class CreditNoteIssued:
    """Part of an invoice, or all of it, was taken back. What had been paid of that is the customer's credit."""

    credit_note_id: UUID
    number: str
    invoice_id: UUID
    customer_id: UUID | None
    issued_on: date
    currency: str
    taxable: Decimal
    tax: Decimal
    total: Decimal
    taxes: tuple[TaxAmount, ...]


@dataclass(frozen=True, slots=True)
class PaymentReceived:
    """Money came into a payment account. What of it settles which invoice, PaymentAllocated tells."""

    payment_id: UUID
    number: str
    customer_id: UUID | None
    payment_account_id: UUID
    currency: str
    amount: Decimal
    received_at: datetime


@dataclass(frozen=True, slots=True)
class PaymentAllocated:
    """``amount`` of a payment settles an invoice."""

    allocation_id: UUID
    payment_id: UUID
    invoice_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class AllocationReversed:
    """``amount`` of a payment settles an invoice no longer; the money is the customer's credit again."""

    allocation_id: UUID
    payment_id: UUID
    invoice_id: UUID
    amount: Decimal


@dataclass(frozen=True, slots=True)
class PaymentRefunded:
    """Money of a payment went back out of a payment account."""

    refund_id: UUID
    number: str
    payment_id: UUID
    customer_id: UUID | None
    payment_account_id: UUID
    currency: str
    amount: Decimal
    refunded_at: datetime


@dataclass(frozen=True, slots=True)
class JobBalance:
    """What the invoices of a job come to: how many are issued, and what the customer has still to pay of them.

    What an insurer owes is no part of the ``balance``. ``outstanding`` is what the customer owes in all, of this job
    and everything else, less credit.
    """

    issued: int
    balance: Decimal
    outstanding: Decimal


class JobBalances(Protocol):
    """The port of invoices, for whoever hands vehicles over: ``work.port(JobBalances)``."""

    def of(self, job_id: UUID, customer_id: UUID) -> JobBalance:
        """What is issued and owed. Inside a transaction it is what holds until the commit: the invoices are locked."""
