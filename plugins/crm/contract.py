"""What other plugins may know of CRM: facts that have happened. The only module of this plugin that others import."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import NamedTuple, Protocol
from uuid import UUID

from jemeti_platform.db.paged import Page
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound

__all__ = [
    "PLATE_KEY",
    "PLATE_KEYS",
    "CustomerChanged",
    "CustomerCreated",
    "CustomerLedger",
    "CustomerMerged",
    "LedgerPage",
    "OdometerRead",
    "Odometers",
    "VehicleHistory",
    "VehicleRegistered",
    "VehicleTransferred",
]

PLATE_KEY = "regexp_replace(jemeti.fold(plate), '[[:space:][:punct:]]'::text, ''::text, 'g'::text)"
"""What plates are compared by, ``plate_key`` of a vehicle: without case, blanks and dashes. As PostgreSQL prints it."""

PLATE_KEYS = f"SELECT {PLATE_KEY} FROM unnest(CAST(:f_plate AS text[])) AS asked(plate)".replace("::", r"\:\:")  # noqa: S608 (our own words)
"""The SELECT of that of the plates which a filter ``plate`` asks for, for SQLAlchemy's ``text``."""


@dataclass(frozen=True, slots=True)
class CustomerCreated:
    """A customer was added."""

    customer_id: UUID


@dataclass(frozen=True, slots=True)
class CustomerChanged:
    """Fields of a customer were changed; ``fields`` are their names."""

    customer_id: UUID
    fields: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class CustomerMerged:
    """``duplicate_id`` was merged into ``customer_id`` and is about to go.

    Rows that refer to the duplicate by a foreign key are moved afterwards, whatever plugin keeps them. Listen where
    that is not enough, as with what a customer may have only one of.
    """

    customer_id: UUID
    duplicate_id: UUID


@dataclass(frozen=True, slots=True)
class VehicleRegistered:
    """A vehicle was added for its owner."""

    vehicle_id: UUID
    customer_id: UUID


@dataclass(frozen=True, slots=True)
class VehicleTransferred:
    """A vehicle has a new owner from ``since`` on, a day in the workspace's time zone."""

    vehicle_id: UUID
    from_customer_id: UUID
    to_customer_id: UUID
    since: date


@dataclass(frozen=True, slots=True)
class OdometerRead:
    """An odometer showed ``reading_km`` kilometres at ``read_at``."""

    vehicle_id: UUID
    reading_km: int
    read_at: datetime


class LedgerPage(NamedTuple):
    """Entries of a customer's ledger, and what the customer owes now; ``ageing`` is that by how late it is."""

    page: Page
    outstanding_balance: Decimal
    unallocated_credit: Decimal
    ageing: Mapping[str, Decimal]


class CustomerLedger(Protocol):
    """The port that CRM asks what a customer owes; whoever keeps invoices provides it."""

    def balance(self, customer_id: UUID) -> Bound:
        """The SELECT of one row: ``outstanding_balance``, ``unallocated_credit``."""

    def statements(self, customer_id: UUID, page: int, per_page: int | None) -> Sequence[Bound]:
        """The SELECTs of a page; of all there is where ``per_page`` is None."""

    def page(self, found: Sequence[Rows]) -> LedgerPage:
        """The page out of the rows that they returned, in order."""


class Odometers(Protocol):
    """The port for whoever reads odometers in the workshop: ``work.port(Odometers)``."""

    def record(self, vehicle_id: UUID, km: int, *, reason: str | None, field: str = "reason") -> None:
        """Keep what an odometer shows now. Less than before needs a ``reason``, which is kept where it is needed.

        Raises Invalid without one, naming ``field``, where a client would say it. Emits OdometerRead.
        """


class VehicleHistory(Protocol):
    """The port for whoever does something to vehicles that their history should tell: ``work.port(VehicleHistory)``."""

    def note(self, vehicle_id: UUID, kind: str, *, subject_type: str, subject_id: UUID, title: str) -> None:
        """Keep for ever that something happened now, in this transaction; said again of a record, it is kept once.

        ``kind`` is a word (``inspected``), ``subject_type`` and ``subject_id`` the record that tells of it
        (``dvi.inspection``), ``title`` what people call that (``DVI-2026-00001``). Costs no round trip.
        """
