"""When a delivery is tried again, and when no more: pauses that grow, with a little chance in them, for three days."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Self

from ..platform import BootError

__all__ = ["Patience"]

_PAUSES, _HOURS, _DAYS = "jemeti.webhooks.pauses", "jemeti.webhooks.give_up_after_hours", "jemeti.webhooks.keep_days"
# together a little more than three days: the last try finds the delivery, and its endpoint, three days old
PAUSES = "5 300 1800 7200 18000 36000 50400 59100 86400"
_JITTER = 0.1


@dataclass(frozen=True, slots=True)
class Patience:
    """``pauses`` in seconds, of which the last stands for all that follow; ``limit`` after which nothing is tried."""

    pauses: tuple[float, ...]
    limit: timedelta
    kept: timedelta

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.webhooks.*``. Raises BootError naming the key that cannot be read."""
        pauses = tuple(_number(_PAUSES, text) for text in settings.get(_PAUSES, PAUSES).split())
        if not pauses:
            raise BootError(f"{_PAUSES} is empty; write seconds, like {PAUSES!r}")
        hours, days = _number(_HOURS, settings.get(_HOURS, "72")), _number(_DAYS, settings.get(_DAYS, "30"))
        return cls(pauses, timedelta(hours=hours), timedelta(days=days))

    def next(self, tried: int, since: datetime, now: datetime) -> datetime | None:
        """When to try again after the ``tried``-th attempt has failed; None when a delivery begun ``since`` is over."""
        if now - since >= self.limit:
            return None
        pause = self.pauses[min(tried, len(self.pauses)) - 1]
        return now + timedelta(seconds=pause * random.uniform(1, 1 + _JITTER))  # noqa: S311 (no secret)


def _number(key: str, text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = 0.0
    if not 0 < number < 1e9:
        raise BootError(f"{key}: {text!r} is no number above zero")
    return number
