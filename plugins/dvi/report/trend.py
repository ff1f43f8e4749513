"""How a measured value has worn, as a small drawing: the values by odometer, the limit, and when it will be reached."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from html import escape
from typing import Any, NamedTuple

from jemeti_platform.documents.writing import Hand

from ..grading import Limits
from ..wear import Forecast, Reading, forecast, since_renewal
from .drawing import FONTS

__all__ = ["Trend", "about", "trend_of", "trend_svg"]

WIDTH, HEIGHT = 320, 96
_LEFT, _RIGHT, _TOP, _BOTTOM = 14, 14, 20, 20
_PAPER = {
    "ink": "#1f2933", "faint": "#5b6773", "limit": "#c5221f", "ground": "#ffffff",
    "good": "#1a7f4b", "fair": "#8a6100", "poor": "#b4450b", "critical": "#c5221f",
}  # fmt: skip


class Trend(NamedTuple):
    """The readings since the part was new, at least two, the limits that it wears towards, and what is foretold."""

    readings: list[Reading]
    limits: Limits
    forecast: Forecast
    condition: str


def trend_of(item: Mapping[str, Any], rows: Sequence[Mapping[str, Any]]) -> Trend | None:
    """The trend of an item out of what was measured at it up to this inspection; None where there is none to draw."""
    if not item["limits"] or item["measurement"] is None:
        return None
    limits = Limits.of(item["limits"])
    readings = since_renewal([Reading(row["odometer"], row["measurement"]) for row in rows], limits)
    if len(readings) < 2 or readings[0].odometer == readings[-1].odometer:
        return None
    return Trend(readings, limits, forecast(readings, limits), item["condition"])


def trend_svg(trend: Trend, hand: Hand, title: str, colours: Mapping[str, str] = _PAPER) -> str:
    """The drawing; ``title`` is what is read aloud, and escaped."""
    return _Drawing(trend, hand, colours).svg(title)


def about(kilometres: int) -> int:
    """A forecast's kilometres: none is true to the last one, so to the hundred, or below a thousand to the ten."""
    step = 100 if kilometres >= 1_000 else 10
    return round(kilometres / step) * step


class _Drawing:
    def __init__(self, trend: Trend, hand: Hand, colours: Mapping[str, str]) -> None:
        self.trend, self.hand, self.colours = trend, hand, colours
        self.first, self.last = trend.readings[0], trend.readings[-1]
        self.end = trend.forecast.odometer_at_limit or self.last.odometer
        # what is far off would press what was measured into a corner
        self.end = min(self.end, self.last.odometer + 2 * (self.last.odometer - self.first.odometer))
        values = [one.value for one in trend.readings] + [trend.limits.last]
        self.low, self.high = min(values), max(values)

    def svg(self, title: str) -> str:
        drawn = f"<title>{escape(title)}</title>{self._limit()}{self._line()}{self._ends()}"
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" width="{WIDTH}" height="{HEIGHT}"'
            f' role="img" direction="ltr">{drawn}</svg>'
        )

    def _limit(self) -> str:
        height, ink = self._y(self.trend.limits.last), self.colours["limit"]
        line = (
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{height:.1f}" y2="{height:.1f}" stroke="{ink}"'
            ' stroke-width="1.2" stroke-dasharray="2 3"/>'
        )
        above = height - 5 if height > HEIGHT / 2 else height + 13
        return line + self._text(_LEFT, above, self.trend.limits.last, ink, "start")

    def _line(self) -> str:
        path = " ".join(f"{self._x(one.odometer):.1f},{self._y(one.value):.1f}" for one in self.trend.readings)
        drawn = f'<polyline points="{path}" fill="none" stroke="{self.colours["ink"]}" stroke-width="2"/>'
        dots = "".join(self._dot(one.odometer, one.value, 2.6, self.colours["ink"]) for one in self.trend.readings[:-1])
        if self.trend.forecast.odometer_at_limit is None:
            return drawn + dots
        x, y = self._x(self.last.odometer), self._y(self.last.value)
        at, limit = self._x(self.end), self._y(self.trend.limits.last)
        ahead = self.trend.forecast.odometer_at_limit - self.last.odometer
        if ahead > self.end - self.last.odometer:  # it is cut off on its way
            limit = y + (limit - y) * (self.end - self.last.odometer) / ahead
        return (
            f'{drawn}<line x1="{x:.1f}" y1="{y:.1f}" x2="{at:.1f}" y2="{limit:.1f}" stroke="{self.colours["faint"]}"'
            f' stroke-width="1.6" stroke-dasharray="4 4"/>{dots}'
        )

    def _ends(self) -> str:
        condition = self.colours.get(self.trend.condition, self.colours["ink"])
        drawn = self._dot(self.last.odometer, self.last.value, 4.5, condition)
        for one, ink in ((self.first, self.colours["faint"]), (self.last, condition)):
            x, y = self._x(one.odometer), self._y(one.value)
            drawn += self._text(x, y - 8, one.value, ink, self._anchor(x), bold=one is self.last)
            drawn += self._text(x, HEIGHT - 5, one.odometer, self.colours["faint"], self._anchor(x))
        at = self.trend.forecast.odometer_at_limit
        if at is not None and at == self.end and self._x(at) - self._x(self.last.odometer) > WIDTH / 4:
            drawn += self._text(self._x(at), HEIGHT - 5, about(at), self.colours["faint"], self._anchor(self._x(at)))
        return drawn

    def _dot(self, odometer: int, value: Decimal, radius: float, ink: str) -> str:
        x, y, ground = self._x(odometer), self._y(value), self.colours["ground"]
        return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{radius}" fill="{ink}" stroke="{ground}" stroke-width="1.5"/>'

    def _text(self, x: float, y: float, number: Decimal | int, ink: str, anchor: str, *, bold: bool = False) -> str:
        return (
            f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="11" font-family="{FONTS}"'
            f' font-weight="{700 if bold else 400}" fill="{ink}">{escape(self.hand.number(number))}</text>'
        )

    def _anchor(self, x: float) -> str:
        return "start" if x < WIDTH / 8 else "end" if x > WIDTH * 7 / 8 else "middle"

    def _x(self, odometer: int) -> float:
        return _LEFT + (WIDTH - _LEFT - _RIGHT) * (odometer - self.first.odometer) / (self.end - self.first.odometer)

    def _y(self, value: Decimal) -> float:
        span = float(self.high - self.low) or 1.0
        return HEIGHT - _BOTTOM - 6 - (HEIGHT - _TOP - _BOTTOM - 6) * float(value - self.low) / span
