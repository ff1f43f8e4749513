"""Compiled schemas decide as Colander does, name every fault at once, and are quick about it."""

from decimal import Decimal
from time import thread_time

import colander
import pytest
from colander import SchemaNode
from hypothesis import given, settings
from hypothesis import strategies as st

from jemeti_platform.errors import Invalid
from jemeti_platform.rest.compile import compile_body, compile_patch, compile_query, compile_rules
from jemeti_platform.rest.schema import Mapping, Sequence, StrictSequence, list_of
from jemeti_platform.types import (
    Day,
    Email,
    Instant,
    Money,
    NullOr,
    OneOf,
    Percent,
    Phone,
    Quantity,
    StrictBool,
    StrictInt,
    Tags,
    Text,
    Uuid,
)

ID = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"


class Line(Mapping):
    product_id = SchemaNode(Uuid())
    quantity = SchemaNode(Quantity(min="0.001"))
    unit_price = SchemaNode(Money(min=0), missing=None)
    discount_percent = SchemaNode(Percent(), missing=Decimal(0))


class Lines(Sequence):
    line = Line()


class Address(Mapping):
    street = SchemaNode(Text())
    city = SchemaNode(Text(), missing=None)


class Order(Mapping):
    customer_phone = SchemaNode(Phone(), missing=None)
    kind = SchemaNode(OneOf(("person", "company")), missing="person")
    tax_id = SchemaNode(Text(max=20), missing=None)
    bay = SchemaNode(NullOr(StrictInt(1, 9)))
    note = SchemaNode(Text(max=50), missing=colander.drop)
    tags = SchemaNode(Tags(), missing=[])
    address = Address(missing=None)
    lines = Lines(StrictSequence(min=1, max=3))

    def validator(self, node, order):
        if order["kind"] == "company" and not order["tax_id"]:
            invalid = colander.Invalid(node)
            invalid["tax_id"] = "A company has a tax id"
            raise invalid


A_LINE = {"product_id": ID, "quantity": "2"}
AN_ORDER = {"bay": None, "lines": [A_LINE]}


def faults(check, given, context=None):
    with pytest.raises(Invalid) as refused:
        check(given, context)
    assert refused.value.status == 400
    return {problem["field"]: problem["message"] for problem in refused.value.details}


def test_every_fault_is_named_at_once():
    body = {
        "kind": "robot",
        "customer_phone": "123",
        "colour": "red",
        "address": {"city": "Dhaka", "zip": "1207"},
        "tags": ["a", "A"],
        "lines": [A_LINE, {"quantity": "0", "unit_price": 1.5}, 7],
    }
    assert faults(compile_body(Order), body, {"country": "BD"}) == {
        "customer_phone": "Too short for a telephone number of Bangladesh",
        "kind": "Must be one of: person, company",
        "bay": "Required",
        "tags.1": '"A" is given twice',
        "address.street": "Required",
        "address.zip": "Unknown field",
        "lines.1.product_id": "Required",
        "lines.1.quantity": "At least 0.001",
        "lines.1.unit_price": 'Must be an amount of money; send amounts as strings, such as "1250.00"',
        "lines.2": "Must be an object",
        "colour": "Unknown field",
    }


def test_defaults_are_applied_and_dropped_fields_stay_away():
    assert compile_body(Order)(AN_ORDER) == {
        "customer_phone": None,
        "kind": "person",
        "tax_id": None,
        "bay": None,
        "tags": [],
        "address": None,
        "lines": [Line().deserialize(A_LINE)],
    }


def test_a_default_list_is_never_shared_between_requests():
    check = compile_body(Order)
    check(AN_ORDER)["tags"].append("leak")
    assert check(AN_ORDER)["tags"] == []


def test_null_is_refused_where_nothing_is_no_answer():
    refused = faults(compile_body(Order), AN_ORDER | {"kind": None, "note": None, "tags": None})
    assert set(refused) == {"kind", "note", "tags"}
    assert compile_body(Order)(AN_ORDER | {"tax_id": None})["tax_id"] is None


def test_a_rule_across_fields_names_its_field():
    assert faults(compile_body(Order), AN_ORDER | {"kind": "company"}) == {"tax_id": "A company has a tax id"}


@pytest.mark.parametrize("body", [[], "x", 5, None, True])
def test_a_body_is_an_object(body):
    assert faults(compile_body(Order), body) == {"": "Must be an object"}


def test_lists_have_limits():
    assert "At least 1 item" in faults(compile_body(Order), AN_ORDER | {"lines": []})["lines"]
    assert "At most 3 items" in faults(compile_body(Order), AN_ORDER | {"lines": [A_LINE] * 4})["lines"]
    assert faults(compile_body(Order), AN_ORDER | {"lines": {}})["lines"] == "Must be a list"


def test_a_thousand_faults_are_a_short_answer():
    class Numbers(Mapping):
        numbers = list_of(StrictInt())

    with pytest.raises(Invalid) as refused:
        compile_body(Numbers)({"numbers": ["x"] * 1000, "y" * 10_000: 1})
    assert len(refused.value.details) == 101
    assert refused.value.details[-1]["message"] == "and 901 more faults"


# Patches


def test_a_patch_reads_what_was_sent_and_no_more():
    patch = compile_patch(Order)
    assert patch({}) == {}
    assert patch({"kind": "company", "address": {"city": "Sylhet"}}) == {
        "kind": "company",
        "address": {"city": "Sylhet"},
    }
    assert faults(patch, {"kind": "x", "lines": [{}], "foo": 1}) == {
        "kind": "Must be one of: person, company",
        "lines.0.product_id": "Required",
        "lines.0.quantity": "Required",
        "foo": "Unknown field",
    }


def test_null_in_a_patch_clears_to_the_state_of_a_field_never_sent():
    cleared = {"customer_phone": None, "kind": None, "bay": None, "tags": None, "address": None}
    assert compile_patch(Order)(cleared) == {
        "customer_phone": None,
        "kind": "person",
        "bay": None,
        "tags": [],
        "address": None,
    }
    assert faults(compile_patch(Order), {"lines": None, "note": None, "address": {"street": None}}) == {
        "lines": "Cannot be cleared",
        "note": "Cannot be cleared",
        "address.street": "Cannot be cleared",
    }


def test_rules_across_fields_judge_the_merged_record():
    present = {"kind": "person", "tax_id": None}
    change = compile_patch(Order)({"kind": "company"})
    assert faults(compile_rules(Order), present | change) == {"tax_id": "A company has a tax id"}
    compile_rules(Order)(present | {"tax_id": "T1"} | change, None)


# Queries


class Filter(Mapping):
    page = SchemaNode(StrictInt(min=1), missing=1)
    per_page = SchemaNode(StrictInt(1, 100), missing=25)
    status = list_of(OneOf(("sent", "approved")), missing=None)
    archived = SchemaNode(StrictBool(), missing=colander.drop)
    since = SchemaNode(Instant(), missing=colander.drop, name="created_at.gte")
    bay_id = SchemaNode(NullOr(Uuid()), missing=colander.drop)


def test_a_query_is_read_from_text():
    query = {"page": "2", "status": "sent,approved", "archived": "true", "created_at.gte": "2026-03-01T00:00:00Z"}
    found = compile_query(Filter)(query)
    assert found["page"] == 2
    assert found["per_page"] == 25
    assert found["status"] == ["sent", "approved"]
    assert found["archived"] is True
    assert found["created_at.gte"].isoformat() == "2026-03-01T00:00:00+00:00"
    assert compile_query(Filter)({"bay_id": "null"})["bay_id"] is None


def test_a_query_names_every_fault():
    assert faults(compile_query(Filter), {"page": "0", "per_page": "1e2", "status": "sent,lost", "stauts": "x"}) == {
        "page": "At least 1",
        "per_page": "Must be a whole number",
        "status.1": "There is no 'lost'; possible are sent, approved",
        "stauts": "Unknown parameter",
    }
    assert faults(compile_query(Filter), [("page", "1"), ("page", "2")]) == {"page": "Given more than once"}


def test_a_query_without_a_schema_takes_no_parameters():
    check = compile_query(colander.MappingSchema())
    assert check({}) == {}
    assert faults(check, {"x": "1"}) == {"x": "Unknown parameter"}


# What else Colander can do


def test_preparers_and_deferred_values_work_as_in_colander():
    class Prepared(Mapping):
        code = SchemaNode(Text(), preparer=[str.upper, str.strip])
        country = SchemaNode(Text(), missing=colander.deferred(lambda node, context: context["country"]))
        size = SchemaNode(
            StrictInt(),
            missing=1,
            validator=colander.deferred(lambda node, context: colander.Range(max=context["most"])),
        )

    context = {"country": "BD", "most": 5}
    body = {"code": "ab", "size": 5}
    assert compile_body(Prepared)(body, context) == Prepared().bind(**context).deserialize(body)
    assert faults(compile_body(Prepared), {"code": "ab", "size": 6}, context) == {
        "size": "6 is greater than maximum value 5"
    }


def test_a_validator_with_several_complaints_is_heard_in_full():
    class Named(Mapping):
        name = SchemaNode(
            Text(), validator=colander.All(colander.Length(min=3), colander.Regex("^x", "Must start with x"))
        )

    with pytest.raises(Invalid) as refused:
        compile_body(Named)({"name": "ab"})
    assert [problem["message"] for problem in refused.value.details] == [
        "Shorter than minimum length 3",
        "Must start with x",
    ]


def test_a_type_of_ones_own_is_asked_as_colander_would():
    class Even(colander.SchemaType):
        def deserialize(self, node, cstruct):
            if cstruct is colander.null or cstruct == 0:
                return colander.null
            if cstruct % 2:
                raise colander.Invalid(node, "Must be even")
            return cstruct

    class Pair(Mapping):
        number = SchemaNode(Even(), missing=None)

    assert compile_body(Pair)({"number": 4}) == {"number": 4}
    assert compile_body(Pair)({"number": 0}) == {"number": None}
    assert faults(compile_body(Pair), {"number": 3}) == {"number": "Must be even"}


@pytest.mark.parametrize("lenient", [colander.Integer(), colander.String(), colander.Decimal(), colander.Boolean()])
def test_colanders_lenient_types_stop_the_boot(lenient):
    schema = colander.SchemaNode(colander.Mapping(), SchemaNode(lenient, name="amount"))
    with pytest.raises(TypeError, match=r"'amount': colander\.\w+ accepts too much"):
        compile_body(schema)


def test_what_cannot_be_strict_stops_the_boot():
    class Nested(Mapping):
        address = Address()

    class Own(SchemaNode):
        def deserialize(self, cstruct=colander.null):
            return cstruct

    with pytest.raises(TypeError, match="no objects in it"):
        compile_query(Nested)
    with pytest.raises(TypeError, match="preserve"):
        compile_body(colander.SchemaNode(colander.Mapping(unknown="preserve")))
    with pytest.raises(TypeError, match="overriding deserialize"):
        compile_body(SchemaNode(colander.Mapping(), Own(Text(), name="x")))
    with pytest.raises(TypeError, match="is a Mapping"):
        compile_body(Lines)


# Both readings of one schema agree

SAMPLES = [
    (Text(max=5), "a"),
    (Text(min=0), " "),
    (StrictInt(0, 9), 0),
    (StrictBool(), True),
    (Money(), "12.50"),
    (Percent(), 7),
    (Day(), "2026-03-01"),
    (Instant(), "2026-03-01T10:00:00Z"),
    (Uuid(), ID),
    (Email(), "x@example.com"),
    (Phone(), "01712345678"),
    (OneOf(("a", "b")), "b"),
    (Tags(max=2), ["a", "b"]),
    (NullOr(StrictInt()), None),
]
missings = st.sampled_from([colander.required, colander.required, colander.drop, None, "default"])
preparers = st.sampled_from([None, None, None, lambda value: 1 if value is colander.null else value])
validators = st.sampled_from([None, None, None, colander.NoneOf([0, "a"]), colander.All(colander.NoneOf([True]))])
names = st.sampled_from(["a", "b", "c", "d"])
junk = st.recursive(
    st.none() | st.booleans() | st.integers(-1, 10) | st.floats() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4),
    max_leaves=5,
)
rarely = st.sampled_from([True] + [False] * 11)


@st.composite
def cases(draw, depth=0):
    """A node, and a value that mostly fits it."""
    options = {"missing": draw(missings), "validator": draw(validators), "preparer": draw(preparers)}
    kind = draw(st.sampled_from(["leaf", "leaf", "mapping", "list"])) if depth < 2 else "leaf"
    if kind == "mapping":
        return draw(objects(depth=depth + 1))
    if kind == "list":
        child, value = draw(cases(depth=depth + 1))
        node = SchemaNode(StrictSequence(0, 2), child, missing=options["missing"])
        value = [value] * draw(st.integers(0, 2))
    else:
        type_, value = draw(st.sampled_from(SAMPLES))
        node = SchemaNode(type_, **options)
    return node, draw(junk) if draw(rarely) else value


@st.composite
def objects(draw, depth=0):
    node, body = Mapping(missing=draw(missings)), {}
    for name in draw(st.lists(names, unique=True, max_size=4)):
        child, value = draw(cases(depth=depth))
        child.name = name
        node.add(child)
        if not draw(rarely):
            body[name] = value
    if draw(rarely):
        body["unknown"] = draw(junk)
    return node, draw(junk) if draw(rarely) else body


@settings(max_examples=300, deadline=None)
@given(objects(), st.sampled_from([{"country": "BD"}, {"country": "BD"}, {}]))
def test_compiled_and_colander_agree(case, context):
    schema, body = case
    assert _verdict(compile_body(schema), body, context) == _verdict(schema.bind(**context).deserialize, body)


def _verdict(read, *given):
    """The value, or the names of the fields that are at fault."""
    try:
        return "accepted", read(*given)
    except colander.Invalid as invalid:
        fields = invalid.asdict()
    except Invalid as invalid:
        fields = [problem["field"] for problem in invalid.details]
    return "refused", {field.partition(".")[0] for field in fields}


class EightTexts(Mapping):
    a, b, c, d = (SchemaNode(Text(max=120), name=name) for name in "abcd")
    e, f, g, h = (SchemaNode(Text(max=120), name=name) for name in "efgh")


def test_compiled_reads_eight_texts_with_less_work_than_colander():
    body = dict.fromkeys("abcdefgh", "Rahim Uddin Motors")
    checks = {"compiled": compile_body(EightTexts), "colander": EightTexts().deserialize}
    best = dict.fromkeys(checks, float("inf"))
    for _ in range(20):
        for name, check in checks.items():
            best[name] = min(best[name], _cpu_seconds(check, body))
    assert best["compiled"] < best["colander"] / 1.5  # about a third


def _cpu_seconds(check, body):
    start = thread_time()
    for _ in range(50):
        check(body)
    return thread_time() - start
