"""Priced lines as other plugins keep them: each with its taxes one by one, so that it comes to the same for ever."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.money import Currency

from .pricing import LineTax, Priced, PricedLine, summed
from .tax_table import UNTAXED, Tax, TaxComponent

__all__ = ["kept_taxes", "priced_again"]


def kept_taxes(line: PricedLine, tax: Tax) -> list[dict[str, Any]]:
    """What is kept of the taxes of a priced line, as JSON; exact numbers as texts."""
    return [
        {
            "tax_rate_id": None if tax.id is None else str(tax.id),
            "code": tax.code,
            "kind": tax.kind,
            "name": one.component.name,
            "rate": f"{one.component.rate:f}",
            "compound": one.component.compound,
            "taxable": f"{one.taxable:f}",
            "tax": f"{one.tax:f}",
        }
        for one in line.taxes
    ]


def priced_again(currency: Currency, rows: Sequence[Mapping[str, Any]]) -> tuple[list[Tax], Priced]:
    """The document of lines that were priced before, and what each is taxed by.

    A row has ``amount``, ``discount``, ``taxable``, ``tax`` and ``taxes``, as ``kept_taxes`` made them. Nothing is
    reckoned anew, whatever rates are today.
    """
    taxes = [_tax(row["taxes"]) for row in rows]
    lines = [
        PricedLine(row["amount"], row["discount"], currency.zero, row["taxable"], row["tax"], _line_taxes(tax, row))
        for tax, row in zip(taxes, rows, strict=True)
    ]
    return taxes, summed(currency, taxes, lines)


def _tax(kept: Sequence[Mapping[str, Any]]) -> Tax:
    if not kept:
        return UNTAXED
    first = kept[0]
    components = tuple(TaxComponent(one["name"], Decimal(one["rate"]), one["compound"]) for one in kept)
    identity = None if first["tax_rate_id"] is None else UUID(first["tax_rate_id"])
    return Tax(" + ".join(one.name for one in components), components, first["kind"], first["code"], identity)


def _line_taxes(tax: Tax, row: Mapping[str, Any]) -> tuple[LineTax, ...]:
    return tuple(
        LineTax(component, Decimal(one["taxable"]), Decimal(one["tax"]))
        for component, one in zip(tax.components, row["taxes"], strict=True)
    )
