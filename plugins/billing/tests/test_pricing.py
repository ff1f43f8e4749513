"""What a document comes to, held against an oracle that reckons in fractions, and to the last unit in every way."""

from __future__ import annotations

import os
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction
from itertools import product
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jemeti_platform.errors import Invalid
from jemeti_platform.money import Currency
from plugins.billing.contract import UNTAXED, Line, Priced, Tax, TaxComponent, price

D = Decimal
EUR, YEN, DINAR = Currency.of("EUR"), Currency.of("JPY"), Currency.of("BHD")
WAYS: list[dict[str, Any]] = [
    {"prices_include_tax": with_tax, "tax_rounding": rounding}
    for with_tax, rounding in product((False, True), ("line", "document"))
]
# Each example is priced in all four ways, some of them twice: with 1,200 examples, 13,000 documents.
EXAMPLES = int(os.environ.get("JEMETI_PRICED_EXAMPLES", "1200"))
MANY = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def tax(*rates: str, kind: str = "standard") -> Tax:
    """A tax of these percentages; one with a plus in front is compound."""
    parts = tuple(TaxComponent(f"T{n}", D(rate.lstrip("+")), rate.startswith("+")) for n, rate in enumerate(rates))
    return Tax(" ".join(rates), parts, kind, code="-".join(rates))


TAXES = (
    tax("15"), tax("19"), tax("7.7"), tax("9.975"), tax("100"), tax("0", kind="exempt"), UNTAXED, tax("9", "9"),
    tax("5", "9.975"), tax("20", "+15"), tax("5", "0.1", "+7.125"), Tax.of_percent(D("15.000")),
)  # fmt: skip


@st.composite
def documents(draw: st.DrawFn) -> tuple[Currency, list[Line], dict[str, Any]]:
    """A currency, lines with and without discounts, and perhaps a discount on the whole."""
    currency = draw(st.sampled_from((EUR, YEN, DINAR)))
    lines = draw(st.lists(lines_in(currency), max_size=8))
    worth = sum((done.amount - done.discount for done in price(lines, currency).lines), D(0))
    return currency, lines, draw(discounts(currency, worth))


@st.composite
def lines_in(draw: st.DrawFn, currency: Currency) -> Line:
    quantity = draw(st.integers(0, 10**6)) * D("0.001")
    unit_price = draw(st.integers(0, 10**7)) * D("0.01")
    amount = currency.product(quantity, unit_price)
    discount = draw(discounts(currency, amount))
    return Line(quantity, unit_price, draw(st.sampled_from(TAXES)), **discount)


def discounts(currency: Currency, worth: Decimal) -> st.SearchStrategy[dict[str, Any]]:
    return st.one_of(
        st.just({}),
        st.integers(0, 100_000).map(lambda n: {"discount_percent": n * D("0.001")}),
        st.integers(0, int(worth / currency.unit)).map(lambda n: {"discount_amount": n * currency.unit}),
    )


# -- the oracle: the sentences of the specification, in fractions -------------------------------------


def half_up(value: Fraction, currency: Currency) -> Fraction:
    scale = 10**currency.digits
    nearest = int(abs(value) * scale + Fraction(1, 2))
    return Fraction(nearest if value >= 0 else -nearest, scale)


def oracle_taxes(value: Fraction, one: Tax, currency: Currency, *, with_tax: bool) -> list[Fraction]:
    """What each component of a tax comes to on a value, rounded."""
    if not with_tax:
        taxes: list[Fraction] = []
        for c in one.components:
            base = value + sum(taxes) if c.compound else value
            taxes.append(half_up(base * Fraction(c.rate) / 100, currency))
        return taxes
    parts: list[Fraction] = []
    for c in one.components:
        parts.append(Fraction(c.rate) / 100 * (1 + sum(parts) if c.compound else 1))
    return [half_up(value * part / (1 + sum(parts)), currency) for part in parts]


def check(currency: Currency, lines: list[Line], document: dict[str, Any], way: dict[str, Any], priced: Priced) -> None:
    unit, with_tax = Fraction(currency.unit), way["prices_include_tax"]
    worth = []
    for line, done in zip(lines, priced.lines, strict=True):
        amount = half_up(Fraction(line.quantity) * Fraction(line.unit_price), currency)
        own = half_up(amount * Fraction(line.discount_percent or 0) / 100, currency)
        own = own if line.discount_amount is None else Fraction(line.discount_amount)
        assert (done.amount, done.discount - done.document_discount) == (amount, own)
        worth.append(amount - own)
    whole = half_up(sum(worth, Fraction()) * Fraction(document.get("discount_percent", 0)) / 100, currency)
    whole = Fraction(document["discount_amount"]) if "discount_amount" in document else whole
    assert sum(done.document_discount for done in priced.lines) == whole
    by_tax: dict[Tax, list[int]] = defaultdict(list)
    for place, (line, done) in enumerate(zip(lines, priced.lines, strict=True)):
        exact = whole * worth[place] / sum(worth) if sum(worth) else Fraction()
        assert abs(Fraction(done.document_discount) - exact) < unit
        assert min(0, worth[place]) <= done.document_discount <= max(0, worth[place])
        by_tax[line.tax].append(place)
    values = [Fraction(done.amount - done.discount) for done in priced.lines]
    for one, places in by_tax.items():
        if way["tax_rounding"] == "line":
            for place in places:
                expected = oracle_taxes(values[place], one, currency, with_tax=with_tax)
                assert [part.tax for part in priced.lines[place].taxes] == expected
        together = oracle_taxes(sum((values[p] for p in places), Fraction()), one, currency, with_tax=with_tax)
        found = [t.tax for t in priced.tax_lines if t.source == one]
        assert len(found) == len(one.components)
        if way["tax_rounding"] == "document":
            assert found == together
    for value, done in zip(values, priced.lines, strict=True):
        assert done.tax == sum(part.tax for part in done.taxes)
        assert (done.total if with_tax else done.taxable) == value
        assert done.total == done.taxable + done.tax


def check_sums(currency: Currency, priced: Priced) -> None:
    totals = priced.totals
    assert totals.subtotal == sum(done.amount for done in priced.lines)
    assert totals.discount == sum(done.discount for done in priced.lines)
    assert totals.taxable == sum(done.taxable for done in priced.lines)
    assert totals.tax == sum(done.tax for done in priced.lines) == sum(one.tax for one in priced.tax_lines)
    assert totals.total == totals.taxable + totals.tax == sum(done.total for done in priced.lines)
    for amount in every_amount(priced):
        assert -amount.as_tuple().exponent == currency.digits  # type: ignore[operator]  # finite, so a number
        assert not (amount.is_zero() and amount.is_signed())


def every_amount(priced: Priced) -> list[Decimal]:
    found = list(priced.totals.as_dict().values())
    for done in priced.lines:
        found += [done.amount, done.discount, done.document_discount, done.taxable, done.tax, done.total]
        found += [amount for part in done.taxes for amount in (part.taxable, part.tax)]
    return found + [amount for one in priced.tax_lines for amount in (one.taxable, one.tax)]


@MANY
@given(documents())
def test_every_document_is_what_the_oracle_says_and_adds_up(document: Any) -> None:
    currency, lines, discount = document
    for way in WAYS:
        priced = price(lines, currency, **way, **discount)
        check(currency, lines, discount, way, priced)
        check_sums(currency, priced)


@settings(MANY, max_examples=EXAMPLES // 4)
@given(documents())
def test_a_credit_of_everything_is_the_negation(document: Any) -> None:
    currency, lines, discount = document
    back = [
        Line(
            -line.quantity,
            line.unit_price,
            line.tax,
            line.discount_percent,
            None if line.discount_amount is None else -line.discount_amount,
        )
        for line in lines
    ]
    taken = {name: value if name == "discount_percent" else -value for name, value in discount.items()}
    for way in WAYS:
        given_, credited = price(lines, currency, **way, **discount), price(back, currency, **way, **taken)
        assert every_amount(credited) == [-amount for amount in every_amount(given_)]
        check_sums(currency, credited)


@settings(MANY, max_examples=EXAMPLES // 4)
@given(documents(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_no_total_and_no_tax_line(document: Any, chance: Any) -> None:
    currency, lines, discount = document
    shuffled = list(lines)
    chance.shuffle(shuffled)
    for way in WAYS:
        # a discount on the whole leaves its odd units with the earlier of equals, which may be taxed differently
        one, other = price(lines, currency, **way), price(shuffled, currency, **way)
        assert (one.totals, one.tax_lines) == (other.totals, other.tax_lines)
        discounted = price(lines, currency, **way, **discount), price(shuffled, currency, **way, **discount)
        assert discounted[0].totals.discount == discounted[1].totals.discount


@settings(MANY, max_examples=EXAMPLES // 4)
@given(st.integers(0, 10**9), st.integers(0, 100_000), st.sampled_from((EUR, YEN, DINAR)))
def test_tax_that_is_added_and_then_included_is_the_same_tax(amount: int, rate: int, currency: Currency) -> None:
    one = Tax.of_percent(rate * D("0.001"))
    without = price([Line(D(1), amount * currency.unit, one)], currency)
    within = price([Line(D(1), without.totals.total, one)], currency, prices_include_tax=True)
    assert (within.totals.taxable, within.totals.tax) == (without.totals.taxable, without.totals.tax)


@settings(MANY, max_examples=EXAMPLES // 4)
@given(st.lists(st.tuples(st.integers(-(10**6), 10**6), st.sampled_from(TAXES)), min_size=1, max_size=8))
def test_lines_that_give_and_lines_that_take_add_up(signed: Any) -> None:
    lines = [Line(D(1) if cents >= 0 else D(-1), abs(cents) * EUR.unit, one) for cents, one in signed]
    for way in WAYS:
        priced = price(lines, EUR, **way)
        check(EUR, lines, {}, way, priced)
        check_sums(EUR, priced)


# -- by hand -----------------------------------------------------------------------------------------


def totals(priced: Priced) -> list[str]:
    return [format(amount, "f") for amount in priced.totals.as_dict().values()]


def test_prices_without_tax() -> None:
    lines = [Line(D("2.500"), D("1250.00"), tax("15"), discount_percent=D(10)), Line(D(1), D("99.99"), tax("15"))]
    assert totals(price(lines, EUR)) == ["3224.99", "312.50", "2912.49", "436.88", "3349.37"]


def test_prices_with_tax() -> None:
    lines = [Line(D(3), D("9.99"), tax("19")), Line(D(1), D("1.00"), tax("7"), discount_amount=D("0.10"))]
    assert totals(price(lines, EUR, prices_include_tax=True)) == ["30.97", "0.10", "26.02", "4.85", "30.87"]


def test_rounding_by_document_takes_the_halves_of_lines_together() -> None:
    lines = [Line(D(1), D("0.10"), tax("15"))] * 3
    assert price(lines, EUR).totals.tax == D("0.06")
    together = price(lines, EUR, tax_rounding="document")
    assert together.totals.tax == D("0.05")
    assert [done.tax for done in together.lines] == [D("0.02"), D("0.02"), D("0.01")]


def test_two_halves_of_one_tax_stay_equal() -> None:
    lines = [Line(D(1), D("10.05"), tax("9", "9"))]
    for way in WAYS:
        first, second = price(lines, EUR, **way).tax_lines
        assert first.tax == second.tax


def test_a_compound_tax_is_on_the_price_and_the_tax_before_it() -> None:
    lines = [Line(D(1), D("100.00"), tax("20", "+15"))]
    duty, vat = price(lines, EUR).tax_lines
    assert (duty.taxable, duty.tax, vat.taxable, vat.tax) == (D(100), D(20), D(120), D(18))
    duty, vat = price([Line(D(1), D("138.00"), tax("20", "+15"))], EUR, prices_include_tax=True).tax_lines
    assert (duty.taxable, duty.tax, vat.taxable, vat.tax) == (D(100), D(20), D(120), D(18))


def test_what_is_exempt_is_shown_and_what_is_untaxed_is_not() -> None:
    lines = [Line(D(1), D("5.00"), tax("0", kind="exempt")), Line(D(1), D("7.00"), UNTAXED)]
    priced = price(lines, EUR)
    assert [(one.source.kind, one.taxable, one.tax) for one in priced.tax_lines] == [("exempt", D(5), D(0))]
    assert priced.totals.taxable == D(12)


def test_a_discount_on_the_whole_is_spread_by_value_to_the_last_cent() -> None:
    lines = [Line(D(1), D("10.00"), tax("19")), Line(D(1), D("10.00"), tax("7")), Line(D(1), D("10.00"), tax("19"))]
    priced = price(lines, EUR, discount_amount=D("10.00"))
    assert [done.document_discount for done in priced.lines] == [D("3.34"), D("3.33"), D("3.33")]


def test_a_document_without_lines_comes_to_nothing() -> None:
    assert totals(price([], YEN)) == ["0"] * 5
    assert price([], EUR, discount_percent=D(10)).tax_lines == ()


@pytest.mark.parametrize(
    ("line", "document", "field"),
    [
        ({"discount_percent": D("100.001")}, {}, "lines.0.discount_percent"),
        ({"discount_percent": D(-1)}, {}, "lines.0.discount_percent"),
        ({"discount_amount": D("10.01")}, {}, "lines.0.discount_amount"),
        ({"discount_amount": D("-0.01")}, {}, "lines.0.discount_amount"),
        ({"discount_amount": D("0.001")}, {}, "lines.0.discount_amount"),
        ({"discount_amount": D(1), "discount_percent": D(1)}, {}, "lines.0.discount_amount"),
        ({"discount_amount": D(5)}, {"discount_amount": D("5.01")}, "discount_amount"),
        ({}, {"discount_percent": D(101)}, "discount_percent"),
        ({"quantity": D(10**11)}, {}, "lines.0.quantity"),
    ],
)
def test_what_cannot_be_is_refused_by_its_place(line: dict[str, Any], document: dict[str, Any], field: str) -> None:
    given_ = {"quantity": D(1), "unit_price": D("10.00"), "tax": tax("15"), **line}
    with pytest.raises(Invalid) as refused:
        price([Line(**given_)], EUR, **document)
    assert [fault["field"] for fault in refused.value.details] == [field]


def test_a_sum_too_large_for_any_column_is_refused() -> None:
    lines = [Line(D(9), D(10**11), tax("15"))] * 2
    with pytest.raises(Invalid, match="too much") as refused:
        price(lines, EUR)
    assert refused.value.details[0]["field"] == "lines"
