"""What other plugins may know of CRM: facts that have happened. The only module of this plugin that others import."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

__all__ = [
    "CustomerChanged",
    "CustomerCreated",
    "CustomerMerged",
    "OdometerRead",
    "Odometers",
    "VehicleRegistered",
    "VehicleTransferred",
]


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


class Odometers(Protocol):
    """The port for whoever reads odometers in the workshop: ``work.port(Odometers)``."""

    def record(self, vehicle_id: UUID, km: int, *, reason: str) -> None:
        """Keep what an odometer shows now; ``reason`` says why, should it be less than before. Emits OdometerRead."""
