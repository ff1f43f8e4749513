"""Document numbers without gaps: per workspace, series and local year, taken in the transaction that uses them.

- ``models``: what the workspace says, counters, the ledger of every number; ``functions``: what alone writes those
- ``series``: how a series stands, and changing it; ``gaps``: the proof that no number is missing
- ``services``: ``/v1/number-series``
"""

from __future__ import annotations

from typing import Any

from ..db.numbers import numbered
from .gaps import Gap, find_gaps
from .models import NumberCounter, NumberSeries, NumberTaken

__all__ = ["Gap", "NumberCounter", "NumberSeries", "NumberTaken", "find_gaps", "includeme", "numbered"]


def includeme(config: Any) -> None:
    config.include(".services")
