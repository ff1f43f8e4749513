"""Values as the reader sees them: the types of a document's schema say how each is written.

Templates get texts only. No template formats a number, and none is given anything that it could run.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import colander

from ..types import Day, Instant, Money, Percent, Phone, Quantity, StrictInt
from .printed import Code, Link, Printed
from .writing import Hand

__all__ = ["presented"]

Presenter = Callable[[Any, Hand], Any]


def _money(value: Decimal | int, hand: Hand) -> dict[str, Any]:
    exact = Decimal(value)
    return {"amount": hand.amount(exact), "money": hand.money(exact), "is_zero": not exact}


_PRESENTERS: tuple[tuple[type, Presenter], ...] = (
    (Money, _money),
    (Percent, lambda value, hand: hand.percent(value)),
    (Quantity, lambda value, hand: hand.number(value)),
    (StrictInt, lambda value, hand: hand.number(value)),
    (Day, lambda value, hand: hand.day(value)),
    (Instant, lambda value, hand: hand.moment(value)),
    (Code, lambda value, hand: hand.code(Printed.breakable(value))),
    (Phone, lambda value, hand: hand.code(value)),
    (Link, lambda value, hand: value),
    (Printed, lambda value, hand: Printed.breakable(value)),
)


def presented(node: Any, value: Any, hand: Hand) -> Any:
    """``value``, which has passed the schema ``node``, as texts; what is absent or empty is None.

    Amounts become ``{amount, money, is_zero}``: without the currency for columns, and with it for totals.
    """
    if value is None or value == "":
        return None
    if isinstance(node.typ, colander.Mapping):
        return {child.name: presented(child, value.get(child.name), hand) for child in node.children}
    if isinstance(node.typ, colander.Sequence):
        return [presented(node.children[0], item, hand) for item in value]
    return _presenter(type(node.typ))(value, hand)


def _presenter(kind: type) -> Presenter:
    for known, present in _PRESENTERS:
        if issubclass(kind, known):
            return present
    return _as_text


def _as_text(value: Any, hand: Hand) -> str:
    return str(value)
