"""Looking at an inspection: its items with what was found last time, its recommendations, a value over the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .grading import Limits
from .wear import Reading, forecast

__all__ = ["advised", "items", "recommendations", "series"]

_EXISTS = Statement("SELECT true AS there FROM dvi_inspections WHERE id = %(id)s")
_PROPOSED = """jsonb_build_object('kind', m.proposed_kind, 'service_id', m.proposed_service_id,
           'quantity', m.proposed_quantity::text, 'unit_price', m.proposed_price::text)"""
_ITEMS = Paged(
    """
    SELECT m.id, m.position, m.section, m.key, m.title, m.hint, m.kind, m.unit, m.limits, m.choices, m.required,
           m.photos_required, m.advice, @PROPOSED@ AS proposed, m.condition, m.measurement, m.choice, m.answer,
           m.marks, m.note_internal, m.note_customer,
           (SELECT coalesce(jsonb_agg(jsonb_build_object('id', p.id, 'file_id', p.file_id, 'caption', p.caption,
                   'visibility', p.visibility, 'annotations', p.annotations) ORDER BY p.id), '[]')
              FROM dvi_photos p WHERE p.tenant_id = m.tenant_id AND p.item_id = m.id) AS photos,
           (SELECT jsonb_build_object('inspection_id', j.id, 'completed_at', j.completed_at, 'odometer', j.odometer,
                   'condition', b.condition, 'measurement', b.measurement::text, 'choice', b.choice,
                   'answer', b.answer)
              FROM dvi_inspections j JOIN dvi_items b ON b.tenant_id = j.tenant_id AND b.inspection_id = j.id
             WHERE j.tenant_id = i.tenant_id AND j.vehicle_id = i.vehicle_id AND j.id <> i.id AND b.key = m.key
               AND j.completed_at < coalesce(i.completed_at, 'infinity')
               AND (b.condition IS NOT NULL OR b.choice IS NOT NULL OR b.answer IS NOT NULL)
             ORDER BY j.completed_at DESC, j.id DESC LIMIT 1) AS last
      FROM dvi_items m JOIN dvi_inspections i ON i.tenant_id = m.tenant_id AND i.id = m.inspection_id
     WHERE m.inspection_id = %(id)s
    """.replace("@PROPOSED@", _PROPOSED),
    "position",
)
_RECOMMENDATIONS = Paged(
    """
    SELECT r.id, r.item_id, m.key AS item, r.title, r.condition, r.note, m.note_internal, @PROPOSED@ AS proposed,
           p.quotation_id, q.number AS quotation_number, p.promoted_at, m.position
      FROM dvi_recommendations r JOIN dvi_items m ON m.tenant_id = r.tenant_id AND m.id = r.item_id
      LEFT JOIN dvi_promotions p ON p.tenant_id = r.tenant_id AND p.recommendation_id = r.id
      LEFT JOIN jobs_quotations q ON q.tenant_id = p.tenant_id AND q.id = p.quotation_id
     WHERE r.inspection_id = %(id)s AND (%(items)s::uuid[] IS NULL OR r.item_id = ANY(%(items)s::uuid[]))
    """.replace("@PROPOSED@", _PROPOSED),
    "position",
)
_MEASURED = Statement(
    """
    SELECT i.id AS inspection_id, i.completed_at, i.odometer, m.measurement, m.condition, m.title, m.unit, m.limits
      FROM dvi_inspections i JOIN dvi_items m ON m.tenant_id = i.tenant_id AND m.inspection_id = i.id
     WHERE i.vehicle_id = %(vehicle)s AND i.completed_at IS NOT NULL AND m.key = %(item)s
       AND m.measurement IS NOT NULL
     ORDER BY i.completed_at DESC, i.id DESC LIMIT 200
    """
)
_SHOWN = ("inspection_id", "completed_at", "odometer", "measurement", "condition")


def items(work: Work, identity: UUID, query: Mapping[str, Any]) -> Page:
    """The items of an inspection in order, each with photos and last time's values. Raises NotFound."""
    return _page(work, identity, _ITEMS, query)


def recommendations(work: Work, identity: UUID, query: Mapping[str, Any]) -> Page:
    """What a completed inspection recommends, in the order of its items. Raises NotFound."""
    found = _page(work, identity, _RECOMMENDATIONS, query, items=None)
    for row in found.rows:
        del row["position"]
    return found


def series(work: Work, vehicle_id: UUID, item: str) -> dict[str, Any]:
    """What was measured at an item of a vehicle, by odometer, and when it will reach its limit.

    Title, unit and limits are those of the latest inspection. Of a vehicle that is not there nothing was measured.
    """
    (rows,) = work.read(_MEASURED(vehicle=vehicle_id, item=item))
    latest: Mapping[str, Any] = rows[0] if rows else {"title": item, "unit": None, "limits": None}
    limits = Limits.of(latest["limits"]) if latest["limits"] else None
    rows.reverse()
    values = sorted(rows, key=lambda row: row["odometer"])
    readings = [Reading(row["odometer"], row["measurement"]) for row in values if row["unit"] == latest["unit"]]
    return {
        "title": latest["title"],
        "unit": latest["unit"],
        "limits": latest["limits"],
        "values": [{name: row[name] for name in _SHOWN} for row in values],
        "forecast": forecast(readings, limits).as_dict(),
    }


def advised(work: Work, identity: UUID, item_ids: Sequence[UUID] | None) -> Rows:
    """Recommendations of an inspection as they are now, all or those of some items, in the order of its items."""
    page, _ = _RECOMMENDATIONS(1, 4000, id=identity, items=None if item_ids is None else list(item_ids))
    (rows,) = work.write(page)
    for row in rows:
        del row["position"]
    return rows


def _page(work: Work, identity: UUID, listed: Paged, query: Mapping[str, Any], **more: Any) -> Page:
    there, rows, counted = work.read(
        _EXISTS(id=identity), *listed(query["page"], query["per_page"], id=identity, **more)
    )
    if not there:
        raise NotFound(f"Inspection {identity} does not exist")
    return Page(rows, counted[0]["total"])
