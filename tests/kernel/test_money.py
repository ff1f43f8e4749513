"""Money is exact, rounded half up on the magnitude, and shared out to the last unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.money import Currency
from jemeti_platform.types import MoneyColumn
from jemeti_platform.types.codes import currencies

YEN, TAKA, DINAR = Currency.of("JPY"), Currency.of("BDT"), Currency.of("BHD")
ANY = st.sampled_from((YEN, TAKA, DINAR))
FRACTIONS = st.fractions(min_value=-(10**9), max_value=10**9, max_denominator=10**6)


def units(currency: Currency) -> st.SearchStrategy[Decimal]:
    """Amounts of a currency."""
    return st.integers(-(10**11), 10**11).map(lambda n: n * currency.unit)


def shown(amount: Decimal) -> str:
    return format(amount, "f")


@pytest.mark.parametrize(
    ("currency", "value", "amount"),
    [
        (TAKA, "0.125", "0.13"), (TAKA, "-0.125", "-0.13"), (TAKA, "0.1249999999999999999999999", "0.12"),
        (TAKA, "0.135", "0.14"), (TAKA, "-0.004", "0.00"), (TAKA, "-0", "0.00"), (TAKA, "1E+3", "1000.00"),
        (YEN, "2.5", "3"), (YEN, "-2.5", "-3"), (YEN, "0.49", "0"), (DINAR, "1.0005", "1.001"),
        (DINAR, "7", "7.000"),
    ],
)  # fmt: skip
def test_halves_are_rounded_away_from_zero(currency: Currency, value: str, amount: str) -> None:
    assert shown(currency.round(Decimal(value))) == amount
    assert shown(currency.round(Fraction(value))) == amount


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1e60"])
def test_what_is_no_amount_is_refused(value: str) -> None:
    with pytest.raises(ValueError, match="amount of money"):
        TAKA.round(Decimal(value))
    with pytest.raises(ValueError, match="amount of money"):
        TAKA.product(Decimal(value), Decimal("1.50"))
    with pytest.raises(ValueError, match="amount of money"):
        TAKA.percent_of(Decimal(value), Decimal(15))


def test_a_float_is_no_money() -> None:
    with pytest.raises(TypeError, match="float"):
        TAKA.round(0.1)  # type: ignore[arg-type]  # that is the question


@pytest.mark.parametrize("code", ["", "bdt", "BDTX", "B2T", "ÄÖÜ"])
def test_a_currency_has_a_code_of_three_capital_letters(code: str) -> None:
    with pytest.raises(ValueError, match="ISO 4217"):
        Currency.of(code)


def test_currencies_have_the_decimals_of_iso_4217() -> None:
    known = Locale("en").currencies
    digits = {code: Currency.of(code).digits for code in currencies()}
    assert digits.keys() <= known.keys()
    assert {code for code, count in digits.items() if count == 3} == {"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"}
    assert {digits[code] for code in ("JPY", "KRW", "VND", "XOF", "CLP", "ISK")} == {0}
    assert {digits[code] for code in ("BDT", "EUR", "INR", "RSD", "LBP", "HUF", "IDR")} == {2}


def test_what_is_kept_has_the_decimals_of_the_columns_at_most() -> None:
    scale = MoneyColumn().scale
    assert scale is not None
    assert all(Currency.kept(code).digits == min(Currency.of(code).digits, scale) for code in currencies())


@given(ANY, FRACTIONS)
def test_an_amount_is_the_nearest_and_its_negation_that_of_the_negation(currency: Currency, value: Fraction) -> None:
    amount = currency.round(value)
    assert abs(Fraction(amount) - value) * 2 <= Fraction(currency.unit)
    assert shown(currency.round(-value)) == shown(-amount if amount else amount)
    assert -amount.as_tuple().exponent == currency.digits  # type: ignore[operator]  # finite, so a number
    assert not (amount.is_zero() and amount.is_signed())


@given(ANY, st.data())
def test_a_total_is_split_to_the_last_unit(currency: Currency, data: st.DataObject) -> None:
    total = data.draw(units(currency))
    weights = data.draw(st.lists(st.integers(0, 10**9), min_size=1, max_size=12).filter(any))
    parts = currency.split(total, weights)
    assert sum(parts) == total
    whole = sum(weights)
    for part, weight in zip(parts, weights, strict=True):
        assert abs(Fraction(part) - Fraction(total) * weight / whole) < Fraction(currency.unit)
        assert (part == 0) if not weight else True
        assert shown(part) == shown(currency.round(part))
    assert currency.split(-total, weights) == [-part for part in parts]
    assert sorted(currency.split(total, weights[::-1])) == sorted(parts)


@given(ANY, st.lists(FRACTIONS, max_size=12))
def test_shares_of_both_signs_are_allotted_exactly(currency: Currency, shares: list[Fraction]) -> None:
    parts = currency.allocate(shares)
    assert sum(parts) == currency.round(sum(shares, Fraction()))
    assert all(abs(Fraction(p) - s) < Fraction(currency.unit) for p, s in zip(parts, shares, strict=True))
    assert currency.allocate([-share for share in shares]) == [-part for part in parts]


def test_of_equal_shares_the_earlier_gets_the_cent() -> None:
    assert [shown(part) for part in TAKA.split(Decimal("10.00"), [1, 1, 1])] == ["3.34", "3.33", "3.33"]
    assert [shown(part) for part in YEN.split(Decimal(2), [1, 1, 1])] == ["1", "1", "0"]
    assert [shown(part) for part in DINAR.split(Decimal(-1), [1, 0, 2])] == ["-0.333", "0.000", "-0.667"]


def test_a_total_that_is_not_the_sum_of_the_shares_is_shared_out_all_the_same() -> None:
    assert TAKA.allocate([Decimal("1.004"), Decimal("1.004"), 0], Decimal("2.03")) == [
        Decimal("1.02"),
        Decimal("1.01"),
        Decimal("0.00"),
    ]
    assert sum(TAKA.allocate([Decimal("1.99"), Decimal("0.01")], Decimal("1.95"))) == Decimal("1.95")


def test_nothing_can_be_shared_among_nobody() -> None:
    assert TAKA.split(Decimal(0), [0, 0]) == [0, 0]
    with pytest.raises(ValueError, match="weights come to nothing"):
        TAKA.split(Decimal("0.01"), [0, 0])
    with pytest.raises(ValueError, match="no amount of BDT"):
        TAKA.split(Decimal("0.001"), [1])
    with pytest.raises(ValueError, match="nobody has a share"):
        TAKA.allocate([0, 0], Decimal("0.01"))
