"""A measured value has one condition, and a worse value never a better one."""

from __future__ import annotations

from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from plugins.dvi.grading import GRADES, Limits

MEASURED = st.decimals(0, 1000, places=2)
STEPS = st.lists(MEASURED, min_size=3, max_size=3, unique=True)
PADS = Limits("below", Decimal(5), Decimal(4), Decimal(3))


def limits_of(steps: list[Decimal], worse: str) -> Limits:
    return Limits(worse, *sorted(steps, reverse=worse == "below"))


def test_pads_are_graded_by_their_thickness() -> None:
    found = {value: PADS.grade(Decimal(value)) for value in ("5.01", "5", "4.5", "4", "3.1", "3", "0")}
    assert found == {
        "5.01": "good", "5": "fair", "4.5": "fair", "4": "poor", "3.1": "poor", "3": "critical", "0": "critical"
    }  # fmt: skip


def test_run_out_is_worse_above() -> None:
    limits = Limits("above", critical=Decimal("0.1"))
    assert [limits.grade(Decimal(v)) for v in ("0.09", "0.1", "0.2")] == ["good", "critical", "critical"]


@given(STEPS, st.sampled_from(["below", "above"]), MEASURED, MEASURED)
def test_worse_is_never_graded_better(steps: list[Decimal], worse: str, one: Decimal, other: Decimal) -> None:
    limits = limits_of(steps, worse)
    better, bad = (max(one, other), min(one, other)) if worse == "below" else (min(one, other), max(one, other))
    assert GRADES.index(limits.grade(better)) <= GRADES.index(limits.grade(bad))


@given(STEPS, st.sampled_from(["below", "above"]))
def test_a_value_at_a_limit_has_reached_it(steps: list[Decimal], worse: str) -> None:
    limits = limits_of(steps, worse)
    assert limits.faults == []
    assert [limits.grade(value) for _, value in limits.steps] == ["fair", "poor", "critical"]


@given(STEPS, st.sampled_from(["below", "above"]))
def test_limits_in_the_wrong_order_are_refused(steps: list[Decimal], worse: str) -> None:
    assert Limits(worse, *sorted(steps, reverse=worse == "above")).faults
    assert Limits(worse).faults
    assert Limits(worse, steps[0], steps[0]).faults


@given(STEPS, st.sampled_from(["below", "above"]))
def test_what_is_kept_is_what_was_said(steps: list[Decimal], worse: str) -> None:
    limits = limits_of(steps, worse)
    assert Limits.of(limits.as_dict()) == limits
