"""A document priced for somebody who wants to know how: every figure with the sentence it comes from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from typing import Any

from jemeti_platform.work import Work

from .contract import Line, Priced, PricedLine, Tax, TaxLine
from .workspace_taxes import WorkspaceTaxes

__all__ = ["calculate"]


def calculate(work: Work, wish: Mapping[str, Any]) -> dict[str, Any]:
    """Price ``wish["lines"]`` by the rates of a day and say how each figure came about; writes nothing.

    Raises Invalid as ``price`` does, and for a tax rate that is not there or archived.
    """
    taxes = WorkspaceTaxes(work)
    table = taxes.on(wish["on"])
    lines = [_line(table.choose(**_tax_of(one), at=f"lines.{place}"), one) for place, one in enumerate(wish["lines"])]
    workspace = work.workspace
    how = {
        name: workspace[name] if wish[name] is None else wish[name] for name in ("prices_include_tax", "tax_rounding")
    }
    whole = {name: wish[name] for name in ("discount_percent", "discount_amount")}
    priced = taxes.price(lines, **how, **whole)
    return {
        "currency": workspace["currency"],
        **how,
        "on": table.on,
        "totals": priced.totals.as_dict(),
        "tax_lines": [one.as_dict() for one in priced.tax_lines],
        "lines": [
            _shown(done) | {"steps": list(_steps(line, done, priced, **how))}
            for line, done in zip(lines, priced.lines, strict=True)
        ],
    }


def _tax_of(one: Mapping[str, Any]) -> dict[str, Any]:
    return {"tax_rate_id": one["tax_rate_id"], "tax_rate": one["tax_rate"]}


def _line(tax: Tax, one: Mapping[str, Any]) -> Line:
    return Line(one["quantity"], one["unit_price"], tax, one["discount_percent"], one["discount_amount"])


def _shown(done: PricedLine) -> dict[str, Any]:
    names = ("amount", "discount", "document_discount", "taxable", "tax", "total")
    taxes = [
        {
            "name": one.component.name,
            "rate": one.component.rate,
            "compound": one.component.compound,
            "taxable": one.taxable,
            "tax": one.tax,
        }
        for one in done.taxes
    ]
    return {name: getattr(done, name) for name in names} | {"taxes": taxes}


def _steps(
    line: Line, done: PricedLine, priced: Priced, *, prices_include_tax: bool, tax_rounding: str
) -> Iterator[str]:
    yield f"amount = {_plain(line.quantity)} × {_price(line.unit_price, done.amount)} = {done.amount:f}"
    own = done.discount - done.document_discount
    if line.discount_percent is not None:
        yield f"discount = {done.amount:f} × {_plain(line.discount_percent)} ÷ 100 = {own:f}"
    elif own:
        yield f"discount = {own:f}, as given"
    worth = done.amount - own
    if done.document_discount:
        whole, all_worth = _document_discount(priced)
        parts = f"{whole:f} × {worth:f} ÷ {all_worth:f}"
        yield f"discount of the document = {parts} = {done.document_discount:f}, to the last unit over all lines"
    value = worth - done.document_discount
    if not prices_include_tax:
        yield f"taxable = {worth:f} - {done.document_discount:f} = {value:f}"
    if tax_rounding == "line":
        yield from _tax_steps(line.tax, [one.tax for one in done.taxes], value, prices_include_tax=prices_include_tax)
    else:
        yield from _shared_steps(line.tax, done, priced.tax_lines)
    if prices_include_tax:
        yield f"taxable = {value:f} - {done.tax:f} = {done.taxable:f}"
    yield f"total = {done.taxable:f} + {done.tax:f} = {done.total:f}"


def _tax_steps(tax: Tax, amounts: Sequence[Decimal], value: Decimal, *, prices_include_tax: bool) -> Iterator[str]:
    before = Decimal(0)
    for component, share, amount in zip(tax.components, tax.shares, amounts, strict=True):
        if prices_include_tax:
            parts = f"{value:f} × {_percent(share * 100)} ÷ {_percent(100 + tax.rate)}"
        elif component.compound:
            parts = f"({value:f} + {before:f}) × {_plain(component.rate)} ÷ 100"
        else:
            parts = f"{value:f} × {_plain(component.rate)} ÷ 100"
        yield f"{component.name} = {parts} = {amount:f}"
        before += amount


def _shared_steps(tax: Tax, done: PricedLine, tax_lines: Sequence[TaxLine]) -> Iterator[str]:
    together = [one for one in tax_lines if one.source == tax]
    for one, whole in zip(done.taxes, together, strict=True):
        on_all = f"{whole.tax:f} on all lines of this rate together"
        yield f"{one.component.name} = its part of the {on_all} = {one.tax:f}"


def _document_discount(priced: Priced) -> tuple[Decimal, Decimal]:
    whole = sum((done.document_discount for done in priced.lines), Decimal(0))
    worth = sum((done.amount - done.discount + done.document_discount for done in priced.lines), Decimal(0))
    return whole, worth


def _price(unit_price: Decimal, like: Decimal) -> str:
    """A price with the decimals of the currency, or with those that it has beyond them."""
    rounded = unit_price.quantize(like)
    return f"{rounded:f}" if rounded == unit_price else _plain(unit_price)


def _plain(number: Decimal) -> str:
    return f"{number.normalize():f}"


def _percent(value: Any) -> str:
    return _plain((Decimal(value.numerator) / value.denominator).quantize(Decimal("0.000001")))
