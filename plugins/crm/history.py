"""What has happened to a vehicle: its owners, its odometer's readings, and what other plugins have done to it."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["KINDS", "Chronicle", "history"]

KINDS = ("registered", "transferred", "odometer")
"""What CRM itself knows of; others name what they do."""

_EXISTS = Statement("SELECT true AS there FROM crm_vehicles WHERE id = %(id)s")
_NOTE = Statement(
    "INSERT INTO crm_vehicle_events (id, vehicle_id, kind, subject_type, subject_id, title)"
    " VALUES (%(id)s, %(vehicle)s, %(kind)s, %(subject_type)s, %(subject_id)s, %(title)s)"
    " ON CONFLICT (tenant_id, subject_id, kind) DO NOTHING"
)
# An ownership begins with its first day; the first one when the vehicle was entered.
_HISTORY = Paged(
    """
    SELECT CASE WHEN before.id IS NULL THEN o.created_at ELSE o.since::timestamp AT TIME ZONE zone.timezone END AS at,
           o.id AS entry, CASE WHEN before.id IS NULL THEN 'registered' ELSE 'transferred' END AS kind,
           jsonb_build_object('id', c.id, 'name', c.name) AS customer,
           CASE WHEN before.id IS NOT NULL THEN jsonb_build_object('id', before.id, 'name', before.name) END
           AS customer_before, NULL::int AS reading_km, NULL::text AS reason, NULL::jsonb AS subject
      FROM crm_ownerships o
      JOIN workspaces zone ON zone.tenant_id = o.tenant_id
      JOIN crm_customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
      LEFT JOIN LATERAL (
           SELECT b.id, b.name FROM crm_ownerships earlier
             JOIN crm_customers b ON b.tenant_id = earlier.tenant_id AND b.id = earlier.customer_id
            WHERE earlier.vehicle_id = o.vehicle_id AND earlier.id < o.id
            ORDER BY earlier.id DESC LIMIT 1) AS before ON true
     WHERE o.vehicle_id = %(id)s
    UNION ALL
    SELECT r.read_at, r.id, 'odometer', NULL, NULL, r.reading_km, r.reason, NULL
      FROM crm_odometer_readings r WHERE r.vehicle_id = %(id)s
    UNION ALL
    SELECT e.at, e.id, e.kind, NULL, NULL, NULL, NULL,
           jsonb_build_object('type', e.subject_type, 'id', e.subject_id, 'title', e.title)
      FROM crm_vehicle_events e WHERE e.vehicle_id = %(id)s
    """,
    "at DESC, entry DESC",
)


def history(work: Work, identity: UUID, page: int, per_page: int) -> Page:
    """What has happened to a vehicle, newest first. Raises NotFound."""
    there, happened, counted = work.read(_EXISTS(id=identity), *_HISTORY(page, per_page, id=identity))
    if not there:
        raise NotFound(f"Vehicle {identity} does not exist")
    for entry in happened:
        del entry["entry"]
    return Page(happened, counted[0]["total"])


class Chronicle:
    """The provider of ``VehicleHistory`` for one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def note(self, vehicle_id: UUID, kind: str, *, subject_type: str, subject_id: UUID, title: str) -> None:
        self.work.queue(
            _NOTE(
                id=uuid7(),
                vehicle=vehicle_id,
                kind=kind,
                subject_type=subject_type,
                subject_id=subject_id,
                title=title,
            )
        )
