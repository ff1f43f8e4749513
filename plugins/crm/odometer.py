"""Odometers: every reading is kept; one that shows less than the last says why."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import insert

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from .contract import OdometerRead
from .models import OdometerReading

__all__ = ["read", "reading", "readings", "record"]

_LOCK = Statement("SELECT odometer FROM crm_vehicles WHERE id = %(id)s FOR UPDATE")
_INSERT = Statement(
    insert(OdometerReading).values(
        {"id": None, "vehicle_id": None, "reading_km": None, "read_at": None, "source": None, "reason": None}
    )
)
# The vehicle shows its newest reading, which a reading entered late is not.
_SHOW = Statement(
    """
    UPDATE crm_vehicles v SET odometer = newest.reading_km, version = version + 1, updated_at = now()
      FROM (SELECT reading_km FROM crm_odometer_readings WHERE vehicle_id = %(id)s
             ORDER BY read_at DESC, id DESC LIMIT 1) AS newest
     WHERE v.id = %(id)s AND v.odometer IS DISTINCT FROM newest.reading_km
    """
)
_READINGS = Statement(
    "SELECT id, reading_km, read_at, source, reason FROM crm_odometer_readings WHERE vehicle_id = %(id)s "
    "ORDER BY read_at DESC, id DESC"
)
_EXISTS = Statement("SELECT true AS there FROM crm_vehicles WHERE id = %(id)s")


def reading(vehicle_id: UUID, km: int, at: datetime, source: str, reason: str | None = None) -> Bound:
    """The INSERT of one reading."""
    return _INSERT(id=uuid7(), vehicle_id=vehicle_id, reading_km=km, read_at=at, source=source, reason=reason)


def read(work: Work, vehicle_id: UUID, km: int, at: datetime | None = None, reason: str | None = None) -> None:
    """Keep a reading of ``km`` kilometres, now by default. Raises NotFound, and Invalid where a reason is missing.

    Emits OdometerRead.
    """
    (rows,) = work.write(_LOCK(id=vehicle_id))
    if not rows:
        raise NotFound(f"Vehicle {vehicle_id} does not exist")
    record(work, vehicle_id, km, source="manual", last=rows[0]["odometer"], at=at, reason=reason)


def record(
    work: Work,
    vehicle_id: UUID,
    km: int,
    *,
    source: str,
    last: int | None,
    at: datetime | None = None,
    reason: str | None = None,
) -> None:
    """Keep a reading of a vehicle whose row is locked and last showed ``last``; see ``read``."""
    at = at or work.now()
    if at > work.now():
        raise Invalid([{"field": "read_at", "message": "Must not be in the future"}])
    if last is not None and km < last and not reason:
        raise Invalid([{"field": "reason", "message": f"Less than the last reading of {last} km; say why"}])
    work.queue(reading(vehicle_id, km, at, source, reason), _SHOW(id=vehicle_id))
    work.emit(OdometerRead(vehicle_id, km, at))


def readings(work: Work, vehicle_id: UUID) -> Rows:
    """All readings of a vehicle, newest first. Raises NotFound."""
    there, found = work.read(_EXISTS(id=vehicle_id), _READINGS(id=vehicle_id))
    if not there:
        raise NotFound(f"Vehicle {vehicle_id} does not exist")
    return found
