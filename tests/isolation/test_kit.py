"""The kit itself: it makes what it can, says in a sentence what it cannot, and counts exactly."""

from typing import Any
from uuid import uuid4

import pytest
from colander import Invalid, SchemaNode, drop

from jemeti_platform.db.statement import Statement
from jemeti_platform.rest.compile import compile_body
from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import Maker
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.samples import NoSample, Samples
from jemeti_platform.testing.workspaces import TestWorkspace
from jemeti_platform.types import Day, Email, Money, OneOf, Phone, Text, Uuid, Vin
from jemeti_platform.work import Work

PLATE = Text(max=12, pattern="[A-Z]{2}-[0-9]+")


class Address(Mapping):
    city = SchemaNode(Text(max=80))


class Everything(Mapping):
    name = SchemaNode(Text(max=80))
    short = SchemaNode(Text(max=3))
    email = SchemaNode(Email())
    phone = SchemaNode(Phone())
    vin = SchemaNode(Vin())
    price = SchemaNode(Money(0))
    born = SchemaNode(Day())
    kind = SchemaNode(OneOf(("a", "b")))
    owner_id = SchemaNode(Uuid())
    address = Address()
    lines = list_of(Address(), min=2)
    plate = SchemaNode(PLATE, example="AB-1")
    other = SchemaNode(PLATE, missing=drop)


def body(schema: Any, reference: Any = None) -> dict[str, Any]:
    samples = Samples("canary", "BD")
    return samples.body(schema, compile_body(schema), reference or (lambda name, node: None), "POST /v1/things")


def test_a_body_is_made_from_its_schema() -> None:
    owner = uuid4()
    made = body(Everything, lambda name, node: owner)
    assert made["owner_id"] == str(owner)
    assert "canary" in made["name"]
    assert "canary" in made["address"]["city"]
    assert len(made["lines"]) == 2
    assert made["plate"] == "AB-1"
    assert "other" not in made
    assert body(Everything, lambda name, node: owner).keys() == made.keys()


@pytest.mark.parametrize(
    ("node", "sentence"),
    [
        (SchemaNode(PLATE, name="plate"), r"POST /v1/things: .* field 'plate' of type Text; give its node an example="),
        (SchemaNode(Uuid(), name="whose"), r"field 'whose' of type Uuid; .* refers='<table>'"),
        (
            SchemaNode(Text(), name="word", validator=lambda node, value: refuse(node)),
            r"field 'word' \(not a word\); give its node an example=",
        ),
    ],
)
def test_what_cannot_be_guessed_is_said_in_a_sentence(node: SchemaNode, sentence: str) -> None:
    schema = Mapping()
    schema.add(node)
    with pytest.raises(NoSample, match=sentence):
        body(schema)


def refuse(node: SchemaNode) -> None:
    raise Invalid(node, "not a word")


def test_an_id_is_of_the_table_that_its_node_names(api: Api) -> None:
    maker = Maker(api)
    schema = Mapping()
    schema.add(SchemaNode(Uuid(), name="into", refers="roles"))
    (node,) = schema.children
    roles = [role["id"] for role in api.get("/v1/roles").data]
    assert str(maker.reference("into", node)) in roles
    assert maker.target("role_ids", SchemaNode(Uuid())) == "roles"
    assert maker.target("nothing_like_it", SchemaNode(Uuid())) is None


def test_round_trips_are_counted_exactly(tenant: TestWorkspace) -> None:
    selects = [Statement(f"SELECT {n}")() for n in range(3)]
    for count in (1, 0, 1, 2, 5):
        with count_round_trips(tenant.platform) as trips, tenant.work() as work:
            for _ in range(count):
                work.read(*selects)
        first = trips.trace.count("Parse\t ")  # what is sent for the first time is prepared first
        assert trips.count == 2 + count or first, trips.trace  # BEGIN and enter, each message, COMMIT
    assert first == 0


def test_what_the_fixture_work_writes_is_gone_afterwards(work: Work, tenant: TestWorkspace, api: Api) -> None:
    insert = Statement("INSERT INTO roles (id, slug, name) VALUES (%(id)s, 'ghost', 'Ghost')")
    work.write(insert(id=uuid4()))
    assert "ghost" not in [role["slug"] for role in api.get("/v1/roles").data]


def test_users_are_who_they_are_said_to_be(api: Api) -> None:
    me = api.as_role("viewer").get("/api/auth/me").data
    assert "users:write" not in str(me)
    api.as_role("viewer").get("/v1/users", expect=403)
    api.as_one_who_may("users:read").get("/v1/users", expect=200)
    api.anonymous.get("/v1/users", expect=401)
    api.platform.get("/platform/tenants", expect=200)
    with pytest.raises(AssertionError, match=r"expected 200, got <Reply 401 .*unauthorized"):
        api.anonymous.get("/v1/users", expect=200)
