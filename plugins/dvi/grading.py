"""From a measured value to a condition, by the limits of an item. Pure functions, and no HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, NamedTuple, Self

__all__ = ["BELOW_GOOD", "CONDITIONS", "DIRECTIONS", "GRADES", "Limits"]

GRADES = ("good", "fair", "poor", "critical")
"""From the best to the worst."""

CONDITIONS = (*GRADES, "not_applicable")
BELOW_GOOD = GRADES[1:]
DIRECTIONS = ("below", "above")


class Limits(NamedTuple):
    """From which value on something is fair, poor, critical: ``worse`` says on which side of it that lies.

    Brake pads are worse ``below`` (4 mm is fair, 2 mm critical), the run-out of a disc ``above``. A value that is
    exactly at a limit has reached it.
    """

    worse: str
    fair: Decimal | None = None
    poor: Decimal | None = None
    critical: Decimal | None = None

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> Self:
        """The limits as a template or an item keeps them: decimals as texts."""
        return cls(said["worse"], *(None if said.get(name) is None else Decimal(said[name]) for name in BELOW_GOOD))

    @property
    def faults(self) -> list[str]:
        """What is wrong with these limits, in words; none where they can be graded by."""
        steps = self.steps
        if not steps:
            return ["Give at least one of fair, poor and critical"]
        values = [value for _, value in steps]
        if len(set(values)) < len(values) or values != sorted(values, reverse=self.worse == "below"):
            return [f"Worse is {self.worse}, so that fair, poor and critical must each be further {self.worse}"]
        return []

    @property
    def steps(self) -> list[tuple[str, Decimal]]:
        """The grades that have a limit, from the best to the worst."""
        return [(name, value) for name in BELOW_GOOD if (value := getattr(self, name)) is not None]

    @property
    def last(self) -> Decimal:
        """The limit at which something must be replaced: the worst there is."""
        return self.steps[-1][1]

    def reached(self, value: Decimal, limit: Decimal) -> bool:
        """Whether a value is at a limit, or worse."""
        return value <= limit if self.worse == "below" else value >= limit

    def grade(self, value: Decimal) -> str:
        """The worst grade whose limit the value has reached; ``good`` where it has reached none."""
        found = "good"
        for name, limit in self.steps:
            if self.reached(value, limit):
                found = name
        return found

    def as_dict(self) -> dict[str, str | None]:
        """As it is kept: decimals as texts, so that JSON rounds nothing."""
        named = {name: getattr(self, name) for name in BELOW_GOOD}
        return {"worse": self.worse, **{name: None if value is None else f"{value:f}" for name, value in named.items()}}
