"""Odometers: every reading is kept; one that does not fit between its neighbours says why."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import insert

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.paged import Page, Paged
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Invalid, NotFound
from jemeti_platform.work import Work

from .contract import OdometerRead
from .models import OdometerReading

__all__ = ["WorkshopOdometers", "read", "reading", "readings", "record"]

_AHEAD = timedelta(minutes=5)
"""How far a client's clock may go ahead of ours."""

_LOCK = Statement("SELECT 1 FROM crm_vehicles WHERE id = %(id)s FOR UPDATE")
_NEIGHBOURS = Statement(
    """
    SELECT (SELECT reading_km FROM crm_odometer_readings WHERE vehicle_id = %(id)s AND read_at <= %(at)s
             ORDER BY read_at DESC, id DESC LIMIT 1) AS before,
           (SELECT reading_km FROM crm_odometer_readings WHERE vehicle_id = %(id)s AND read_at > %(at)s
             ORDER BY read_at, id LIMIT 1) AS after
    """
)
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
_READINGS = Paged(
    "SELECT id, reading_km, read_at, source, reason FROM crm_odometer_readings WHERE vehicle_id = %(id)s",
    "read_at DESC, id DESC",
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
    record(work, vehicle_id, km, source="manual", at=at, reason=reason)


def record(
    work: Work,
    vehicle_id: UUID,
    km: int,
    *,
    source: str,
    at: datetime | None = None,
    reason: str | None = None,
    field: str = "reason",
) -> None:
    """Keep a reading of a vehicle whose row is locked; see ``read``. ``field`` is where a client says the reason.

    Of a job the reason is kept where one is needed.
    """
    now = work.now()
    if at is not None and at > now + _AHEAD:
        raise Invalid([{"field": "read_at", "message": "Must not be in the future"}])
    at = min(at or now, now)
    ((near,),) = work.write(_NEIGHBOURS(id=vehicle_id, at=at))
    misfit = _misfit(near, km)
    if misfit and not reason:
        raise Invalid([{"field": field, "message": misfit}])
    if source == "job" and not misfit:
        reason = None
    work.queue(reading(vehicle_id, km, at, source, reason), _SHOW(id=vehicle_id))
    work.emit(OdometerRead(vehicle_id, km, at))


def _misfit(near: Mapping[str, int | None], km: int) -> str | None:
    if near["before"] is not None and km < near["before"]:
        return f"Less than the {near['before']} km of the reading before; say why"
    if near["after"] is not None and km > near["after"]:
        return f"More than the {near['after']} km of the reading after; say why"
    return None


def readings(work: Work, vehicle_id: UUID, page: int, per_page: int) -> Page:
    """The readings of a vehicle, newest first. Raises NotFound."""
    there, found, counted = work.read(_EXISTS(id=vehicle_id), *_READINGS(page, per_page, id=vehicle_id))
    if not there:
        raise NotFound(f"Vehicle {vehicle_id} does not exist")
    return Page(found, counted[0]["total"])


class WorkshopOdometers:
    """The provider of ``Odometers`` for one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def record(self, vehicle_id: UUID, km: int, *, reason: str | None, field: str = "reason") -> None:
        self.work.queue(_LOCK(id=vehicle_id))
        record(self.work, vehicle_id, km, source="job", reason=reason, field=field)
