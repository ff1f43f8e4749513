"""The life of an inspection: one declared table of transitions."""

from __future__ import annotations

from datetime import UTC, datetime

from jemeti_platform.customer_pages import new_word
from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import Guard, Lifecycle, State, Transition

from . import completing, starting
from .contract import InspectionCompleted, InspectionShared, InspectionStarted

__all__ = ["INSPECTION"]

WORK = "jobs.dvi:inspect"
SHARE = "jobs.dvi:share"

INSPECTION = Lifecycle(
    name="dvi.inspection",
    title="Inspection",
    states=(
        State("draft", "Draft"),
        State("in_progress", "In progress"),
        State("completed", "Completed"),
        State("shared", "Shared with the customer"),
    ),
    initial="draft",
    transitions=(
        Transition(
            "start",
            "draft",
            "in_progress",
            "Start",
            WORK,
            changes=lambda record, inputs: {
                "started_at": datetime.now(UTC),
                "template_name": record["template"][0]["name"],
                "template_revision": record["template"][0]["revision"],
            },
            effect=starting.begin,
            event=lambda record, inputs: InspectionStarted(record["id"], record["vehicle_id"], record["job_id"]),
        ),
        Transition(
            "complete",
            "in_progress",
            "completed",
            "Complete",
            WORK,
            guards=(
                Guard("odometer", "The inspection needs what the odometer shows, odometer", completing.has_odometer),
                Guard("answered", "Everything that is required must be answered", completing.is_answered),
            ),
            changes=lambda record, inputs: {
                "completed_at": datetime.now(UTC),
                # a random word and no signature: signing keys are rotated, and a report is looked at years later
                "share_token": new_word(),
            },
            effect=completing.conclude,
            event=lambda record, inputs: InspectionCompleted(record["id"], record["vehicle_id"], record["job_id"]),
        ),
        Transition(
            "share",
            "completed",
            "shared",
            "Share with the customer",
            SHARE,
            changes=lambda record, inputs: {"shared_at": datetime.now(UTC)},
            event=lambda record, inputs: InspectionShared(record["id"], record["vehicle_id"], record["job_id"]),
        ),
    ),
    reads={
        "template": Statement(
            "SELECT t.name, t.revision, t.sections FROM dvi_inspections i"
            " JOIN dvi_templates t ON t.tenant_id = i.tenant_id AND t.id = i.template_id WHERE i.id = %(id)s"
        ),
        "items": Statement(
            "SELECT m.title, m.required, m.photos_required, m.condition, m.choice, m.answer, m.marks, m.kind,"
            " (SELECT count(*) FROM dvi_photos p WHERE p.tenant_id = m.tenant_id AND p.item_id = m.id) AS taken"
            " FROM dvi_items m WHERE m.inspection_id = %(id)s ORDER BY m.position"
        ),
    },
)
