"""What other plugins may hear of repairs."""

from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID


@dataclass(frozen=True, slots=True)
class RepairFinished:
    """A bicycle can be fetched."""

    repair_id: UUID
    number: str
    price: Decimal
