"""The life of a repair: draft, on the stand, finished, fetched; or never."""

import colander

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict
from jemeti_platform.lifecycle import Guard, Lifecycle, State, Transition
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.types import Money, OneOf, Text

from .contract import RepairFinished

ACTIVE = "garage.repairs:work"
CANCEL = "garage.repairs:cancel"


class Acceptance(Mapping):
    stand = colander.SchemaNode(OneOf(("left", "right")), description="Where it is put")


class Bill(Mapping):
    price = colander.SchemaNode(Money(min=0))
    tester = colander.SchemaNode(Text(max=60), missing=None)


def has_bicycle(work, repair, inputs):
    return repair["bicycle"] is not None


def has_concern(work, repair, inputs):
    return len(repair["concern"]) > 3 or f"{repair['concern']!r} says too little about what is wrong"


def has_no_open_parts(work, repair, inputs):
    missing = repair["open_parts"][0]["n"]
    return missing == 0 or f"{missing} parts are still missing"


def price_is_agreed(work, repair, inputs):
    return repair["agreed"] is None or inputs["price"] <= repair["agreed"]


def refuse_the_thirteenth(work, repair, inputs):
    """An effect that may change its mind after everything has been written."""
    if inputs["tester"] == "nobody":
        raise Conflict("Nobody has tested this bicycle.", reason="untested")
    work.write(Statement("UPDATE garage_repairs SET concern = concern || '!' WHERE id = %(id)s")(id=repair["id"]))


REPAIR = Lifecycle(
    name="garage.repair",
    title="Repair",
    states=(
        State("draft", "Draft"),
        State("on_stand", "On the stand"),
        State("waiting", "Waiting"),
        State("finished", "Finished"),
        State("fetched", "Fetched"),
        State("cancelled", "Cancelled"),
    ),
    initial="draft",
    transitions=(
        Transition(
            "accept",
            "draft",
            "on_stand",
            "Accept",
            ACTIVE,
            guards=(
                Guard("has_bicycle", "The repair needs a bicycle", has_bicycle),
                Guard("has_concern", "The repair needs a concern", has_concern),
            ),
            inputs=Acceptance,
            changes=lambda repair, inputs: {"stand": inputs["stand"]},
        ),
        Transition("wait", "on_stand", "waiting", "Wait", ACTIVE, needs_note=True),
        Transition("resume", "waiting", "on_stand", "Resume", ACTIVE),
        Transition(
            "finish",
            "on_stand",
            "finished",
            "Finish",
            ACTIVE,
            guards=(
                Guard("no_open_parts", "All parts must be there", has_no_open_parts),
                Guard("price_agreed", "The price exceeds what was agreed", price_is_agreed, needs_inputs=True),
            ),
            inputs=Bill,
            changes=lambda repair, inputs: {"price": inputs["price"]},
            effect=refuse_the_thirteenth,
            event=lambda repair, inputs: RepairFinished(repair["id"], repair["number"], repair["price"]),
        ),
        Transition("hand_over", "finished", "fetched", "Hand over", ACTIVE),
        Transition("cancel", ("draft", "on_stand", "waiting"), "cancelled", "Cancel", CANCEL, needs_note=True),
    ),
    sub_state="sub_state_id",
    reads={"open_parts": Statement("SELECT count(*) AS n FROM garage_parts WHERE repair_id = %(id)s AND NOT is_there")},
)
