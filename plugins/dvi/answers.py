"""What was found, item by item: checked against what the item asks, graded by its limits or its choices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid, Problem
from jemeti_platform.work import Work

from . import inspections
from .grading import Limits
from .models import Item

__all__ = ["answer", "graded"]

_ITEMS = Statement(
    "SELECT id, key, kind, limits, choices FROM dvi_items WHERE inspection_id = %(id)s AND key = ANY(%(keys)s)"
)
_OF_KIND = {"measurement": "measurement", "choice": "choice", "answer": "text", "marks": "damage_map"}
_EMPTY = dict.fromkeys(_OF_KIND)


def answer(work: Work, identity: UUID, answers: Sequence[Mapping[str, Any]]) -> None:
    """Write down what was found at some items; what an answer does not name stays.

    Raises NotFound; Conflict unless the inspection is in progress; Invalid, naming the answer and its field, for an
    item that is not there or comes twice, and for what the item does not ask.
    """
    inspections.locked(work, identity, "in_progress")
    (rows,) = work.write(_ITEMS(id=identity, keys=[one["item"] for one in answers]))
    items = {row["key"]: row for row in rows}
    faults: list[Problem] = []
    changes: dict[str, dict[str, Any]] = {}
    for n, one in enumerate(answers):
        key = one["item"]
        if key not in items:
            faults.append({"field": f"answers.{n}.item", "message": "The inspection has no such item"})
        elif key in changes:
            faults.append({"field": f"answers.{n}.item", "message": "This item is answered twice"})
        else:
            changes[key], found = graded(items[key], one)
            faults += [{"field": f"answers.{n}.{field}", "message": message} for field, message in found]
    if faults:
        raise Invalid(faults)
    work.queue(*(update_row(Item, items[key]["id"], values) for key, values in changes.items() if values))


def graded(item: Row, given: Mapping[str, Any]) -> tuple[dict[str, Any], list[tuple[str, str]]]:
    """The columns that an answer changes, its condition reckoned, and what is wrong with it: field and sentence."""
    kind = item["kind"]
    faults = [
        (name, f"This item is a {kind.replace('_', ' ')}, it takes no {name}")
        for name, of in _OF_KIND.items()
        if name in given and of != kind
    ]
    values = {name: value for name, value in given.items() if name != "item"}
    if given.get("condition") == "not_applicable":
        faults += [(name, "What is not applicable has none") for name in _OF_KIND if name in given]
        return {**values, **_EMPTY}, faults
    if "measurement" in given and item["limits"]:
        values["condition"] = Limits.of(item["limits"]).grade(given["measurement"])
    if "choice" in given and kind == "choice":
        chosen = next((one for one in item["choices"] if one["value"] == given["choice"]), None)
        if chosen is None:
            words = ", ".join(one["value"] for one in item["choices"])
            faults.append(("choice", f"Must be one of {words}"))
        elif chosen["condition"] is not None or "condition" not in given:
            values["condition"] = chosen["condition"]
    if "marks" in given and "condition" not in given:
        values["condition"] = None if given["marks"] else "good"
    if "condition" in given and _reckons(item):
        faults.append(("condition", "This item's limits or choices say its condition; leave it out"))
    if "marks" in values:
        values["marks"] = [{**one, "x": f"{one['x']:f}", "y": f"{one['y']:f}"} for one in values["marks"]]
    return values, faults


def _reckons(item: Row) -> bool:
    if item["kind"] == "measurement":
        return bool(item["limits"])
    return item["kind"] == "choice" and any(one["condition"] for one in item["choices"])
