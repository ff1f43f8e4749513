"""What a job shows beside its own columns: SQL expressions over its lines, parts, mechanics, milestones and checks."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, Uuid, cast, exists, func, literal, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, JSONB, aggregate_order_by

from .invoicing_models import InvoicedWork
from .models import Check, Job, JobLine, JobMechanic, JobPart, Milestone, Timer

__all__ = ["CLOCKED", "COMPUTED", "LINE_INVOICED", "PART_INVOICED", "RUNNING"]

_JOB = Job.__table__
_TIMER = Timer.__table__
_PRICED = (
    "quantity", "unit_price", "discount_percent", "discount_amount", "tax_rate_id", "tax_rate", "insurance_percent",
    "approval", "within_tolerance", "note", "amount", "discount", "taxable", "tax", "total", "taxes",
)  # fmt: skip


def _clocked(line: Any) -> ColumnElement[Any]:
    seconds = func.extract("epoch", _TIMER.c.stopped_at - _TIMER.c.started_at)
    return (
        select(func.coalesce(func.sum(func.floor(seconds)), 0).cast(JobLine.__table__.c.position.type))
        .where(_TIMER.c.line_id == line.c.id, _TIMER.c.stopped_at.isnot(None))
        .scalar_subquery()
    )


CLOCKED = _clocked(JobLine.__table__)
"""Seconds that mechanics have clocked on a line, of clocks that were stopped."""

RUNNING = (
    select(func.count(_TIMER.c.id) > 0)
    .where(_TIMER.c.line_id == JobLine.__table__.c.id, _TIMER.c.stopped_at.is_(None))
    .scalar_subquery()
)
"""Whether a clock runs on a line."""


_INVOICED = InvoicedWork.__table__


def _invoiced(work: ColumnElement[Any], row: Any) -> ColumnElement[Any]:
    return exists().where(work == row.c.id, _INVOICED.c.tenant_id == row.c.tenant_id, _INVOICED.c.freed_at.is_(None))


LINE_INVOICED = _invoiced(_INVOICED.c.line_id, JobLine.__table__)
"""Whether a line is invoiced, and that was not taken back in full."""

PART_INVOICED = _invoiced(_INVOICED.c.part_id, JobPart.__table__)
"""The same of a part."""


def _totals() -> ColumnElement[Any]:
    named = [(name, cast(_JOB.c[name], Text)) for name in ("subtotal", "discount", "taxable", "tax", "total")]
    return func.jsonb_build_object(*(part for pair in named for part in pair), type_=JSONB)


def _key(name: str) -> ColumnElement[Any]:
    """A name of our own in the SQL itself: as a parameter it would be sent, and bound, with every request."""
    return literal_column(f"'{name}'", Text())


def _list(table: Any, names: tuple[str, ...], **more: ColumnElement[Any]) -> ColumnElement[Any]:
    """Rows of a table of the job's, in order, as JSON: exact numbers as texts, as everywhere in the API."""
    shown: list[Any] = []
    for name in ("id", *names):
        column = table.c[name]
        shown += [_key(name), cast(column, Text) if hasattr(column.type, "scale") and column.type.scale else column]
    for name, expression in more.items():
        shown += [_key(name), expression]
    # a function takes at most a hundred arguments: two objects are put together
    half = len(shown) // 4 * 2
    entry = func.jsonb_build_object(*shown[:half]).op("||")(func.jsonb_build_object(*shown[half:]))
    ordered = func.jsonb_agg(aggregate_order_by(entry, table.c.position, table.c.id))
    empty = cast(literal("[]"), JSONB)
    return select(func.coalesce(ordered, empty, type_=JSONB)).where(table.c.job_id == _JOB.c.id).scalar_subquery()


_MECHANICS = JobMechanic.__table__
COMPUTED: dict[str, Any] = {
    "mechanic_ids": func.array(
        select(_MECHANICS.c.user_id)
        .where(_MECHANICS.c.job_id == _JOB.c.id)
        .order_by(_MECHANICS.c.position)
        .scalar_subquery(),
        type_=ARRAY(Uuid),
    ),
    "totals": _totals(),
    "lines": _list(
        JobLine.__table__,
        (
            "position",
            "kind",
            "description",
            "service_id",
            "mechanic_id",
            "hours",
            "labour_cost",
            "sublet_vendor",
            "sublet_cost",
            "status",
            *_PRICED,
        ),
        clocked_seconds=CLOCKED,
        invoiced=LINE_INVOICED,
    ),
    "parts": _list(
        JobPart.__table__,
        (
            "position",
            "description",
            "part_number",
            "product_id",
            "line_id",
            "customer_supplied",
            "unit_cost",
            "status",
            *_PRICED,
        ),
        invoiced=PART_INVOICED,
    ),
    "milestones": _list(Milestone.__table__, ("position", "title", "due_at", "reached_at")),
    "checklist": _list(Check.__table__, ("position", "title", "result", "note", "checked_by", "checked_at")),
}
