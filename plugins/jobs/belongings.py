"""What belongs to a job: lines, parts, notes, images, milestones, checks; see ``nested`` for how they are served."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jemeti_platform.db.pipeline import Row
from jemeti_platform.files import attach, require
from jemeti_platform.rest.resource import Resource
from jemeti_platform.work import Work

from . import lines, totals
from .lifecycle import OPEN
from .models import Check, Image, JobLine, JobPart, Milestone, Note
from .nested import Nested
from .representation import CLOCKED, LINE_INVOICED, PART_INVOICED, RUNNING
from .schemas import (
    CheckChange,
    CheckSchema,
    ImageChange,
    ImageSchema,
    LineChange,
    LineSchema,
    MilestoneSchema,
    NoteSchema,
    PartChange,
    PartSchema,
)

__all__ = ["ALL", "LINES", "PARTS"]

WRITE, WORK = "jobs.core:write", "jobs.core:work"


def _author(work: Work, job: Row, values: dict[str, Any], note: Row | None) -> Mapping[str, Any]:
    actor = work.actor
    name = work.entry.user_name if actor.kind == "user" else actor.name
    return {**values, "author_id": actor.id if actor.kind == "user" else None, "author_name": name or None}


def _picture(work: Work, job: Row, values: dict[str, Any], image: Row | None) -> Mapping[str, Any]:
    if image is None:
        require(work, values["file_id"], field="file_id", kinds=("image",))
        attach(work, values["file_id"], "jobs.job", job["id"])
    return values


def _checked(work: Work, job: Row, values: dict[str, Any], point: Row | None) -> Mapping[str, Any]:
    if "result" not in values:
        return values
    done = values["result"] is not None
    by = work.actor.id if done and work.actor.kind == "user" else None
    return {**values, "checked_at": work.now() if done else None, "checked_by": by}


def _resource(name: str, model: Any, schema: Any, title: str, description: str, **more: Any) -> Resource:
    return Resource(
        name=f"jobs.{name}",
        path=f"/jobs/{{id}}/{name}",
        model=model,
        schema=schema,
        feature="jobs.core",
        title=title,
        description=description,
        filters=("job_id",),
        **more,
    )


_IN_ORDER = {"sort": ("position", "created_at"), "default_sort": "position"}

LINES = Nested(
    _resource(
        "lines", JobLine, LineSchema, "line", "What is done: by our own people, by a vendor, or a fee",
        change=LineChange, **_IN_ORDER,
        computed={"clocked_seconds": CLOCKED, "timer_running": RUNNING, "invoiced": LINE_INVOICED},
    ),
    "lines", WRITE, change=WORK, deletable=True,
    fill=lines.fill_line, settle=totals.reckon, spare=lines.refuse_approved, adding=OPEN,
)  # fmt: skip
PARTS = Nested(
    _resource(
        "parts", JobPart, PartSchema, "part", "What is built in: products, other things, what the customer brings",
        change=PartChange, computed={"invoiced": PART_INVOICED}, **_IN_ORDER,
    ),
    "parts", WRITE, change=WRITE, deletable=True,
    fill=lines.fill_part, settle=totals.reckon, spare=lines.refuse_approved, adding=OPEN,
)  # fmt: skip
NOTES = Nested(
    _resource("notes", Note, NoteSchema, "note", "Notes, for ourselves or for the customer. They stay as written"),
    "notes", WORK, fill=_author,
)  # fmt: skip
IMAGES = Nested(
    _resource(
        "images", Image, ImageSchema, "image", "Pictures, for ourselves or for the customer", change=ImageChange
    ),
    "images", WORK, change=WORK, deletable=True, fill=_picture,
)  # fmt: skip
MILESTONES = Nested(
    _resource("milestones", Milestone, MilestoneSchema, "milestone", "What is to be reached on the way", **_IN_ORDER),
    "milestones", WORK, change=WORK, deletable=True,
)  # fmt: skip
CHECKS = Nested(
    _resource(
        "checks", Check, CheckSchema, "point", "The quality check, point by point", change=CheckChange, **_IN_ORDER
    ),
    "checklist", WORK, change=WORK, deletable=True, fill=_checked,
)  # fmt: skip

ALL = (LINES, PARTS, NOTES, IMAGES, MILESTONES, CHECKS)
