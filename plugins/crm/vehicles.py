"""Vehicles: registered, changed, handed over."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.types import vin_warnings
from jemeti_platform.work import Work

from . import odometer
from .contract import OdometerRead, VehicleRegistered, VehicleTransferred
from .models import Ownership, Vehicle

__all__ = ["change", "register", "transfer", "warnings_of"]

_LOCK = Statement("SELECT customer_id FROM crm_vehicles WHERE id = %(id)s FOR UPDATE")
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


def register(work: Work, values: dict[str, Any]) -> UUID:
    """Add a vehicle, its first ownership (from today, in the workspace's time zone) and reading; return its id.

    A plate or VIN that another active vehicle has is refused by the database. Emits VehicleRegistered.
    """
    identity, customer_id = uuid7(), values["customer_id"]
    work.queue(
        insert_row(Vehicle, identity, {**values, "warnings": warnings_of(values)}),
        insert_row(
            Ownership, uuid7(), {"vehicle_id": identity, "customer_id": customer_id, "since": work.today()}
        ),
    )  # fmt: skip
    work.emit(VehicleRegistered(identity, customer_id))
    if (km := values.get("odometer")) is not None:
        now = work.now()
        work.queue(odometer.reading(identity, km, now, "registration"))
        work.emit(OdometerRead(identity, km, now))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change fields of a vehicle that is there; neither its owner nor its odometer."""
    news = {"warnings": warnings_of(changes)} if "vin" in changes else {}
    work.queue(update_row(Vehicle, identity, {**changes, **news}))


def warnings_of(values: Mapping[str, Any]) -> list[dict[str, str]]:
    """What looks odd about a vehicle's data: as in a refusal, a field and a sentence each."""
    vin = values.get("vin")
    return [{"field": "vin", "message": message} for message in vin_warnings(vin)] if vin else []


def transfer(
    work: Work,
    identity: UUID,
    customer_id: UUID,
    *,
    since: date | None = None,
    km: int | None = None,
    reason: str | None = None,
) -> None:
    """Hand a vehicle over: the old ownership ends the day the new one begins.

    ``since`` is a day in the workspace's time zone, today by default; ``km`` what the odometer shows, ``reason`` why
    that is less than before. Raises NotFound, Conflict where the vehicle is that customer's already, and Invalid for
    a customer that is not there or not active, or a day that is to come or before the present owner's. Emits
    VehicleTransferred.
    """
    today = work.today()
    since = since or today
    if since > today:
        raise Invalid([{"field": "since", "message": "Must not be in the future"}])
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
        odometer.record(work, identity, km, source="transfer", reason=reason)
    work.emit(VehicleTransferred(identity, owner, customer_id, since))
