"""What other plugins may know of the tyre hotel."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

__all__ = ["SetCollected", "SetDue", "SetStored"]


@dataclass(frozen=True, slots=True)
class SetStored:
    """A set has been measured and put in its place."""

    tyre_set_id: UUID
    position: str


@dataclass(frozen=True, slots=True)
class SetCollected:
    """A set has been handed out."""

    tyre_set_id: UUID


@dataclass(frozen=True, slots=True)
class SetDue:
    """The season begins for which a set is kept."""

    tyre_set_id: UUID
