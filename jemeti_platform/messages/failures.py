"""Why a message has not gone out: two kinds, since one is worth another try and the other is not."""

from __future__ import annotations

__all__ = ["NotSent", "Refused", "Unreachable"]


class NotSent(Exception):  # the base of both
    """A message was not taken. The sentence is shown to the workspace.

    ``answer`` are the words of whoever did not take it; they may hold what was sent.
    """

    def __init__(self, sentence: str, answer: str = "") -> None:
        super().__init__(sentence)
        self.answer = answer

    @property
    def whole(self) -> str:
        """The sentence with the answer behind it."""
        return f"{self}: {self.answer}" if self.answer else str(self)


class Refused(NotSent):
    """Whoever was asked to carry it has said no for good: the address does not exist, the text is not taken."""


class Unreachable(NotSent):
    """Nobody was there, or they asked to come back later."""
