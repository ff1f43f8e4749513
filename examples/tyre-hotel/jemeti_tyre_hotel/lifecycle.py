"""The life of a tyre set: expected, stored, collected; or disposed of."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from colander import SchemaNode

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import Guard, Lifecycle, State, Transition
from jemeti_platform.rest.schema import Mapping as Schema
from jemeti_platform.types import Text
from jemeti_platform.work import Work

from .contract import SetCollected, SetStored

__all__ = ["TYRE_SET"]

WRITE = "tyre_hotel.tyre_sets:write"
DISPOSE = "tyre_hotel.tyre_sets:dispose"
WHEELS = 4


class StoreSchema(Schema):
    position = SchemaNode(Text(max=40), description="Where the wheels are put, such as `A-12`")


def is_measured(work: Work, tyre_set: Mapping[str, Any], inputs: Mapping[str, Any]) -> bool | str:
    missing = WHEELS - int(tyre_set["measured"][0]["wheels"])
    return missing == 0 or f"Measure the tread of every wheel first: {missing} of {WHEELS} to go"


TYRE_SET = Lifecycle(
    name="tyre_hotel.tyre_set",
    title="Tyre set",
    states=(
        State("expected", "Expected"),
        State("stored", "Stored"),
        State("collected", "Collected"),
        State("disposed", "Disposed of"),
    ),
    initial="expected",
    transitions=(
        Transition(
            "store",
            "expected",
            "stored",
            "Put into store",
            WRITE,
            guards=(Guard("is_measured", "Measure the tread of every wheel first", is_measured),),
            inputs=StoreSchema,
            changes=lambda tyre_set, inputs: {"position": inputs["position"]},
            event=lambda tyre_set, inputs: SetStored(tyre_set["id"], inputs["position"]),
        ),
        Transition(
            "hand_out",
            "stored",
            "collected",
            "Hand out",
            WRITE,
            changes=lambda tyre_set, inputs: {"position": None},
            event=lambda tyre_set, inputs: SetCollected(tyre_set["id"]),
        ),
        Transition(
            "dispose",
            ("expected", "stored"),
            "disposed",
            "Dispose of",
            DISPOSE,
            needs_note=True,
            changes=lambda tyre_set, inputs: {"position": None},
        ),
    ),
    reads={
        "measured": Statement(
            "SELECT count(DISTINCT wheel) AS wheels FROM tyre_hotel_treads WHERE tyre_set_id = %(id)s"
        )
    },
)
