"""Arithmetic of money: exact decimals at the scale of a currency, and one rule of rounding.

An amount is a plain Decimal. It carries no currency, because a workspace has one; the scale comes from it: 2 decimals
for BDT, none for JPY, 3 for BHD. Rounding is half up on the magnitude: 0.125 is 0.13 and -0.125 is -0.13, so that what
is taken back is exactly what was given, negated. Nothing here is ever minus zero, NaN or a float.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Context, Decimal, DivisionByZero, Inexact, InvalidOperation, Overflow
from fractions import Fraction
from functools import lru_cache

__all__ = ["Currency", "Number"]

Number = Decimal | Fraction | int
"""What may be rounded: whatever is exact."""

# ISO 4217, List One (SIX Group): the currencies whose minor unit is not a hundredth. CLDR, and so Babel, tells how
# prices are written in everyday life (without decimals for RSD, IQD and LBP), which is not what accounts are kept in.
_WHOLE = frozenset(
    ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "VND", "VUV", "XAF", "XOF", "XPF")
)
_THOUSANDTHS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
_KEPT = 2  # numeric(14,2), as `types.MoneyColumn` says
_ROUNDING = Context(prec=60, rounding=ROUND_HALF_UP, traps=[InvalidOperation, DivisionByZero, Overflow])
_EXACT = Context(prec=60, traps=[InvalidOperation, DivisionByZero, Overflow, Inexact])


@dataclass(frozen=True, slots=True)
class Currency:
    """A currency and how many decimals its amounts have; ``Currency.of("BDT")``."""

    code: str
    digits: int

    @staticmethod
    @lru_cache(maxsize=256)
    def of(code: str) -> Currency:
        """The currency of an ISO 4217 code. Raises ValueError for what is no code of three capital letters."""
        if not (len(code) == 3 and code.isascii() and code.isalpha() and code.isupper()):
            raise ValueError(f"{code!r} is no currency code of ISO 4217")
        return Currency(code, 0 if code in _WHOLE else 3 if code in _THOUSANDTHS else 2)

    @staticmethod
    def kept(code: str) -> Currency:
        """The currency as columns of money keep it, to two decimals: what documents of a workspace are reckoned in.

        Of a currency of three decimals (BHD, KWD, OMR…) these are two, as they are of every amount that a client may
        send. Reckoning finer than what is kept would leave documents that do not add up.
        """
        currency = Currency.of(code)
        return currency if currency.digits <= _KEPT else Currency(code, _KEPT)

    @property
    def unit(self) -> Decimal:
        """The smallest amount there is: 0.01, 1 or 0.001."""
        return Decimal((0, (1,), -self.digits))

    @property
    def zero(self) -> Decimal:
        return Decimal((0, (0,), -self.digits))

    def round(self, value: Number) -> Decimal:
        """The nearest amount; halves away from zero. Raises ValueError for NaN, infinities and the astronomical."""
        if isinstance(value, Decimal):
            if not value.is_finite():
                raise ValueError(f"{value} is no amount of money")
            try:
                return value.quantize(self.unit, context=_ROUNDING) or self.zero
            except InvalidOperation:
                raise ValueError(f"{value} is too large for an amount of money") from None
        if isinstance(value, Fraction | int):
            return self._amount(_half_up(value * 10**self.digits))
        raise TypeError(f"money is reckoned in Decimal, Fraction and int, not in {type(value).__name__}")

    def is_amount(self, value: Decimal) -> bool:
        """Whether a number is an amount of this currency as it stands: finite, and of no finer scale."""
        return value.is_finite() and self.round(value) == value

    def product(self, quantity: Decimal, unit_price: Decimal) -> Decimal:
        """``quantity`` × ``unit_price``, rounded once."""
        return self.round(_times(quantity, unit_price))

    def percent_of(self, amount: Decimal, percent: Decimal) -> Decimal:
        """``percent`` hundredths of an amount, rounded once."""
        return self.round(_times(amount, percent).scaleb(-2, context=_EXACT))

    def split(self, total: Decimal, weights: Sequence[Number]) -> list[Decimal]:
        """``total`` shared out in proportion to ``weights``, to the last unit: the parts add up to it exactly.

        Each part is less than a unit from its exact share; the units that are left go where most was cut off.
        Raises ValueError for a total of a finer scale, and for weights of no sum where there is something to share.
        """
        if not self.is_amount(total):
            raise ValueError(f"{total} is no amount of {self.code}")
        exact = [Fraction(weight) for weight in weights]
        whole = sum(exact)
        if not whole:
            if total:
                raise ValueError(f"{total} cannot be shared out: the weights come to nothing")
            return [self.zero] * len(exact)
        amount = Fraction(total)
        return self.allocate([amount * weight / whole for weight in exact])

    def allocate(self, shares: Iterable[Number], total: Decimal | None = None) -> list[Decimal]:
        """``shares`` made amounts that add up to ``total``, by default the rounded sum of the shares.

        Largest remainder: every share is cut to a unit, and what is then left of the total is given unit by unit
        where most was cut off, of equals to the earlier. Shares of nothing get nothing. Shares turned negative are
        allotted the same amounts turned negative.
        """
        scale = 10**self.digits
        exact = [Fraction(share) * scale for share in shares]
        whole = sum(exact, Fraction())
        wanted = _half_up(whole) if total is None else int(self.round(total).scaleb(self.digits, context=_EXACT))
        sign = _sign(whole) or next((_sign(share) for share in exact if share), 1)
        return [self._amount(sign * units) for units in _largest_remainder([sign * s for s in exact], sign * wanted)]

    def _amount(self, units: int) -> Decimal:
        return Decimal(units).scaleb(-self.digits, context=_EXACT)


def _times(left: Decimal, right: Decimal) -> Decimal:
    try:
        return _EXACT.multiply(left, right)
    except (Inexact, InvalidOperation, Overflow):
        raise ValueError(f"{left} × {right} is no amount of money") from None


def _half_up(value: Fraction | int) -> int:
    """The nearest whole number; halves away from zero."""
    over, under = value.numerator, value.denominator
    nearest = (2 * abs(over) + under) // (2 * under)
    return nearest if over >= 0 else -nearest


def _sign(value: Fraction) -> int:
    return (value > 0) - (value < 0)


def _largest_remainder(shares: list[Fraction], total: int) -> list[int]:
    parts = [share.__floor__() for share in shares]
    places = [place for place, share in enumerate(shares) if share]
    if not places:
        if total:
            raise ValueError("there is something to share out, and nobody has a share in it")
        return parts
    # Where the total is not the rounded sum, everybody gives or takes alike before the rest goes by remainders.
    each, left = divmod(total - sum(parts), len(places))
    places.sort(key=lambda place: (parts[place] - shares[place], place))
    for position, place in enumerate(places):
        parts[place] += each + (position < left)
    return parts
