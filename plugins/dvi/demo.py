"""The inspections of the demo workspace: a car that comes back, and what wears on it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work

from . import answers, inspections

__all__ = ["fill"]

_ANY = Statement("SELECT true AS there FROM dvi_inspections LIMIT 1")
# A job whose vehicle stands there to be inspected, and has been before.
_JOB = Statement(
    "SELECT j.id, j.vehicle_id, j.odometer_in FROM jobs_jobs j WHERE j.status = 'dvi' AND j.odometer_in > 18000"
    " ORDER BY j.created_at, j.id LIMIT 1"
)
_TEMPLATE = Statement("SELECT id FROM dvi_templates WHERE code = 'tyres-and-brakes' AND status = 'active'")
_ITEMS = Statement("SELECT key, kind, choices, photos_required FROM dvi_items WHERE inspection_id = %(id)s")

# Each: how long ago by the odometer, and what pads and treads had left, in millimetres.
_VISITS = ((15_500, "9", "6.4"), (7_800, "7.2", "5.3"), (0, "4.6", "3.7"))
_NOTES = {
    "brake_pad_front_left": "The outer pad wears faster; we have greased the guide pins.",
    "tyre_tread_front_left": "Will not last through the next rains.",
}


def fill(work: Work) -> None:
    """Add three inspections of one vehicle, the last for its job, unless there are inspections or no such job."""
    found, jobs, templates = work.write(_ANY(), _JOB(), _TEMPLATE())
    if found or not jobs or not templates:
        return
    job = jobs[0]
    for ago, pads, treads in _VISITS:
        values = {"template_id": templates[0]["id"], "vehicle_id": job["vehicle_id"], "note": None}
        values |= {"odometer": job["odometer_in"] - ago, "job_id": None if ago else job["id"]}
        identity = inspections.create(work, values)
        move(work, "dvi.inspection", identity, "start")
        (items,) = work.write(_ITEMS(id=identity))
        said = [_answer(item, Decimal(pads), Decimal(treads), last=not ago) for item in items]
        answers.answer(work, identity, said)
        move(work, "dvi.inspection", identity, "complete")


def _answer(item: Any, pads: Decimal, treads: Decimal, *, last: bool) -> dict[str, Any]:
    key, given = item["key"], {"item": item["key"]}
    if last and key in _NOTES:
        given["note_customer"] = _NOTES[key]
    if item["kind"] == "choice":
        return given | {"choice": item["choices"][0]["value"]}
    if item["kind"] == "grade" and not item["photos_required"]:
        return given | {"condition": "good"}
    for part, value in (("brake_pad_front", pads), ("brake_pad", pads + 2), ("tyre_tread", treads)):
        if key.startswith(part):
            return given | {"measurement": value}
    return given | {"condition": "not_applicable"}
