from colander import SchemaNode

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Money, StrictBool, Text, Uuid


class RepairSchema(Mapping):
    concern = SchemaNode(Text())
    bicycle = SchemaNode(Text(), missing=None)
    agreed = SchemaNode(Money(min=0), missing=None)


class PartSchema(Mapping):
    repair_id = SchemaNode(Uuid())
    is_there = SchemaNode(StrictBool(), missing=False)
