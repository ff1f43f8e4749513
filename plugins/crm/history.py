"""What has happened to a vehicle: its owners and its odometer's readings; visits join them with the plugin jobs."""

from __future__ import annotations

from uuid import UUID

from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.work import Work

__all__ = ["KINDS", "history"]

KINDS = ("registered", "transferred", "odometer")

_EXISTS = Statement("SELECT true AS there FROM crm_vehicles WHERE id = %(id)s")
# An ownership begins with its first day; the first one when the vehicle was entered.
_HISTORY = Paged(
    """
    SELECT CASE WHEN before.id IS NULL THEN o.created_at ELSE o.since::timestamp AT TIME ZONE zone.timezone END AS at,
           o.id AS entry, CASE WHEN before.id IS NULL THEN 'registered' ELSE 'transferred' END AS kind,
           jsonb_build_object('id', c.id, 'name', c.name) AS customer,
           CASE WHEN before.id IS NOT NULL THEN jsonb_build_object('id', before.id, 'name', before.name) END
           AS customer_before, NULL::int AS reading_km, NULL::text AS reason
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
    SELECT r.read_at, r.id, 'odometer', NULL, NULL, r.reading_km, r.reason
      FROM crm_odometer_readings r WHERE r.vehicle_id = %(id)s
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
