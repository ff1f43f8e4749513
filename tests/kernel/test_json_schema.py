"""The JSON Schema of a schema says what the schema does."""

import re
from decimal import Decimal

import colander
import pytest
from colander import SchemaNode
from jsonschema import Draft202012Validator

from jemeti_platform import types
from jemeti_platform.errors import Invalid
from jemeti_platform.rest.compile import compile_body, compile_patch
from jemeti_platform.rest.json_schema import json_schema, query_parameters
from jemeti_platform.rest.schema import Mapping, Sequence, StrictSequence, list_of


class Part(Mapping):
    sku = SchemaNode(types.Text(max=40), description="Unique in the workspace", example="BP-100")
    quantity = SchemaNode(types.Quantity(min="0.001"))
    price = SchemaNode(types.Money(min=0), missing=Decimal("0.00"), title="Price without tax")


class Parts(Sequence):
    part = Part()


class Job(Mapping):
    """A visit."""

    vehicle_id = SchemaNode(types.Uuid())
    priority = SchemaNode(types.OneOf(("low", "high")), missing=None)
    odometer = SchemaNode(types.StrictInt(min=0), missing=colander.drop, validator=colander.Range(max=5_000_000))
    promised_at = SchemaNode(types.NullOr(types.Instant()))
    concern = SchemaNode(types.Text(max=2000, multiline=True), validator=colander.Length(min=5), missing=None)
    mechanic_ids = list_of(types.Uuid(), max=5, missing=())
    parts = Parts(StrictSequence(min=1))


ID = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"
A_JOB = {"vehicle_id": ID, "promised_at": None, "parts": [{"sku": "BP-100", "quantity": "2.5"}]}


def test_it_is_a_json_schema():
    for schema in (json_schema(Job), json_schema(Job, patch=True)):
        Draft202012Validator.check_schema(schema)


def test_required_nullable_defaults_limits_and_words_are_shown():
    schema = json_schema(Job)
    assert schema["required"] == ["vehicle_id", "promised_at", "parts"]
    assert schema["additionalProperties"] is False
    shown = schema["properties"]
    assert shown["vehicle_id"] == {"type": "string", "format": "uuid"}
    assert shown["priority"] == {"type": ["string", "null"], "enum": ["low", "high", None]}
    assert shown["odometer"]["maximum"] == 5_000_000
    assert shown["odometer"]["minimum"] == 0
    assert shown["promised_at"]["type"] == ["string", "null"]
    assert shown["promised_at"]["format"] == "date-time"
    assert (shown["concern"]["minLength"], shown["concern"]["maxLength"]) == (5, 2000)
    assert shown["mechanic_ids"]["default"] == []
    assert shown["mechanic_ids"]["maxItems"] == 5
    assert shown["parts"]["minItems"] == 1
    part = shown["parts"]["items"]["properties"]
    assert part["sku"]["description"] == "Unique in the workspace"
    assert part["sku"]["examples"] == ["BP-100"]
    assert part["price"]["default"] == "0.00"
    assert part["price"]["description"] == "Price without tax"
    assert part["price"]["format"] == "decimal"


def test_a_patch_requires_nothing_and_clears_what_can_be_cleared():
    schema = json_schema(Job, patch=True)
    assert "required" not in schema
    assert schema["properties"]["mechanic_ids"]["type"] == ["array", "null"]
    assert schema["properties"]["vehicle_id"]["type"] == "string"
    assert schema["properties"]["parts"]["items"]["required"] == ["sku", "quantity"]


BODIES = [
    A_JOB,
    A_JOB | {"priority": None},
    A_JOB | {"priority": "urgent"},
    A_JOB | {"odometer": -1},
    A_JOB | {"odometer": 5_000_001},
    A_JOB | {"odometer": "5"},
    A_JOB | {"odometer": None},
    A_JOB | {"parts": []},
    A_JOB | {"parts": None},
    A_JOB | {"parts": [{"sku": " ", "quantity": "1"}]},
    A_JOB | {"parts": [{"sku": "a\nb", "quantity": "1"}]},
    A_JOB | {"parts": [{"sku": "a", "quantity": "1.2345"}]},
    A_JOB | {"parts": [{"sku": "a", "quantity": "1", "price": "-1"}]},
    A_JOB | {"parts": [{"sku": "a", "quantity": "1", "price": 1.5}]},
    A_JOB | {"concern": "shrt"},
    A_JOB | {"concern": "Noise\nfrom the front"},
    A_JOB | {"mechanic_ids": [ID]},
    A_JOB | {"mechanic_ids": [ID] * 6},
    A_JOB | {"unknown": 1},
    {"vehicle_id": ID},
    [],
]


@pytest.mark.parametrize("body", BODIES)
def test_validator_and_description_agree(body):
    assert Draft202012Validator(json_schema(Job)).is_valid(body) == _accepts(compile_body(Job), body)


@pytest.mark.parametrize("body", [*BODIES, {}, {"mechanic_ids": None}, {"promised_at": None}, {"vehicle_id": None}])
def test_patch_and_its_description_agree(body):
    shown = Draft202012Validator(json_schema(Job, patch=True))
    assert shown.is_valid(body) == _accepts(compile_patch(Job), body)


def _accepts(check, body):
    try:
        check(body)
    except Invalid:
        return False
    return True


PATTERNED = [
    (
        types.Money(),
        ["0", "-0.5", "1250.00", "999999999999.99"],
        ["-0", "-0.00", "1.005", "007", "1e5", "NaN", "+1", ""],
    ),
    (types.Money(min=0), ["0", "0.01"], ["-1", "-0"]),
    (types.Percent(), ["0", "99.999"], ["1.2345", "-1"]),
    (types.Slug(), ["a", "a-b2"], ["-a", "a--b", "A", ""]),
    (types.Colour(), ["#1F6FEB"], ["#fff", "red"]),
    (types.Vin(), ["1HGCM82633A004352"], ["1HGCM82633A00435O", "1HG"]),
    (types.Text(max=5), ["a b"], ["", "  ", "a\x00", "a\nb", "abcdef"]),
    (types.Text(pattern="[A-Z]{3}"), ["ABC"], ["AB", "ABCD"]),
]


@pytest.mark.parametrize(("type_", "good", "bad"), PATTERNED)
def test_patterns_say_what_the_type_does(type_, good, bad):
    shown = Draft202012Validator(type_.describe())
    for value in good:
        assert type_.read(value, {}) is not None
        assert shown.is_valid(value), value
    for value in bad:
        with pytest.raises(types.Refused):
            type_.read(value, {})
        assert not shown.is_valid(value), value


@pytest.mark.parametrize("type_", [value for name, value in vars(types).items() if isinstance(value, type)])
def test_every_example_is_acceptable(type_):
    if not issubclass(type_, types.Strict) or type_ in (types.Strict, types.NullOr, types.Exact, types.OneOf):
        return
    described = type_().describe()
    for example in described.get("examples", ()):
        assert type_().read(example, {}) is not None
        assert re.search(described.get("pattern", ""), example)


def test_query_parameters_are_openapi_objects():
    class Filter(Mapping):
        page = SchemaNode(types.StrictInt(min=1), missing=1, description="From 1")
        status = list_of(types.OneOf(("sent", "approved")), missing=None)
        kind = SchemaNode(types.OneOf(("a", "b")), missing=None)
        on = SchemaNode(types.Day())

    page, status, kind, on = query_parameters(Filter)
    assert page["name"] == "page"
    assert page["in"] == "query"
    assert page["required"] is False
    assert page["description"] == "From 1"
    assert page["schema"]["default"] == 1
    assert (status["style"], status["explode"], status["schema"]["type"]) == ("form", False, "array")
    assert kind["schema"] == {"type": "string", "enum": ["a", "b"]}
    assert on["required"] is True


def test_a_type_of_ones_own_without_description_may_be_anything():
    class Own(colander.SchemaType):
        pass

    assert json_schema(SchemaNode(Own())) == {}
    assert json_schema(SchemaNode(Own(), missing=None)) == {"anyOf": [{}, {"type": "null"}]}
