"""What a place that counts must do; memory, Redis, and the two together do it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple, Protocol

__all__ = ["Count", "Counters", "Want"]


class Want(NamedTuple):
    """`cost` of at most `amount` in `seconds`, on the counter `key` of the shelf (one policy with one window)."""

    shelf: str
    key: str
    amount: int
    seconds: int
    cost: int


class Count(NamedTuple):
    """How a counter stands after the decision: did the want fit, what is used, seconds until it is zero again."""

    fits: bool
    used: int
    resets_in: float


class Counters(Protocol):
    """Fixed windows, each opened by its first hit: one integer and one time per key.

    Reading and taking are one step that no other caller can come between, so a limit of five admits exactly five.
    """

    def take(self, wants: Sequence[Want]) -> list[Count]:
        """Take all wants if all fit, else none of them."""
        ...

    def give_back(self, shelf: str, key: str, cost: int) -> None:
        """Undo a take; never below zero."""
        ...

    def clear(self, shelf: str, key: str) -> None:
        """Forget the counter."""
        ...
