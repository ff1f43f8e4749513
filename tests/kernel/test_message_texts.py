"""Texts of messages: places are filled in and nothing else happens; what an SMS costs is counted as networks count."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.messages.placeholders import faults, fill, names_in
from jemeti_platform.messages.segments import measure
from jemeti_platform.messages.template import MessageTemplate, Placeholder, Texts, Value
from jemeti_platform.messages.wording import in_words
from jemeti_platform.platform import BootError

KNOWN = ("customer.name", "link")
DHAKA = ZoneInfo("Asia/Dhaka")
INJECTIONS = [
    "{{customer.__class__}}",
    "{{customer.name.__class__.__mro__[1].__subclasses__()}}",
    "{{7*7}}",
    "{{ config }}",
    "{{ ''.join(['a']) }}",
    "{{customer.name|upper}}",
    "{{#if customer}}x{{/if}}",
    "{{> partial}}",
    "{{customer['name']}}",
    "{{\ncustomer.name\n.x}}",
    "{{}}",
    "{{CUSTOMER.NAME}}",
    "{{customer.name\u0000}}",
]
NO_PLACES = ["{% for x in y %}", "${7*7}", "#{7*7}", "<%= 7*7 %>", "{customer.name}", "{0.__class__}", "%(link)s", "%s"]


class TestPlaces:
    def test_they_are_filled_in_with_and_without_blanks(self) -> None:
        assert (
            fill("Hello {{customer.name}}, {{ link }}!", {"customer.name": "Rahim", "link": "x"}) == "Hello Rahim, x!"
        )

    @pytest.mark.parametrize("text", INJECTIONS)
    def test_what_nobody_has_declared_is_a_fault_that_names_what_there_is(self, text: str) -> None:
        problems = faults(text, KNOWN)
        assert problems
        assert all(problem.startswith("There is no {{") for problem in problems)
        assert all("possible are customer.name, link" in problem for problem in problems)

    @pytest.mark.parametrize("text", INJECTIONS)
    def test_and_becomes_nothing_where_it_is_filled_in_all_the_same(self, text: str) -> None:
        filled = fill(text, {"customer.name": "Rahim"})
        assert "Rahim" not in filled
        assert "49" not in filled

    @pytest.mark.parametrize("text", NO_PLACES)
    def test_other_languages_are_plain_text(self, text: str) -> None:
        assert faults(text, KNOWN) == []
        assert fill(text, {"customer.name": "Rahim", "link": "x"}) == text

    @pytest.mark.parametrize("text", ["{{customer.name", "{{customer.{name}}", "{{{{link"])
    def test_an_open_place_is_a_fault(self, text: str) -> None:
        assert "A {{ is not closed by }}" in faults(text, KNOWN)

    def test_a_place_that_must_be_there_is_missed(self) -> None:
        assert faults("Hello", KNOWN, ("link",)) == ["Must contain {{link}}"]

    @given(st.text(), st.text())
    def test_what_is_filled_in_is_not_read_again(self, name: str, link: str) -> None:
        evil = "{{link}}" + name
        assert fill("{{customer.name}}", {"customer.name": evil, "link": link}) == evil

    @given(st.text(alphabet="{}abc. \n"))
    def test_a_text_without_faults_is_filled_in_whole(self, text: str) -> None:
        if not faults(text, ("a", "a.b")):
            assert "{{" not in fill(text, {})
            assert names_in(text) <= {"a", "a.b"}

    def test_a_very_long_run_of_braces_takes_no_time_to_refuse(self) -> None:
        assert faults("{{" * 100_000, KNOWN) == ["A {{ is not closed by }}"]


class TestWords:
    @pytest.mark.parametrize(
        ("value", "locale", "expected"),
        [
            (None, "en", ""),
            ("Rahim", "bn", "Rahim"),
            (Decimal("1250.00"), "en", "1,250.00"),
            (Decimal("1250.50"), "de", "1.250,50"),
            (Decimal("100000.00"), "bn", "100,000.00"),
            (1250, "de-AT", "1.250"),
            (date(2026, 3, 1), "en", "March 1, 2026"),
            (date(2026, 3, 1), "de", "1. März 2026"),
            (date(2026, 3, 1), "xx-no-language", "March 1, 2026"),
        ],
    )
    def test_values_are_written_as_the_language_writes_them(self, value: Value, locale: str, expected: str) -> None:
        assert in_words({"x": value}, locale, DHAKA)["x"] == expected

    def test_a_moment_is_told_by_the_workspaces_clock(self) -> None:
        moment = datetime(2026, 3, 1, 20, 30, tzinfo=UTC)
        assert in_words({"x": moment}, "de", DHAKA)["x"] == "02.03.2026, 02:30:00"


class TestSegments:
    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", ("GSM-7", 0, 1)),
            ("a" * 160, ("GSM-7", 160, 1)),
            ("a" * 161, ("GSM-7", 161, 2)),
            ("a" * 306, ("GSM-7", 306, 2)),
            ("a" * 307, ("GSM-7", 307, 3)),
            ("€" * 80, ("GSM-7", 160, 1)),
            ("ä" * 160, ("GSM-7", 160, 1)),
            ("ç" + "a" * 69, ("UCS-2", 70, 1)),
            ("স" * 70, ("UCS-2", 70, 1)),
            ("স" * 71, ("UCS-2", 71, 2)),
            ("স" * 134, ("UCS-2", 134, 2)),
            ("স" * 135, ("UCS-2", 135, 3)),
            ("🚗" * 35, ("UCS-2", 70, 1)),
        ],
    )
    def test_they_are_counted_by_alphabet(self, text: str, expected: tuple[str, int, int]) -> None:
        assert measure(text) == expected

    def test_an_escape_is_not_torn_from_its_character(self) -> None:
        # 152 signs leave room for one more septet in the first part, which an escape and its sign do not fit into
        assert measure("a" * 152 + "€" + "a" * 152) == ("GSM-7", 306, 3)
        assert measure("a" * 153 + "€" + "a" * 151) == ("GSM-7", 306, 2)

    def test_nor_is_a_surrogate_from_its_twin(self) -> None:
        assert measure("স" * 66 + "🚗" + "স" * 66) == ("UCS-2", 134, 3)

    @given(st.text(max_size=600))
    def test_they_are_never_fewer_than_the_units_need_nor_many_more(self, text: str) -> None:
        encoding, units, segments = measure(text)
        alone, together = (160, 153) if encoding == "GSM-7" else (70, 67)
        if units <= alone:
            assert segments == 1
        else:
            assert -(-units // together) <= segments <= -(-units // (together - 1))


class TestDeclarations:
    def make(self, **changes: object) -> MessageTemplate:
        given: dict[str, object] = {
            "name": "shop.sold",
            "title": "Sold",
            "texts": {"en": Texts("Sold", "Sold {{item}}", "")},
            "placeholders": (Placeholder("item", "Item", "Tyre"),),
            "transactional": True,
            "enabled": True,
        }
        return MessageTemplate(**{**given, **changes})  # type: ignore[arg-type]

    def test_a_good_one_is_good(self) -> None:
        assert self.make().channels == ("email",)

    @pytest.mark.parametrize(
        ("changes", "sentence"),
        [
            ({"name": "sold"}, "words joined by dots"),
            ({"texts": {"de": Texts("x", "x")}}, "no English text"),
            ({"texts": {"en": Texts("x", "{{price}}")}}, "There is no {{price}}"),
            ({"texts": {"en": Texts("x", "x"), "de": Texts("x", "")}}, "de has no text for email"),
            ({"required": ("item",), "texts": {"en": Texts("x", "x")}}, "Must contain {{item}}"),
            ({"way": "sms"}, "has no text for that"),
            ({"way": "pigeon"}, "way is none of"),
            ({"event": int}, "go together"),
            ({"transactional": False}, "only a transactional message"),
            ({"enabled": False}, "without an event is on"),
            ({"placeholders": (Placeholder("Item", "", ""),)}, "lower-case"),
            ({"placeholders": (Placeholder("item", "", ""), Placeholder("item", "", ""))}, "declared twice"),
        ],
    )
    def test_what_contradicts_itself_stops_the_boot(self, changes: dict[str, object], sentence: str) -> None:
        with pytest.raises(BootError, match=sentence):
            self.make(**changes)
