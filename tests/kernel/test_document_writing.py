"""How money, numbers, days and colours stand on paper."""

from __future__ import annotations

import io
import unicodedata
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from jemeti_platform.documents.pictures import logo_of, qr_svg
from jemeti_platform.documents.theme import FONTS, _contrast, families, inks_of
from jemeti_platform.documents.writing import Hand, hand_of


def hand(locale: str, country: str, currency: str, timezone: str = "Asia/Dhaka") -> Hand:
    return hand_of({"locale": locale, "country": country, "currency": currency, "timezone": timezone})


@pytest.mark.parametrize(
    ("locale", "country", "currency", "written"),
    [
        ("en", "BD", "BDT", "৳1,25,000.50"),
        ("bn-BD", "BD", "BDT", "১,২৫,০০০.৫০৳"),
        ("bn", "IN", "INR", "₹১,২৫,০০০.৫০"),
        ("en", "US", "USD", "$125,000.50"),
        ("en", "DE", "EUR", "125.000,50\xa0€"),
        ("de-DE", "DE", "EUR", "125.000,50\xa0€"),
        ("en", "CH", "CHF", "CHF\xa0125’000.50"),
        ("en", "KW", "KWD", "KWD\xa0125,000.500"),
        ("ar-SA", "SA", "SAR", "\u200f١٢٥٬٠٠٠٫٥٠\xa0ر.س.\u200f"),
        ("fr", "US", "USD", "$125,000.50"),  # no French labels: the whole document is English
    ],
)
def test_money_as_the_country_writes_it(locale, country, currency, written):
    assert hand(locale, country, currency).money(Decimal("125000.50")) == written


def test_a_currency_without_cents_has_none():
    assert hand("en", "JP", "JPY").money(Decimal("1250.00")) == "JP¥1,250"
    assert hand("en", "JP", "JPY").amount(Decimal("1250.00")) == "1,250"


def test_a_unit_price_of_fractions_of_a_cent_is_shown_whole():
    assert hand("en", "US", "USD").amount(Decimal("0.1250")) == "0.125"
    assert hand("en", "US", "USD").amount(Decimal("12.5000")) == "12.50"


def test_days_moments_and_percentages():
    bengali, german = hand("bn", "BD", "BDT"), hand("de", "DE", "EUR", "Europe/Berlin")
    moment = datetime(2026, 3, 4, 18, 30, tzinfo=UTC)
    assert bengali.day(date(2026, 3, 4)) == "৪ মার্চ, ২০২৬"
    assert bengali.moment(moment) == "৫ মার্চ, ২০২৬ ১২:৩০ AM"
    assert german.moment(moment) == "04.03.2026, 19:30"
    assert hand("ar-SA", "SA", "SAR").day(date(2026, 3, 4)) == "٤ مارس ٢٠٢٦"
    assert bengali.percent(Decimal("7.500")) == "৭.৫%"
    assert german.percent(Decimal("19.000")) == "19\xa0%"


def test_a_code_stands_alone_where_text_runs_from_right_to_left():
    assert hand("ar", "AE", "AED").code("+971 4 123") == "\u2066+971 4 123\u2069"
    assert hand("bn", "BD", "BDT").code("+880 1711") == "+880 1711"


@given(
    st.decimals(min_value=-(10**11), max_value=10**11, places=2),
    st.sampled_from([("en", "BD"), ("bn", "BD"), ("ar-SA", "SA"), ("ar-EG", "EG"), ("de", "DE"), ("en", "CH")]),
)
def test_no_digit_is_lost_in_any_language(value, place):
    written = hand(*place, "EUR").money(value)
    digits = "".join(str(unicodedata.digit(sign)) for sign in written if sign.isdigit())
    assert digits.lstrip("0") == f"{abs(value):.2f}".replace(".", "").lstrip("0")
    assert (value < 0) == ("-" in written)


# -- colours and pictures --------------------------------------------------------------------------------------------


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(int(colour[n : n + 2], 16) for n in (1, 3, 5))


@given(st.tuples(*[st.integers(0, 255)] * 3))
def test_text_is_readable_in_and_on_every_brand_colour(rgb):
    inks = inks_of("#{:02x}{:02x}{:02x}".format(*rgb))
    assert _contrast(_rgb(inks.on_accent), _rgb(inks.accent)) >= 4.3
    assert _contrast(_rgb(inks.ink), (255, 255, 255)) >= 4.5


def test_a_dark_brand_colour_stays_as_it_is():
    assert inks_of("#0f6b5c") == ("#0f6b5c", "#ffffff", "#0f6b5c")


def test_every_font_has_the_others_behind_it():
    for font in FONTS:
        assert families(font)[:3] == FONTS[font]
        assert len(set(families(font))) == 6


def picture(kind: str, size: tuple[int, int]) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#aa3300").save(out, kind)
    return out.getvalue()


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_a_logo_is_decoded_and_made_small(kind):
    drawn = logo_of(picture(kind, (3000, 500)))
    assert 'width="900" height="150"' in drawn.svg
    assert "data:image/png;base64," in drawn.svg
    assert drawn.ratio == 6


@pytest.mark.parametrize("content", [b"", b"<svg onload='x'/>", b"%PDF-1.7", picture("GIF", (9, 9)), b"\x89PNG\r\n"])
def test_what_is_no_picture_is_no_logo(content):
    assert logo_of(content) is None


def test_a_link_is_a_code_of_squares():
    assert qr_svg("https://garage.example/d/1").startswith("<svg")
    assert qr_svg("https://garage.example/d/1") != qr_svg("https://garage.example/d/2")
