"""What the lines of a quotation come to, by billing's one rule, and the figures that are kept of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from plugins.billing.contract import UNTAXED, Line, Priced, PricedLine, Tax, Taxes, TaxTable, kept_taxes

__all__ = ["line_figures", "percent_of", "price_lines", "tax_of", "totals_of"]

_RATE = Decimal("0.001")


def price_lines(
    taxes: Taxes, table: TaxTable, lines: Sequence[Mapping[str, Any]], *, prices_include_tax: bool, tax_rounding: str
) -> Priced:
    """Price lines as they were typed in. Raises Invalid, below ``lines.<place>``."""
    found = [
        Line(
            line["quantity"],
            line["unit_price"],
            tax_of(table, line, f"lines.{place}"),
            line["discount_percent"],
            line["discount_amount"],
        )
        for place, line in enumerate(lines)
    ]
    return taxes.price(found, prices_include_tax=prices_include_tax, tax_rounding=tax_rounding)


def tax_of(table: TaxTable, line: Mapping[str, Any], at: str = "") -> Tax:
    """What a line is taxed by: the rate that it names as it stands today, a percentage, or the default."""
    if line["tax_rate_id"] is not None:
        return table.choose(tax_rate_id=line["tax_rate_id"], at=at)
    return table.choose(tax_rate=line["tax_rate"], at=at)


def percent_of(tax: Tax) -> Decimal:
    """All components of a tax together, per cent, as lines keep it: to three decimals."""
    return (Decimal(tax.rate.numerator) / tax.rate.denominator).quantize(_RATE, ROUND_HALF_UP)


def line_figures(done: PricedLine, tax: Tax) -> dict[str, Any]:
    """What is kept of a priced line."""
    return {
        "tax_rate_id": tax.id,
        "tax_rate": None if tax == UNTAXED else percent_of(tax),
        "amount": done.amount,
        "discount": done.discount,
        "taxable": done.taxable,
        "tax": done.tax,
        "total": done.total,
        "taxes": kept_taxes(done, tax),
    }


def totals_of(priced: Priced) -> dict[str, Any]:
    """What is kept of a priced document, its tax lines among them."""
    return {**priced.totals.as_dict(), "tax_lines": [one.as_dict() for one in priced.tax_lines]}
