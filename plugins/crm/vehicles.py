"""Vehicles: registered, handed over, and what has happened to them."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.work import Work

from . import odometer
from .contract import VehicleRegistered, VehicleTransferred
from .models import Ownership, Vehicle

__all__ = ["history", "register", "transfer"]

_LOCK = Statement("SELECT customer_id, odometer FROM crm_vehicles WHERE id = %(id)s FOR UPDATE")
_OWNER = Statement(
    "SELECT c.status, o.since FROM crm_ownerships o "
    "LEFT JOIN crm_customers c ON c.tenant_id = o.tenant_id AND c.id = %(customer)s "
    "WHERE o.vehicle_id = %(id)s AND o.until IS NULL"
)
_END = Statement(
    "UPDATE crm_ownerships SET until = %(since)s, version = version + 1, updated_at = now() "
    "WHERE vehicle_id = %(id)s AND until IS NULL"
)
_HAND_OVER = Statement(
    "UPDATE crm_vehicles SET customer_id = %(customer)s, version = version + 1, updated_at = now() WHERE id = %(id)s"
)
_EXISTS = Statement("SELECT true AS there FROM crm_vehicles WHERE id = %(id)s")
_HISTORY = Statement(
    """
    SELECT * FROM (
        SELECT 'ownership' AS kind, o.since::timestamptz AS at, o.customer_id, c.name AS customer_name,
               o.since, o.until, NULL::int AS reading_km, NULL::text AS reason
          FROM crm_ownerships o JOIN crm_customers c ON c.tenant_id = o.tenant_id AND c.id = o.customer_id
         WHERE o.vehicle_id = %(id)s
        UNION ALL
        SELECT 'odometer', r.read_at, NULL, NULL, NULL, NULL, r.reading_km, r.reason
          FROM crm_odometer_readings r WHERE r.vehicle_id = %(id)s) AS happened
     ORDER BY at DESC, kind
    """
)


def register(work: Work, values: dict[str, Any]) -> UUID:
    """Add a vehicle, its first ownership (from today, in the workspace's time zone) and reading; return its id.

    A plate or VIN that another active vehicle has is refused by the database. Emits VehicleRegistered.
    """
    identity, customer_id = uuid7(), values["customer_id"]
    work.queue(
        insert_row(Vehicle, identity, values),
        insert_row(
            Ownership, uuid7(), {"vehicle_id": identity, "customer_id": customer_id, "since": work.today()}
        ),
    )  # fmt: skip
    if values.get("odometer") is not None:
        work.queue(odometer.reading(identity, values["odometer"], work.now(), "registration"))
    work.emit(VehicleRegistered(identity, customer_id))
    return identity


def transfer(work: Work, identity: UUID, customer_id: UUID, since: date | None = None, km: int | None = None) -> None:
    """Hand a vehicle over: the old ownership ends the day the new one begins.

    ``since`` is a day in the workspace's time zone, today by default; ``km`` what the odometer shows. Raises
    NotFound, Invalid for a customer that is not there, and Conflict where the vehicle is that customer's
    already or the day is before the present owner's. Emits VehicleTransferred.
    """
    since = since or work.today()
    (locked, owned) = work.write(_LOCK(id=identity), _OWNER(id=identity, customer=customer_id))
    if not locked:
        raise NotFound(f"Vehicle {identity} does not exist")
    owner = locked[0]["customer_id"]
    if owner == customer_id:
        raise Conflict("The vehicle is this customer's already.", reason="state")
    if not owned or owned[0]["status"] is None:
        raise Invalid([{"field": "customer_id", "message": "There is no such record."}])
    if owned[0]["status"] != "active":
        raise Invalid([{"field": "customer_id", "message": "This customer is deactivated"}])
    if since < owned[0]["since"]:
        raise Invalid([{"field": "since", "message": f"The present owner has had it since {owned[0]['since']}"}])
    work.queue(
        _END(id=identity, since=since),
        insert_row(Ownership, uuid7(), {"vehicle_id": identity, "customer_id": customer_id, "since": since}),
        _HAND_OVER(id=identity, customer=customer_id),
    )
    if km is not None:
        odometer.record(work, identity, km, source="transfer", last=locked[0]["odometer"])
    work.emit(VehicleTransferred(identity, owner, customer_id, since))


def history(work: Work, identity: UUID) -> Rows:
    """Owners and odometer readings of a vehicle, newest first; visits come with the jobs plugin. Raises NotFound."""
    there, happened = work.read(_EXISTS(id=identity), _HISTORY(id=identity))
    if not there:
        raise NotFound(f"Vehicle {identity} does not exist")
    return happened
