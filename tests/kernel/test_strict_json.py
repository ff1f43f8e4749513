"""A body is strict JSON that every parser reads alike and PostgreSQL can keep, or a 400 that says why not."""

import json
from contextlib import suppress

import pytest
from colander import SchemaNode
from hypothesis import given
from hypothesis import strategies as st

from jemeti_platform.errors import BadRequest, Invalid
from jemeti_platform.rest.body import parse_json
from jemeti_platform.rest.compile import compile_body
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Day


class Appointment(Mapping):
    on = SchemaNode(Day())


# The eleven of spec/safety.md, row D5.
POISON = {
    "NaN": (b'{"on": NaN}', "NaN is not valid JSON"),
    "1e400": (b'{"on": 1e400}', "The number 1e400 is too large"),
    "5000 digits": (b'{"on": ' + b"9" * 5000 + b"}", "does not fit 64 bits"),
    "lone surrogate": (rb'{"on": "\ud800"}', "lone surrogate"),
    "NUL": (rb'{"on": "\u0000"}', "Must not contain NUL"),
    "depth 100,000": (b'{"on": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested deeper than 32 levels"),
    "repeated key": (b'{"on": "2026-03-01", "on": "2026-03-02"}', "Given more than once"),
    "2**70": (b'{"on": %d}' % 2**70, "does not fit 64 bits"),
    "bad UTF-8": (b'{"on": "\xff"}', r"not UTF-8 \(byte 8\)"),
    "byte order mark": (b'\xef\xbb\xbf{"on": "2026-03-01"}', "byte order mark"),
    "year 99999999": (b'{"on": "99999999-01-01"}', "Must be a date"),
}


@pytest.mark.parametrize("name", POISON)
def test_poison_is_a_400_that_says_what_is_wrong(name):
    raw, words = POISON[name]
    with pytest.raises(Invalid, match=words) as refused:
        compile_body(Appointment)(parse_json(raw))
    assert refused.value.status == 400
    json.dumps(refused.value.body("id")).encode()


@pytest.mark.parametrize(
    ("raw", "field"),
    [
        (b'{"name": "a", "name": "b"}', "name"),
        (b'{"lines": [{"sku": "a", "sku": "b"}]}', "sku"),
        (rb'{"lines": [{"note": "ok"}, {"note": "a\u0000"}]}', "lines.1.note"),
        (rb'{"customer": {"\u0000": 1}}', "customer"),
    ],
)
def test_the_fault_names_its_field(raw, field):
    with pytest.raises(Invalid) as refused:
        parse_json(raw)
    assert [problem["field"] for problem in refused.value.details] == [field]


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"  ",
        b"{",
        b"{'a': 1}",
        b'{"a": 1,}',
        b'{"a": 1} x',
        b'{"a": 01}',
        b'{"a": +1}',
        b'{"a": .5}',
        b'{"a": "\n"}',
        b'{"a": "\x00"}',
        b"{a: 1}",
        b"[Infinity]",
        b"[-Infinity]",
        b"// no\n{}",
        b"\xfe\xff\x00{\x00}",
        rb'"\udc00\ud800"',
        rb'{"\ud800": 1}',
    ],
)
def test_anything_but_json_is_refused(raw):
    with pytest.raises(BadRequest) as refused:
        parse_json(raw)
    assert refused.value.status == 400


def test_malformed_json_says_where():
    with pytest.raises(Invalid, match="line 2, column 8"):
        parse_json(b'{\n  "a": oops\n}')


def test_64_bits_are_the_limit_on_both_sides():
    assert parse_json(b"[9223372036854775807, -9223372036854775808]") == [2**63 - 1, -(2**63)]
    for beyond in (2**63, -(2**63) - 1):
        with pytest.raises(Invalid):
            parse_json(b"%d" % beyond)


def test_depth_is_counted_in_containers():
    assert parse_json(b"[" * 32 + b"]" * 32)
    for deeper in (b"[" * 33 + b"]" * 33, b"[" * 33 + b"1" + b"]" * 33, b'{"a":' * 33 + b"1" + b"}" * 33):
        with pytest.raises(Invalid, match="nested deeper than 32"):
            parse_json(deeper)
    assert len(parse_json(b"[" + b",".join([b"{}"] * 500) + b"]")) == 500
    with pytest.raises(Invalid):
        parse_json(b"[[]]", max_depth=1)


def test_minus_zero_is_no_integer():
    assert type(parse_json(b"-0")) is float


def test_escaped_pairs_are_one_character():
    assert parse_json(rb'"\ud83d\ude97 \u00e9"') == "\U0001f697 \u00e9"


json_text = st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**63 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | json_text,
    lambda inner: st.lists(inner) | st.dictionaries(json_text, inner),
    max_leaves=20,
)


@given(json_values, st.booleans())
def test_what_json_can_say_is_read_exactly(value, ascii_only):
    assert parse_json(json.dumps(value, ensure_ascii=ascii_only).encode()) == value


@given(st.binary())
def test_bytes_are_a_value_or_a_400(raw):
    with suppress(BadRequest):
        parse_json(raw)
