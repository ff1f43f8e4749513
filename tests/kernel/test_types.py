"""Every input type accepts what its docstring says, and refuses the rest in words."""

import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import UUID

import colander
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import Column, MetaData, Table
from sqlalchemy.dialects import postgresql
from sqlalchemy.schema import CreateTable

from jemeti_platform import types
from jemeti_platform.types import codes

DHAKA = {"country": "BD"}
UUID_TEXT = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"

ACCEPTED = [
    (types.Text(), "  Rahim Motors ", "Rahim Motors"),
    (types.Text(), "e\u0301clair", "\u00e9clair"),
    (types.Text(), "\u09b0\u200d\u09cd\u09af\u09be\u09ac", "\u09b0\u200d\u09cd\u09af\u09be\u09ac"),
    (types.Text(min=0), "  ", ""),
    (types.Text(multiline=True), "one\r\ntwo\rthree\tfour", "one\ntwo\nthree\tfour"),
    (types.Text(pattern="[A-Z]{3}"), "ABC", "ABC"),
    (types.StrictInt(), -(2**63), -(2**63)),
    (types.StrictInt(1, 5), 5, 5),
    (types.StrictBool(), False, False),
    (types.Money(), "1250.00", Decimal("1250.00")),
    (types.Money(), "-0.5", Decimal("-0.50")),
    (types.Money(), 5, Decimal("5.00")),
    (types.Money(), "999999999999.99", Decimal("999999999999.99")),
    (types.Money(scale=3), "1.234", Decimal("1.234")),
    (types.Money(scale=0), "500", Decimal(500)),
    (types.Quantity(), "2.5", Decimal("2.500")),
    (types.Percent(), "100", Decimal("100.000")),
    (types.Instant(), "2026-03-01T10:00:00+06:00", datetime(2026, 3, 1, 4, tzinfo=UTC)),
    (types.Instant(), "2026-03-01t10:00:00.123456789z", datetime(2026, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)),
    (types.Day(), "2028-02-29", date(2028, 2, 29)),
    (types.Uuid(), UUID_TEXT.upper(), UUID(UUID_TEXT)),
    (types.Slug(), "dhaka-motors-2", "dhaka-motors-2"),
    (types.Phone(), "01712-345678", "+8801712345678"),
    (types.Phone(), " +880 1712 345678 ", "+8801712345678"),
    (types.Phone(), "\u09e6\u09e7\u09ed\u09e7\u09e8\u09e9\u09ea\u09eb\u09ec\u09ed\u09ee", "+8801712345678"),
    (types.Phone("GB"), "020 7946 0018", "+442079460018"),
    (types.Email(), " Rahim.U@EXAMPLE.com ", "Rahim.U@example.com"),
    (types.Email(), "x@m\u00fcnchen.de", "x@xn--mnchen-3ya.de"),
    (types.OneOf(("person", "company")), "company", "company"),
    (types.Tags(), ["fleet", " VIP "], ["fleet", "VIP"]),
    (types.CountryCode(), "BD", "BD"),
    (types.CurrencyCode(), "BDT", "BDT"),
    (types.TimeZone(), "Asia/Dhaka", "Asia/Dhaka"),
    (types.Colour(), "#1F6FEB", "#1f6feb"),
    (types.Vin(), "1hgcm-82633 a004352", "1HGCM82633A004352"),
    (types.Vin(), "LSVAA49J132047371", "LSVAA49J132047371"),
    (types.Vin(), "WVWZZZ1JZ3W386752", "WVWZZZ1JZ3W386752"),
    (types.NullOr(types.Day()), None, None),
]

REFUSED = [
    (types.Text(), "   ", "Must not be empty"),
    (types.Text(), "\u200b\u200d", "Must not be empty"),
    (types.Text(), "a\x00b", "control character U+0000"),
    (types.Text(), "a\x7fb", "control character U+007F"),
    (types.Text(), "a\nb", "line break"),
    (types.Text(), "a\u2028b", "line break"),
    (types.Text(), "a\ud800b", "lone surrogate U+D800"),
    (types.Text(multiline=True), "a\x1bb", "control character U+001B"),
    (types.Text(max=3), "abcd", "At most 3 characters, this has 4"),
    (types.Text(min=3), "ab", "At least 3 characters, this has 2"),
    (types.Text(pattern="[A-Z]{3}", hint="Three capitals"), "AB", "Three capitals"),
    (types.Text(), 5, "Must be text"),
    (types.Text(), None, "Must be text"),
    (types.StrictInt(), True, "Must be a whole number"),
    (types.StrictInt(), 5.0, "Must be a whole number"),
    (types.StrictInt(), "5", "Must be a whole number"),
    (types.StrictInt(), 2**63, "At most"),
    (types.StrictInt(min=0), -1, "At least 0"),
    (types.StrictBool(), 1, "Must be true or false"),
    (types.StrictBool(), "true", "Must be true or false"),
    (types.Money(), 12.5, "send amounts as strings"),
    (types.Money(), True, "send amounts as strings"),
    (types.Money(), "1.005", "At most 2 decimals"),
    (types.Money(), "1000000000000", "At most 999999999999.99"),
    (types.Money(), "-1000000000000.001", "At least -999999999999.99"),
    (types.Money(), 10**300, "At most 999999999999.99"),
    (types.Money(min=0), "-1", "At least 0"),
    (types.Money(max=100), "100.01", "At most 100"),
    (types.Money(), "-0", "minus zero"),
    (types.Money(), "-0.00", "minus zero"),
    (types.Quantity(), 0.5, "send quantities as strings"),
    (types.Quantity(), "1.2345", "At most 3 decimals"),
    (types.Percent(), "100.001", "At most 100"),
    (types.Instant(), "2026-03-01T10:00:00", "with an offset"),
    (types.Instant(), "2026-03-01", "with an offset"),
    (types.Instant(), "99999999-01-01T00:00:00Z", "with an offset"),
    (types.Instant(), 1767225600, "with an offset"),
    (types.Instant(), "2026-02-30T10:00:00Z", "no such date and time"),
    (types.Instant(), "2026-03-01T10:00:60Z", "no such date and time"),
    (types.Instant(), "0001-01-01T00:00:00+23:59", "no such date and time"),
    (types.Instant(), "9999-12-31T23:59:59Z", "years 1900 to 2199"),
    (types.Day(), "20260301", "Must be a date"),
    (types.Day(), "99999999-01-01", "Must be a date"),
    (types.Day(), "2026-02-29", "no such date"),
    (types.Day(), "0001-01-01", "years 1900 to 2199"),
    (types.Uuid(), "{" + UUID_TEXT + "}", "Must be a UUID"),
    (types.Uuid(), UUID_TEXT.replace("-", ""), "Must be a UUID"),
    (types.Slug(), "Dhaka", "lower-case"),
    (types.Slug(), "-a", "lower-case"),
    (types.Slug(), "a" * 64, "1 to 63 characters"),
    (types.Phone(), "123", "Too short for a telephone number of Bangladesh"),
    (types.Phone(), "+880171234567890", "Too long for a telephone number of Bangladesh"),
    (types.Phone(), "hello", "Must be a telephone number"),
    (types.Phone(), "+1 650 253 0000 x12", "Leave out the extension"),
    (types.Phone(), "1" * 41, "Too long"),
    (types.Email(), "rahim", "Must be an e-mail address"),
    (types.Email(), "a..b@example.com", "Must be an e-mail address"),
    (types.Email(), "a@-example.com", "Must be an e-mail address"),
    (types.Email(), "a\n@example.com", "Must be an e-mail address"),
    (types.Email(), "a" * 65 + "@example.com", "Must be an e-mail address"),
    (types.Email(), "a@" + "b" * 250 + ".com", "At most 254"),
    (types.OneOf(("person", "company")), "Person", "Must be one of: person, company"),
    (types.OneOf(("person", "company")), ["person"], "Must be one of"),
    (types.Tags(), "fleet", "Must be a list"),
    (types.Tags(), ["vip", "VIP"], '"VIP" is given twice'),
    (types.Tags(max=1), ["a", "b"], "At most 1 tags"),
    (types.CountryCode(), "ZZ", "country code"),
    (types.CountryCode(), "bd", "country code"),
    (types.CurrencyCode(), "DEM", "currency code"),
    (types.TimeZone(), "Asia/Dacca2", "time zone"),
    (types.TimeZone(), "../../etc/passwd", "time zone"),
    (types.Colour(), "red", "Must be a colour"),
    (types.Vin(), "1HGCM82633A00435", "17 characters, this has 16"),
    (types.Vin(), "1HGCM82633A00435O", "without I, O and Q"),
    (types.Vin(), "1HGCM82633A004353", "check digit"),
    (types.Vin(), "LSVAA49J232047371", "check digit"),
    (types.NullOr(types.Day()), "", "Must be a date"),
]


@pytest.mark.parametrize(("type_", "value", "expected"), ACCEPTED)
def test_accepted_and_normalised(type_, value, expected):
    found = type_.read(value, DHAKA)
    assert found == expected
    assert type(found) is type(expected)
    assert str(found) == str(expected)


@pytest.mark.parametrize(("type_", "value", "words"), REFUSED)
def test_refused_in_words(type_, value, words):
    with pytest.raises(types.Refused, match=words.replace("+", r"\+")):
        type_.read(value, DHAKA)


@pytest.mark.parametrize(
    "number", ["NaN", "sNaN", "Infinity", "-Infinity", "1e400", "1E2", "0x10", "1_000", "1,000.00"]
)
@pytest.mark.parametrize("number_type", [types.Money(), types.Quantity(), types.Percent()])
def test_money_is_plain_digits_only(number_type, number):
    with pytest.raises(types.Refused, match="plain digits in a string"):
        number_type.read(number, {})


@pytest.mark.parametrize("number", ["", " 5", "+5", "5.", ".5", "007", "\u0665", "\u09eb"])
def test_money_has_one_spelling(number):
    with pytest.raises(types.Refused):
        types.Money().read(number, {})


@pytest.mark.parametrize("number", [float("nan"), float("inf"), -0.0, 1e300])
def test_no_float_becomes_money(number):
    with pytest.raises(types.Refused, match="as strings"):
        types.Money().read(number, {})


@given(st.decimals(min_value=-(10**12) + 1, max_value=10**12 - 1, places=2))
def test_money_survives_the_journey_to_text_and_back(amount):
    amount = amount or abs(amount)  # minus zero is refused
    assert types.Money().read(format(amount, "f"), {}) == amount


@given(st.text())
def test_text_is_clean_and_normal_or_refused(value):
    try:
        found = types.Text(max=50, multiline=True).read(value, {})
    except types.Refused:
        return
    assert 1 <= len(found) <= 50
    assert "\x00" not in found
    assert found.encode("utf-8")
    assert found == found.strip() == unicodedata.normalize("NFC", found)


def test_piled_marks_do_not_cost_quadratic_time():
    with pytest.raises(types.Refused, match="30 marks"):
        types.Text(max=50_000).read("a" + "\u0301\u0323" * 20_000, {})


def test_a_phone_without_country_code_needs_to_know_the_country():
    with pytest.raises(types.Refused, match="with its country code"):
        types.Phone().read("01712345678", {})
    assert types.Phone().read("01712345678", {"country": "BD"}) == "+8801712345678"
    assert types.Phone().read("+8801712345678", {}) == "+8801712345678"


def test_colander_passes_the_country_by_bind():
    node = colander.SchemaNode(types.Phone())
    assert node.bind(country="BD").deserialize("01712345678") == "+8801712345678"
    with pytest.raises(colander.Invalid):
        node.deserialize("01712345678")


def test_null_means_nothing_only_where_nothing_is_the_default():
    assert colander.SchemaNode(types.Text(), missing=None).deserialize(None) is None
    with pytest.raises(colander.Invalid):
        colander.SchemaNode(types.Text(), missing="x").deserialize(None)


def test_addresses_compare_without_case():
    assert types.email_key("Rahim@Example.com") == types.email_key(" rahim@example.COM")


def test_a_european_vin_with_an_odd_check_digit_is_only_warned_about():
    assert "does not require" in types.vin_warnings("WVWZZZ1JZ3W386752")[0]
    assert types.vin_warnings("1HGCM82633A004352") == []


def test_a_query_writes_everything_as_text():
    assert types.StrictInt().read_text("-5", {}) == -5
    assert types.StrictBool().read_text("true", {}) is True
    assert types.Tags().read_text("a,b", {}) == ["a", "b"]
    assert types.NullOr(types.Uuid()).read_text("null", {}) is None
    for type_, text in [(types.StrictInt(), "5.0"), (types.StrictInt(), "9" * 5000), (types.StrictBool(), "1")]:
        with pytest.raises(types.Refused):
            type_.read_text(text, {})


def test_the_lists_of_codes_are_the_standards():
    assert len(codes.countries()) == 249
    assert {"USD", "EUR", "BDT", "KWD", "JPY"} <= codes.currencies()
    assert not {"DEM", "XXX", "ITL"} & codes.currencies()
    assert {"UTC", "Asia/Dhaka"} <= codes.time_zones()


def test_columns_keep_exactly_what_the_types_let_in():
    table = Table(
        "t",
        MetaData(),
        Column("price", types.MoneyColumn),
        Column("quantity", types.QuantityColumn()),
        Column("rate", types.PercentColumn),
        types.money_check("price", minimum=0),
    )
    ddl = str(CreateTable(table.to_metadata(MetaData())).compile(dialect=postgresql.dialect()))
    assert "price NUMERIC(14, 2)" in ddl
    assert "quantity NUMERIC(14, 3)" in ddl
    assert "rate NUMERIC(6, 3)" in ddl
    assert "CONSTRAINT price_number CHECK (price <> 'NaN'::numeric AND price >= 0)" in ddl
