"""What other plugins may know of tyre storage: one event, one port."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol
from uuid import UUID


@dataclass(frozen=True)
class SetStored:
    """A set of wheels has been put on a rack."""

    set_id: UUID
    rack_id: UUID


class TreadAdvice(Protocol):
    def say(self, tread: Decimal) -> str:
        """What to tell the customer about this tread depth, in millimetres."""
