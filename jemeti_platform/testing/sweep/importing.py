"""What can be imported where no plugin imports anything: the sweep has imports to look for on every platform."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from colander import SchemaNode

from ...imports import Column, Importer, Outcome, Record
from ...rest.schema import Mapping
from ...types import Email, Text

if TYPE_CHECKING:
    from ...work import Work

__all__ = ["ADDRESSES"]


class _Address(Mapping):
    name = SchemaNode(Text(max=200))
    email = SchemaNode(Email(), missing=None)
    phone = SchemaNode(Text(max=40), missing=None)


class _Reader:
    """Takes every record for one that is there already."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def write(self, records: Sequence[Record]) -> list[Outcome]:
        return [Outcome("unchanged") for _ in records]


ADDRESSES = Importer(
    name="customers",
    title="Addresses, read and left alone",
    columns=tuple(Column(field, (field,)) for field in ("name", "email", "phone")),
    schema=_Address,
    writer=_Reader,
    needed=(("name",),),
    features={},
)
"""It has the name that the API's own example of an order gives, and takes the file of ``Maker.rows``."""
