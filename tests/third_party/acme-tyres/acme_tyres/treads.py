"""How much profile is enough."""

from decimal import Decimal

LEGAL = Decimal("1.6")


class Advice:
    def __init__(self, work):
        self.country = work.workspace["country"]

    def say(self, tread):
        if tread < LEGAL:
            return "replace"
        return "watch" if tread < 3 else "good"


def advice_for(work):
    return Advice(work)
