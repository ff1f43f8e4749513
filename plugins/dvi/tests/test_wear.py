"""The forecast is the line through what was measured, begins anew with a new part, and owns up to knowing nothing."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plugins.dvi.grading import Limits
from plugins.dvi.wear import FEWEST, Reading, forecast, since_renewal

PADS = Limits("below", Decimal(5), Decimal(4), Decimal(3))
ODOMETERS = st.lists(st.integers(0, 400_000), min_size=FEWEST, max_size=12, unique=True).filter(
    lambda found: max(found) - min(found) >= 1000
)


def pads(*measured: tuple[int, str]) -> list[Reading]:
    return [Reading(odometer, Decimal(value)) for odometer, value in measured]


def test_pads_that_lose_a_millimetre_in_ten_thousand_kilometres() -> None:
    found = forecast(pads((10_000, "10"), (20_000, "9"), (30_000, "8")), PADS)
    assert (found.status, found.odometer_at_limit, found.remaining_km) == ("expected", 80_000, 50_000)
    assert found.per_1000_km == Decimal("-0.1")
    assert "80000 km" in found.message


def test_two_values_are_no_forecast() -> None:
    found = forecast(pads((10_000, "10"), (20_000, "9")), PADS)
    assert (found.status, found.odometer_at_limit) == ("not_enough_readings", None)
    assert "needs 3 values" in found.message
    assert "there are 2 over 10000 km" in found.message


def test_nothing_measured_is_no_forecast() -> None:
    assert forecast([], PADS).status == "not_enough_readings"


def test_three_values_on_one_day_are_no_forecast() -> None:
    assert forecast(pads((10_000, "10"), (10_100, "9"), (10_200, "9")), PADS).status == "not_enough_readings"


def test_without_a_limit_there_is_nothing_to_reach() -> None:
    assert forecast(pads((10_000, "10"), (20_000, "9"), (30_000, "8")), None).status == "no_limit"


def test_new_pads_begin_a_new_line() -> None:
    worn = [(10_000, "10"), (30_000, "6"), (40_000, "4")]
    found = forecast(pads(*worn, (40_500, "12"), (50_000, "11"), (60_000, "10")), PADS)
    assert (found.status, found.readings) == ("expected", 3)
    assert found.odometer_at_limit is not None
    assert 120_000 < found.odometer_at_limit < 135_000
    assert forecast(pads(*worn, (40_500, "12")), PADS).status == "not_enough_readings"


def test_a_slip_of_the_gauge_is_no_new_part() -> None:
    assert len(since_renewal(pads((10_000, "10"), (20_000, "9"), (30_000, "9.4"), (40_000, "8.5")), PADS)) == 4


def test_what_gets_no_worse_has_no_forecast() -> None:
    assert forecast(pads((10_000, "8"), (20_000, "8"), (30_000, "8")), PADS).status == "not_wearing"


def test_a_limit_that_was_reached_needs_no_forecast() -> None:
    found = forecast(pads((10_000, "3")), PADS)
    assert (found.status, found.remaining_km) == ("reached", 0)


@given(ODOMETERS, st.integers(1, 100), st.sampled_from(["below", "above"]))
def test_values_on_a_line_reach_the_limit_where_the_line_does(odometers: list[int], steps: int, worse: str) -> None:
    slope = Decimal(steps) / 1_000_000 * (-1 if worse == "below" else 1)
    at_limit = max(odometers) + 20_000
    limits = Limits(worse, critical=Decimal(50))
    readings = [Reading(km, Decimal(50) + slope * (km - at_limit)) for km in odometers]
    found = forecast(readings, limits)
    assert (found.status, found.odometer_at_limit) == ("expected", at_limit)


@given(st.lists(st.tuples(st.integers(0, 999_999), st.decimals(0, 100, places=1)), max_size=15))
def test_whatever_was_measured_there_is_an_answer(measured: list[tuple[int, Decimal]]) -> None:
    readings = [Reading(*one) for one in measured]
    found = forecast(readings, PADS)
    assert (found.odometer_at_limit is not None) == (found.status == "expected")
    if found.remaining_km is not None:
        assert found.remaining_km >= 0
