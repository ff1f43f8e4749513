"""What other plugins may know of inspections: what has happened. The only module of this plugin that others import."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

__all__ = ["InspectionCompleted", "InspectionPromoted", "InspectionShared", "InspectionStarted"]


@dataclass(frozen=True, slots=True)
class InspectionStarted:
    """A mechanic has begun to inspect a vehicle."""

    inspection_id: UUID
    vehicle_id: UUID
    job_id: UUID | None


@dataclass(frozen=True, slots=True)
class InspectionCompleted:
    """Everything that was asked is answered; from now on the inspection does not change."""

    inspection_id: UUID
    vehicle_id: UUID
    job_id: UUID | None


@dataclass(frozen=True, slots=True)
class InspectionShared:
    """The report was given to the customer: its public address shows it."""

    inspection_id: UUID
    vehicle_id: UUID
    job_id: UUID | None


@dataclass(frozen=True, slots=True)
class InspectionPromoted:
    """What an inspection recommends for these items was put into a quotation's draft."""

    inspection_id: UUID
    quotation_id: UUID
    item_ids: tuple[UUID, ...]
