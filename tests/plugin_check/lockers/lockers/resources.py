from colander import SchemaNode

from jemeti_platform.db.statement import Statement
from jemeti_platform.rest.resource import Resource
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import Service
from jemeti_platform.types import StrictInt, Text, Uuid

from .models import Key, Label, Locker


class LockerSchema(Mapping):
    label = SchemaNode(Text(max=40))


class KeySchema(Mapping):
    label = SchemaNode(Text(max=40))
    locker_id = SchemaNode(Uuid())


class LabelSchema(Mapping):
    key_id = SchemaNode(Uuid())
    words = SchemaNode(Text(max=40))


class CountAnswer(Mapping):
    lockers = SchemaNode(StrictInt())


LOCKERS = Resource("lockers.lockers", "/lockers/lockers", Locker, LockerSchema, "lockers.keys", "locker")
KEYS = Resource("lockers.keys", "/lockers/keys", Key, KeySchema, "lockers.keys", "key")
STICKERS = Resource(
    "lockers.labels", "/lockers/labels", Label, LabelSchema, "lockers.keys", "label",
    sort=("words",), default_sort="words", updatable=False, deletable=True,
)  # fmt: skip
COUNT = Statement("SELECT count(*) AS lockers FROM lockers_lockers")

count = Service("lockers.count", "/lockers/count", "lockers.keys", "How many lockers there are")


@count.get(permission="lockers.keys:read", answer=CountAnswer)
def count_lockers(request):
    """Count the lockers."""
    ((row,),) = request.work.read(COUNT())
    return row
