"""The label of a set: its data, and issuing it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from colander import SchemaNode

from jemeti_platform.db.statement import Statement
from jemeti_platform.documents import issue
from jemeti_platform.documents.printed import Code, Printed
from jemeti_platform.documents.schemas import Party, Printout
from jemeti_platform.errors import NotFound
from jemeti_platform.rest.schema import Mapping, list_of
from jemeti_platform.types import OneOf, Quantity
from jemeti_platform.work import Work

from .schemas import WHEELS

__all__ = ["SetLabel", "issue_label"]

_SET = Statement("SELECT * FROM tyre_hotel_tyre_sets WHERE id = %(id)s")
_TREADS = Statement(
    "SELECT DISTINCT ON (wheel) wheel, depth FROM tyre_hotel_treads WHERE tyre_set_id = %(id)s"
    " ORDER BY wheel, created_at DESC, id DESC"
)


class WheelOnLabel(Mapping):
    wheel = SchemaNode(OneOf(WHEELS))
    depth = SchemaNode(Quantity(min=0))


class SetLabel(Printout):
    tyre_set = SchemaNode(Code())
    position = SchemaNode(Code(), missing=None)
    plate = SchemaNode(Code())
    size = SchemaNode(Code(), missing=None)
    season = SchemaNode(Printed())
    owner = Party()
    wheels = list_of(WheelOnLabel(), max=len(WHEELS), missing=())


def issue_label(work: Work, identity: UUID) -> Any:
    """Issue a label under a number of its own; returns what is kept of it. Raises NotFound."""
    rows, treads = work.write(_SET(id=identity), _TREADS(id=identity))
    if not rows:
        raise NotFound(f"Tyre set {identity} does not exist")
    row = rows[0]
    data = {
        "date": work.today(),
        "tyre_set": row["number"],
        "owner": {"name": row["owner_name"], "phone": row["owner_phone"], "email": row["owner_email"]},
        "wheels": treads,
        **{name: row[name] for name in ("position", "plate", "size", "season", "notes")},
    }
    number = work.next_number("tyre_hotel.label")
    return issue(work, "tyre_set_label", data, number=number, subject_type="tyre_hotel.tyre_set", subject_id=identity)
