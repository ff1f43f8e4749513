"""What a report says of an item, on the page and on paper alike: its value, its damage, what is to be expected."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from jemeti_platform.documents.writing import Hand

from ..grading import GRADES, Limits
from .trend import Trend, about

__all__ = ["Teller"]

Item = Mapping[str, Any]


class Teller:
    """Says it in the words of one language, and in its digits."""

    def __init__(self, hand: Hand, words: Mapping[str, str]) -> None:
        self.hand, self.words = hand, words

    def value(self, item: Item) -> str:
        """What was found: measured, chosen, how much damage; nothing where a grade says it all."""
        if item["measurement"] is not None:
            return f"{self.hand.number(item['measurement'])} {item['unit']}"
        if item["choice"] is not None:
            titles: dict[str, str] = {one["value"]: one["title"] for one in item["choices"]}
            return titles[item["choice"]]
        if item["marks"] is not None:
            count = self.hand.number(len(item["marks"]))
            return self.words["marks"].format(count=count) if item["marks"] else self.words["no_damage"]
        return "✓" if item["answer"] else ""

    def limit(self, item: Item) -> str:
        """The limit at which an item must be replaced; nothing where it has none."""
        return f"{self.hand.number(Limits.of(item['limits']).last)} {item['unit']}" if item["limits"] else ""

    def damage(self, marks: Sequence[Item]) -> list[str]:
        """The marks of a damage map in order, each as it was typed."""
        return [f"{self.words[mark['kind']]}{': ' + mark['note'] if mark['note'] else ''}" for mark in marks]

    def expected(self, item: Item, trend: Trend | None) -> str:
        """When the limit will be reached, in a sentence; nothing where nothing can be foretold."""
        if trend is None or trend.forecast.status != "expected":
            return ""
        found = trend.forecast
        assert found.odometer_at_limit is not None
        assert found.remaining_km is not None
        return self.words["expected"].format(
            limit=self.limit(item),
            odometer=self.hand.number(about(found.odometer_at_limit)),
            remaining=self.hand.number(about(found.remaining_km)),
        )

    def counts(self, items: list[Any]) -> list[tuple[str, str]]:
        """How many were found in each condition, the worst first."""
        found = [item["condition"] for item in items]
        return [(grade, self.hand.number(Decimal(found.count(grade)))) for grade in reversed(GRADES)]
