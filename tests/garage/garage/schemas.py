from colander import SchemaNode

from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Text


class RepairSchema(Mapping):
    concern = SchemaNode(Text())
