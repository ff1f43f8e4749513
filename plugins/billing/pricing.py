"""What a document comes to: amounts, discounts, taxes and totals of its lines. A pure function; the one rule there is.

For each line, every step rounded half up to the currency: amount = quantity × unit price; discount = amount × percent,
or the amount given. Prices without tax: taxable = amount - discount, tax = taxable × rate. Prices with tax: gross =
amount - discount, tax = gross × rate ÷ (100 + rate), taxable = gross - tax. Subtotal and discount are as entered;
total = Σ taxable + Σ tax.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Literal

from jemeti_platform.errors import Invalid
from jemeti_platform.money import Currency

from .tax_table import Tax, TaxComponent

__all__ = ["Line", "LineTax", "Priced", "PricedLine", "TaxLine", "TaxRounding", "Totals", "price", "summed"]

TaxRounding = Literal["line", "document"]

_LARGEST = Decimal(10) ** 12
"""What amounts stay below: columns of money have twelve digits before the point."""


@dataclass(frozen=True, slots=True)
class Line:
    """What is to be priced. A discount is a percentage of the amount or an amount, not both.

    A negative ``quantity`` takes back: everything of the line is then what it would be, turned negative, and an amount
    of discount is given negative as well.
    """

    quantity: Decimal
    unit_price: Decimal
    tax: Tax
    discount_percent: Decimal | None = None
    discount_amount: Decimal | None = None


@dataclass(frozen=True, slots=True)
class LineTax:
    """One tax of a line: ``tax`` on ``taxable``, which includes the taxes before it where it is compound."""

    component: TaxComponent
    taxable: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class PricedLine:
    """What a line comes to. ``discount`` is its own and its part of the document's, ``document_discount`` the latter.

    ``amount`` is as entered, with or without tax; ``total`` is ``taxable`` + ``tax``, ``tax`` the sum of ``taxes``.
    """

    amount: Decimal
    discount: Decimal
    document_discount: Decimal
    taxable: Decimal
    tax: Decimal
    taxes: tuple[LineTax, ...]

    @property
    def total(self) -> Decimal:
        return self.taxable + self.tax


@dataclass(frozen=True, slots=True)
class TaxLine:
    """One tax over all lines that have it; ``taxable`` is what it was reckoned on."""

    source: Tax
    component: TaxComponent
    taxable: Decimal
    tax: Decimal

    def as_dict(self) -> dict[str, object]:
        """As documents show it."""
        return {
            "tax_rate_id": self.source.id,
            "code": self.source.code,
            "name": self.component.name,
            "kind": self.source.kind,
            "rate": self.component.rate,
            "taxable": self.taxable,
            "tax": self.tax,
        }


@dataclass(frozen=True, slots=True)
class Totals:
    """``subtotal`` and ``discount`` as entered, so with tax where prices are; ``total`` is ``taxable`` + ``tax``."""

    subtotal: Decimal
    discount: Decimal
    taxable: Decimal
    tax: Decimal
    total: Decimal

    def as_dict(self) -> dict[str, Decimal]:
        """As documents show them."""
        return {name: getattr(self, name) for name in ("subtotal", "discount", "taxable", "tax", "total")}


@dataclass(frozen=True, slots=True)
class Priced:
    """A priced document: its lines in the order given, its totals, and a tax line for each tax, in order of rate."""

    lines: tuple[PricedLine, ...]
    totals: Totals
    tax_lines: tuple[TaxLine, ...]


def price(
    lines: Sequence[Line],
    currency: Currency,
    *,
    prices_include_tax: bool = False,
    tax_rounding: TaxRounding = "line",
    discount_percent: Decimal | None = None,
    discount_amount: Decimal | None = None,
) -> Priced:
    """What a document of these lines comes to.

    A discount on the whole document is spread over the lines by what they are worth after their own discounts, to the
    last unit. Several taxes on one line are each rounded; a compound one is reckoned on the rounded ones before it.
    With ``tax_rounding="document"`` each tax is reckoned and rounded once, on all lines of the same rate together, and
    then shared out among these lines, so that lines, tax lines and totals agree to the last unit in both ways.

    Raises Invalid, with paths such as ``lines.0.discount_amount``, for a discount that is more than there is, given
    twice, or finer than the currency, and for amounts of more than twelve digits before the point.
    """
    reckon = _Reckoning(currency, prices_include_tax)
    amounts = [_amount(currency, line, f"lines.{place}.quantity") for place, line in enumerate(lines)]
    own = [
        _discount(currency, amount, line.discount_percent, line.discount_amount, f"lines.{place}.")
        for place, (line, amount) in enumerate(zip(lines, amounts, strict=True))
    ]
    worth = [amount - discount for amount, discount in zip(amounts, own, strict=True)]
    whole = _discount(currency, sum(worth, currency.zero), discount_percent, discount_amount, "")
    spread = currency.split(whole, worth) if whole else [currency.zero] * len(worth)
    values = [value - part for value, part in zip(worth, spread, strict=True)]
    taxes = [line.tax for line in lines]
    taxed = reckon.by_line(values, taxes) if tax_rounding == "line" else reckon.by_document(values, taxes)
    priced = tuple(
        PricedLine(amount, discount + part, part, taxable, sum((t.tax for t in found), currency.zero), found)
        for amount, discount, part, (taxable, found) in zip(amounts, own, spread, taxed, strict=True)
    )
    return summed(currency, taxes, priced)


def summed(currency: Currency, taxes: Sequence[Tax], lines: Sequence[PricedLine]) -> Priced:
    """The document of lines that are priced already; ``taxes`` is what each is taxed by."""
    return Priced(tuple(lines), _totals(currency, lines), _tax_lines(currency, taxes, lines))


def _amount(currency: Currency, line: Line, at: str) -> Decimal:
    amount = currency.product(line.quantity, line.unit_price)
    _refuse_too_large(amount, at)
    return amount


def _discount(currency: Currency, of: Decimal, percent: Decimal | None, given: Decimal | None, prefix: str) -> Decimal:
    if percent is not None and given is not None:
        raise Invalid([{"field": f"{prefix}discount_amount", "message": "Give a percentage or an amount, not both"}])
    if percent is not None:
        if not 0 <= percent <= 100:
            raise Invalid([{"field": f"{prefix}discount_percent", "message": "From 0 to 100"}])
        return currency.percent_of(of, percent)
    if given is None:
        return currency.zero
    if not currency.is_amount(given):
        message = f"{currency.code} has {currency.digits or 'no'} decimals"
        raise Invalid([{"field": f"{prefix}discount_amount", "message": message}])
    if not (0 <= given <= of or of <= given <= 0):
        message = f"From 0 to {of:f}, which is what it is taken from"
        raise Invalid([{"field": f"{prefix}discount_amount", "message": message}])
    return currency.round(given)


_Taxed = tuple[Decimal, tuple[LineTax, ...]]
"""A taxable amount and each tax on it."""


@dataclass(frozen=True, slots=True)
class _Reckoning:
    """Taxes on values that are with or without them."""

    currency: Currency
    prices_include_tax: bool

    def by_line(self, values: list[Decimal], taxes: list[Tax]) -> list[_Taxed]:
        """Each tax rounded on each line."""
        return [self.taxed(value, tax) for value, tax in zip(values, taxes, strict=True)]

    def by_document(self, values: list[Decimal], taxes: list[Tax]) -> list[_Taxed]:
        """Each tax rounded once on all lines of the same rate, and shared out among them by their exact parts."""
        found: dict[int, _Taxed] = {}
        for tax in dict.fromkeys(taxes):
            places = [place for place, one in enumerate(taxes) if one == tax]
            _, together = self.taxed(sum((values[place] for place in places), self.currency.zero), tax)
            columns = [
                self.currency.allocate([self._exact(values[place], tax, share) for place in places], one.tax)
                for share, one in zip(tax.shares, together, strict=True)
            ]
            for row, place in enumerate(places):
                found[place] = self._arranged(values[place], tax, [column[row] for column in columns])
        return [found[place] for place in range(len(values))]

    def taxed(self, value: Decimal, tax: Tax) -> _Taxed:
        """One value and each tax on it, rounded."""
        if self.prices_include_tax:
            return self._arranged(
                value, tax, [self.currency.round(self._exact(value, tax, share)) for share in tax.shares]
            )
        amounts: list[Decimal] = []
        for component in tax.components:
            base = value + sum(amounts) if component.compound else value
            amounts.append(self.currency.percent_of(base, component.rate))
        return self._arranged(value, tax, amounts)

    def _exact(self, value: Decimal, tax: Tax, share: Fraction) -> Fraction:
        taxable = Fraction(value) / (1 + sum(tax.shares)) if self.prices_include_tax else Fraction(value)
        return taxable * share

    def _arranged(self, value: Decimal, tax: Tax, amounts: list[Decimal]) -> _Taxed:
        taxable = value - sum(amounts) if self.prices_include_tax else value
        before = taxable
        found = []
        for component, amount in zip(tax.components, amounts, strict=True):
            found.append(LineTax(component, before if component.compound else taxable, amount))
            before += amount
        return taxable, tuple(found)


def _totals(currency: Currency, lines: Sequence[PricedLine]) -> Totals:
    def total(name: str) -> Decimal:
        return sum((getattr(line, name) for line in lines), currency.zero)

    found = Totals(total("amount"), total("discount"), total("taxable"), total("tax"), total("total"))
    _refuse_too_large(max(found.subtotal, found.total, key=abs), "lines")
    return found


def _tax_lines(currency: Currency, taxes: Sequence[Tax], priced: Sequence[PricedLine]) -> tuple[TaxLine, ...]:
    sums: dict[tuple[Tax, int], TaxLine] = {}
    for tax, done in zip(taxes, priced, strict=True):
        for position, one in enumerate(done.taxes):
            key = tax, position
            known = sums.get(key) or TaxLine(tax, one.component, currency.zero, currency.zero)
            sums[key] = replace(known, taxable=known.taxable + one.taxable, tax=known.tax + one.tax)
    order = sorted(sums, key=lambda key: (-key[0].rate, key[0].code or "", key[0].name, str(key[0].id), key[1]))
    return tuple(sums[key] for key in order)


def _refuse_too_large(amount: Decimal, at: str) -> None:
    if abs(amount) >= _LARGEST:
        raise Invalid([{"field": at, "message": f"This comes to {_LARGEST:f} or more, which is too much"}])
