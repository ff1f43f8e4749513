from colander import SchemaNode, drop

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Day, Exact, OneOf, StrictBool, StrictInt, Tags, Text, Uuid


class RackSchema(Mapping):
    code = SchemaNode(Text(max=20))


class SetSchema(Mapping):
    label = SchemaNode(Text(max=40))
    owner = SchemaNode(Text(max=120))
    rack_id = SchemaNode(Uuid())
    season = SchemaNode(OneOf(("summer", "winter", "all_year")))
    tread = SchemaNode(Exact(0, 20, scale=1), missing=None)
    wheels = SchemaNode(StrictInt(1, 8), missing=4)
    stored_on = SchemaNode(Day(), missing=None)
    on_rims = SchemaNode(StrictBool(), missing=False)
    notes = SchemaNode(Text(max=2000, multiline=True), missing=None)
    tags = SchemaNode(Tags(), missing=())


class MoveSchema(Mapping):
    rack_id = SchemaNode(Uuid(), description="Where the set goes")
    reason = SchemaNode(Text(max=200), missing=drop)


class AdviceSchema(Mapping):
    tread = SchemaNode(Exact(0, 20, scale=1))


class AdviceAnswer(Mapping):
    advice = SchemaNode(Text(max=200), description="What to tell the customer")


class SlipAnswer(Mapping):
    id = SchemaNode(Uuid(), description="The issued document")
    number = SchemaNode(Text(max=40))
    sha256 = SchemaNode(Text(max=64))
