"""When something will reach its limit: a straight line through what was measured, by odometer. Pure functions.

Only values since the part was last renewed count. Where there is too little to draw a line through, that is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from .grading import Limits

__all__ = ["FEWEST", "SHORTEST_KM", "Forecast", "Reading", "forecast", "since_renewal"]

FEWEST = 3
"""Two values always lie on a line; only a third shows that it is one."""

SHORTEST_KM = 1_000
"""Over less than this the error of measuring is larger than the wear."""

FURTHEST_KM = 300_000
_RENEWED = Fraction(1, 4)
"""A value better by more than this part of what has been measured at most is that of a new part."""


class Reading(NamedTuple):
    """What was measured at how many kilometres."""

    odometer: int
    value: Decimal


class Forecast(NamedTuple):
    """``status`` says what is known, ``message`` says so in words. ``per_1000_km`` is the change over 1,000 km."""

    status: str
    message: str
    readings: int
    limit: Decimal | None = None
    odometer_at_limit: int | None = None
    remaining_km: int | None = None
    per_1000_km: Decimal | None = None

    def as_dict(self) -> dict[str, Any]:
        return self._asdict()


def since_renewal(readings: Sequence[Reading], limits: Limits | None) -> list[Reading]:
    """The readings by odometer, from the last one on that was so much better that the part must be a new one."""
    ordered = sorted(readings, key=lambda one: one.odometer)
    if limits is None:
        return ordered
    sign = 1 if limits.worse == "below" else -1
    begin = 0
    for place in range(1, len(ordered)):
        span = max(abs(one.value - limits.last) for one in ordered[: place + 1])
        if sign * (ordered[place].value - ordered[place - 1].value) > _RENEWED * Fraction(span):
            begin = place
    return ordered[begin:]


def forecast(readings: Sequence[Reading], limits: Limits | None) -> Forecast:
    """When the worst limit will be reached, by linear regression of the values since the part was renewed.

    ``status``: ``no_limit``, ``reached``, ``not_enough_readings``, ``not_wearing`` (no worse from visit to visit),
    ``far_away`` (more than 300,000 km) or ``expected``, which alone has a forecast.
    """
    counted = since_renewal(readings, limits)
    count = len(counted)
    if limits is None:
        return Forecast("no_limit", "This item has no limit that it could reach.", count)
    limit = limits.last
    if counted and limits.reached(counted[-1].value, limit):
        return Forecast("reached", f"The limit of {limit:f} has been reached.", count, limit, remaining_km=0)
    kilometres = counted[-1].odometer - counted[0].odometer if counted else 0
    if count < FEWEST or kilometres < SHORTEST_KM:
        message = (
            f"Not enough has been measured: a forecast needs {FEWEST} values over at least {SHORTEST_KM} km since the "
            f"part was new, there {'is' if count == 1 else 'are'} {count} over {kilometres} km."
        )
        return Forecast("not_enough_readings", message, count, limit)
    slope, height = _line(counted)
    shown = _rounded(slope * 1000, "0.001")
    if slope == 0 or (slope < 0) != (limits.worse == "below"):
        message = "The values get no worse from visit to visit, so that nothing can be foretold."
        return Forecast("not_wearing", message, count, limit, per_1000_km=shown)
    at = (Fraction(limit) - height) / slope
    # a line may reach the limit before the last value does, which has not
    remaining = max(0, int(at - counted[-1].odometer))
    if remaining > FURTHEST_KM:
        message = f"At this rate the limit is more than {FURTHEST_KM} km away."
        return Forecast("far_away", message, count, limit, per_1000_km=shown)
    odometer = counted[-1].odometer + remaining
    message = f"At this rate the limit of {limit:f} is reached at about {odometer} km, in {remaining} km."
    return Forecast("expected", message, count, limit, odometer, remaining, shown)


def _line(readings: Sequence[Reading]) -> tuple[Fraction, Fraction]:
    """Slope and height of the line of least squares; exact."""
    count = len(readings)
    xs, ys = [Fraction(one.odometer) for one in readings], [Fraction(one.value) for one in readings]
    mean_x, mean_y = sum(xs, Fraction()) / count, sum(ys, Fraction()) / count
    together = sum(((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)), Fraction())
    slope = together / sum(((x - mean_x) * (x - mean_x) for x in xs), Fraction())
    return slope, mean_y - slope * mean_x


def _rounded(value: Fraction, to: str) -> Decimal:
    return (Decimal(value.numerator) / value.denominator).quantize(Decimal(to), ROUND_HALF_UP)
