"""Exact decimals: money, quantities, percentages. JSON strings in and out, never floats."""

import re
from decimal import Decimal
from typing import Any

from jemeti_platform.money import Currency
from jemeti_platform.types.strict import Context, Refused, Strict

__all__ = ["Amount", "Exact", "Money", "Percent", "Quantity"]


class Exact(Strict):
    """A decimal of at most `digits` digits, `scale` of them after the point, between `min` and `max`.

    Read from a JSON string (`"1250.00"`) or a whole JSON number; a number with a fraction has already been through a
    float and is refused. Returned as a Decimal with exactly `scale` decimals. NaN, infinities, exponents and minus zero
    are refused.
    """

    noun = "a number"
    plural = "numbers"
    example = "12.5"
    digits = 14

    def __init__(
        self, min: Decimal | int | str | None = None, max: Decimal | int | str | None = None, *, scale: int
    ) -> None:
        self.scale = scale
        self._unit = Decimal(1).scaleb(-scale)
        largest = 10 ** (self.digits - scale) - self._unit
        self.min = -largest if min is None else Decimal(min)
        self.max = largest if max is None else Decimal(max)
        fraction = rf"(?:\.[0-9]{{1,{scale}}})?" if scale else ""
        self._source = rf"(?:0|[1-9][0-9]{{0,{self.digits - scale - 1}}}){fraction}"
        self._match = re.compile(f"-?{self._source}").fullmatch

    def read(self, value: Any, context: Context) -> Decimal:
        if type(value) is str:
            if not self._match(value):
                raise Refused(self._why(value))
        elif type(value) is not int:
            raise Refused(f'Must be {self.noun}; send {self.plural} as strings, such as "{self.example}"')
        number = Decimal(value)
        if number < self.min:
            raise Refused(f"At least {self.min:f}")
        if number > self.max:
            raise Refused(f"At most {self.max:f}")
        if not number and number.is_signed():
            raise Refused("Must not be minus zero")
        return number.quantize(self._unit)

    def _why(self, text: str) -> str:
        if (
            re.fullmatch(r"-?[1-9][0-9]*(?:\.[0-9]+)?", text)
            and len(text.partition(".")[0].lstrip("-")) > self.digits - self.scale
        ):
            return f"At least {self.min:f}" if text[0] == "-" else f"At most {self.max:f}"
        if re.fullmatch(r"-?(?:0|[1-9][0-9]*)\.[0-9]+", text):
            return f"At most {self.scale} decimals"
        return f'Must be {self.noun}: plain digits in a string, such as "{self.example}"'

    def describe(self) -> dict[str, Any]:
        sign = "" if self.min >= 0 else r"(?!-0(?:\.0+)?$)-?"
        return {"type": "string", "format": "decimal", "pattern": f"^{sign}{self._source}$", "examples": [self.example]}


class Money(Exact):
    """An amount in the workspace's currency: numeric(14,2), or 14 digits with another `scale` of decimals."""

    noun = "an amount of money"
    plural = "amounts"
    example = "1250.00"

    def __init__(
        self, min: Decimal | int | str | None = None, max: Decimal | int | str | None = None, *, scale: int = 2
    ) -> None:
        super().__init__(min, max, scale=scale)


class Amount(Money):
    """An amount that changes hands: money with no more decimals than the workspace's currency has, none in JPY.

    Prices and rates are plain Money: what they come to is rounded, they are not.
    """

    def read(self, value: Any, context: Context) -> Decimal:
        number = super().read(value, context)
        if "currency" in context:
            currency = Currency.kept(context["currency"])
            if not currency.is_amount(number):
                raise Refused(f"{currency.code} has {currency.digits or 'no'} decimals")
        return number


class Quantity(Exact):
    """How much or how many, in the product's unit: numeric(14,3)."""

    noun = "a quantity"
    plural = "quantities"
    example = "2.500"

    def __init__(
        self, min: Decimal | int | str | None = None, max: Decimal | int | str | None = None, *, scale: int = 3
    ) -> None:
        super().__init__(min, max, scale=scale)


class Percent(Exact):
    """A percentage from 0 to 100: numeric(6,3)."""

    noun = "a percentage"
    plural = "percentages"
    example = "7.5"
    digits = 6

    def __init__(self, min: Decimal | int | str = 0, max: Decimal | int | str = 100, *, scale: int = 3) -> None:
        super().__init__(min, max, scale=scale)
