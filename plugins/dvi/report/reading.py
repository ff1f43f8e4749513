"""Everything that a report shows, read in one round trip: what customers may see and nothing else."""

from __future__ import annotations

from typing import Any, NamedTuple
from uuid import UUID

from jemeti_platform.customer_pages import LOGO
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

from .trend import Trend, trend_of

__all__ = ["Report", "read_report", "read_shared"]

_HEAD = """
    SELECT i.id, i.number, i.template_name, i.status, i.odometer, i.note, i.completed_at, i.created_at, i.share_token,
           v.plate, v.vin, v.make, v.model, v.year, v.colour, c.name AS customer
      FROM dvi_inspections i JOIN crm_vehicles v ON v.tenant_id = i.tenant_id AND v.id = i.vehicle_id
      JOIN crm_customers c ON c.tenant_id = v.tenant_id AND c.id = v.customer_id WHERE {which}
"""
_ITEMS = """
    SELECT m.id, m.section, m.key, m.title, m.kind, m.unit, m.limits, m.choices, m.advice, m.condition, m.measurement,
           m.choice, m.answer, m.marks, m.note_customer
      FROM dvi_items m JOIN dvi_inspections i ON i.tenant_id = m.tenant_id AND i.id = m.inspection_id
     WHERE {which} ORDER BY m.position
"""
# What was measured at the same items of the vehicle up to this inspection, in the unit of today.
_SERIES = """
    SELECT m.key, j.odometer, b.measurement FROM dvi_inspections i
      JOIN dvi_items m ON m.tenant_id = i.tenant_id AND m.inspection_id = i.id AND m.measurement IS NOT NULL
      JOIN dvi_inspections j ON j.tenant_id = i.tenant_id AND j.vehicle_id = i.vehicle_id AND j.odometer IS NOT NULL
           AND (j.id = i.id OR j.completed_at <= coalesce(i.completed_at, 'infinity'))
      JOIN dvi_items b ON b.tenant_id = j.tenant_id AND b.inspection_id = j.id AND b.key = m.key AND b.unit = m.unit
           AND b.measurement IS NOT NULL
     WHERE {which} ORDER BY m.key, j.odometer, j.id
"""
_PHOTOS = """
    SELECT p.item_id, p.caption, p.annotations, f.object_id, f.name, f.width, f.height, f.thumbnails, f.media_type
      FROM dvi_photos p JOIN dvi_inspections i ON i.tenant_id = p.tenant_id AND i.id = p.inspection_id
      JOIN files f ON f.tenant_id = p.tenant_id AND f.id = p.file_id
     WHERE {which} AND p.visibility = 'customer' ORDER BY p.id
"""


def _where(which: str) -> tuple[Statement, ...]:
    return tuple(Statement(sql.format(which=which)) for sql in (_HEAD, _ITEMS, _PHOTOS, _SERIES))


_BY_ID = _where("i.id = %(key)s")
_BY_TOKEN = _where("i.share_token = %(key)s AND i.status = 'shared' AND i.link_revoked_at IS NULL")


class Report(NamedTuple):
    """An inspection with its vehicle (``head``), its items in order, the photos and the trend of each, and the logo."""

    head: Row
    items: Rows
    photos: dict[UUID, list[Row]]
    trends: dict[UUID, Trend]
    logo: UUID | None


def read_report(work: Work, identity: UUID) -> Report:
    """The report of an inspection in whatever state. Raises NotFound."""
    found = _read(work, _BY_ID, identity)
    if found is None:
        raise NotFound(f"Inspection {identity} does not exist")
    return found


def read_shared(work: Work, token: str) -> Report:
    """The report that was shared under this token. Raises NotFound."""
    found = _read(work, _BY_TOKEN, token)
    if found is None:
        raise NotFound("This link is not known here.")
    return found


def _read(work: Work, statements: tuple[Statement, ...], key: Any) -> Report | None:
    heads, items, pictures, measured, logos = work.read(*(statement(key=key) for statement in statements), LOGO)
    if not heads:
        return None
    photos: dict[UUID, list[Row]] = {}
    for photo in pictures:
        photos.setdefault(photo["item_id"], []).append(photo)
    series: dict[str, list[Row]] = {}
    for row in measured:
        series.setdefault(row["key"], []).append(row)
    trends = {item["id"]: trend for item in items if (trend := trend_of(item, series.get(item["key"], ())))}
    return Report(heads[0], items, photos, trends, logos[0]["object_id"] if logos else None)
