"""What of a priced document an insurer pays, and what the customer: together exactly the document, to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import NamedTuple

from jemeti_platform.errors import Invalid
from jemeti_platform.money import Currency

from .pricing import LineTax, Priced, PricedLine, summed
from .tax_table import Tax

__all__ = ["Split", "split_insurance"]


class Split(NamedTuple):
    """The two documents, each with a line for every line of the whole."""

    customer: Priced
    insurer: Priced


@dataclass(frozen=True, slots=True)
class _Share:
    taxable: Fraction
    taxes: tuple[Fraction, ...]


def split_insurance(
    priced: Priced,
    taxes: Sequence[Tax],
    percents: Sequence[Decimal],
    currency: Currency,
    *,
    limit: Decimal | None = None,
    deductible: Decimal = Decimal(0),
) -> Split:
    """Split a priced document: of each line the insurer covers ``percents``, of what that comes to with tax less the
    ``deductible`` at most the ``limit``.

    ``taxes`` is what each line is taxed by. For each line the insurer's taxable amount and each tax are rounded, and
    the customer's are the rest. Where deductible or limit lower what is covered, every line is lowered alike, and the
    insurer's part is that amount to the last unit. Raises Invalid for a percentage that is none, and a deductible or
    limit that is negative or finer than the currency.
    """
    _check(currency, percents, limit, deductible)
    shares = [
        _Share(Fraction(line.taxable) * part, tuple(Fraction(one.tax) * part for one in line.taxes))
        for line, percent in zip(priced.lines, percents, strict=True)
        for part in (Fraction(percent) / 100,)
    ]
    parts = [[currency.round(share.taxable), *map(currency.round, share.taxes)] for share in shares]
    covered = sum((sum(row, currency.zero) for row in parts), currency.zero)
    pays = max(currency.zero, covered - deductible)
    if limit is not None:
        pays = min(pays, limit)
    if pays < covered:
        parts = _lowered(currency, shares, pays)
    insured = [_part(currency, line, row) for line, row in zip(priced.lines, parts, strict=True)]
    rest = [_rest(line, one) for line, one in zip(priced.lines, insured, strict=True)]
    return Split(summed(currency, taxes, rest), summed(currency, taxes, insured))


def _check(currency: Currency, percents: Sequence[Decimal], limit: Decimal | None, deductible: Decimal) -> None:
    faults = [
        {"field": f"lines.{place}.insurance_percent", "message": "From 0 to 100"}
        for place, percent in enumerate(percents)
        if not 0 <= percent <= 100
    ]
    for name, amount in (("pre_auth_limit", limit), ("deductible", deductible)):
        if amount is not None and not (currency.is_amount(amount) and amount >= 0):
            faults.append({"field": name, "message": f"An amount of {currency.code}, not below 0"})
    if faults:
        raise Invalid(faults)  # type: ignore[arg-type]  # a list of Problem


def _lowered(currency: Currency, shares: Sequence[_Share], pays: Decimal) -> list[list[Decimal]]:
    """All parts lowered to ``pays`` together, none above what it was."""
    exact = [[share.taxable, *share.taxes] for share in shares]
    whole = sum((part for row in exact for part in row), Fraction())
    factor = Fraction(pays) / whole if whole > pays else Fraction(1)
    flat = currency.allocate([part * factor for row in exact for part in row], pays)
    rows, place = [], 0
    for row in exact:
        rows.append(flat[place : place + len(row)])
        place += len(row)
    return rows


def _part(currency: Currency, line: PricedLine, row: Sequence[Decimal]) -> PricedLine:
    taxable, *amounts = row
    before, found = taxable, []
    for one, amount in zip(line.taxes, amounts, strict=True):
        found.append(LineTax(one.component, before if one.component.compound else taxable, amount))
        before += amount
    tax = sum(amounts, currency.zero)
    # with or without tax, as the prices are: what is left of the amount after the discount
    includes_tax = line.amount - line.discount != line.taxable
    value = taxable + tax if includes_tax else taxable
    whole = line.amount - line.discount
    part = Fraction(value) / Fraction(whole) if whole else Fraction()
    discount, of_document = (
        currency.round(Fraction(line.discount) * part),
        currency.round(Fraction(line.document_discount) * part),
    )
    return PricedLine(value + discount, discount, of_document, taxable, tax, tuple(found))


def _rest(line: PricedLine, insured: PricedLine) -> PricedLine:
    taxes = tuple(
        LineTax(one.component, one.taxable - two.taxable, one.tax - two.tax)
        for one, two in zip(line.taxes, insured.taxes, strict=True)
    )
    return PricedLine(
        line.amount - insured.amount,
        line.discount - insured.discount,
        line.document_discount - insured.document_discount,
        line.taxable - insured.taxable,
        line.tax - insured.tax,
        taxes,
    )
