"""What invoices are to other plugins: what is invoiced to whom, and what was issued. Jobs and sales go this one way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any, Protocol
from uuid import UUID

from .pricing import Priced

__all__ = ["InvoiceIssue", "InvoiceItem", "InvoicedVehicle", "Invoices", "IssuedInvoice", "Payer"]


@dataclass(frozen=True, slots=True)
class Payer:
    """Who an invoice is addressed to, as it is written on it. Without a customer it is somebody at the counter."""

    name: str
    customer_id: UUID | None = None
    address: Mapping[str, Any] | None = None
    phone: str | None = None
    email: str | None = None
    tax_id: str | None = None


@dataclass(frozen=True, slots=True)
class InvoicedVehicle:
    """The vehicle that an invoice is about, as it is written on it. The odometer is in kilometres."""

    plate: str | None = None
    description: str | None = None
    vin: str | None = None
    odometer: int | None = None


@dataclass(frozen=True, slots=True)
class InvoiceItem:
    """What a line says. Its amounts are those of the ``PricedLine`` at the same place.

    ``source_line_id`` is the line of the job or order that it comes from, ``tax_rate_id`` its ``Tax.id``.
    """

    description: str
    quantity: Decimal
    unit_price: Decimal
    kind: str | None = None
    detail: str | None = None
    unit: str | None = None
    source_line_id: UUID | None = None
    tax_rate_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class InvoiceIssue:
    """An invoice that is to be issued: what its items were priced at, by ``price`` or ``split_insurance``.

    ``due_on`` is by default the day of issue. ``source_number`` is what people call the source by, such as
    ``JOB-2026-00187``: it and the ``vehicle`` stand on the invoice, and it is found by them.
    """

    payer: Payer
    items: Sequence[InvoiceItem]
    priced: Priced
    prices_include_tax: bool
    tax_rounding: str
    source_type: str | None = None
    source_id: UUID | None = None
    source_number: str | None = None
    vehicle: InvoicedVehicle | None = None
    reference: str | None = None
    due_on: date | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True)
class IssuedInvoice:
    """An invoice that stands from now on."""

    id: UUID
    number: str
    total: Decimal


class Invoices(Protocol):
    """The port of whoever issues invoices: ``work.port(Invoices)``."""

    def payer(self, customer_id: UUID) -> Payer:
        """The customer as an invoice names him now. Raises Invalid for one that is not there."""

    def issue(self, wish: InvoiceIssue) -> IssuedInvoice:
        """Issue an invoice in this transaction: its number, its frozen lines. Emits InvoiceIssued."""
