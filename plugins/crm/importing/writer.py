"""Writes batches of customers and vehicles: who is there is completed where empty, who is not is added."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from typing import Any
from uuid import UUID

from psycopg.errors import UniqueViolation

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import complete_rows, insert_rows
from jemeti_platform.db.statement import Bound
from jemeti_platform.imports import Outcome, Record
from jemeti_platform.types import email_key
from jemeti_platform.work import Work

from ..contract import CustomerChanged, CustomerCreated, OdometerRead, VehicleRegistered
from ..models import Customer, OdometerReading, Ownership, Vehicle
from ..vehicles import warnings_of
from .known import COMPLETED_CUSTOMER, COMPLETED_VEHICLE, Known, KnownCustomer, KnownVehicle, look_up
from .names import same_person

__all__ = ["CustomerWriter"]


class _Refusal(Exception):
    """A row cannot be taken in: the field, the reason, and the customers whose earlier rows have to do with it."""

    def __init__(self, at: str, reason: str, *others: KnownCustomer) -> None:
        super().__init__(reason)
        self.at, self.reason, self.others = at, reason, others


@dataclass(slots=True)
class _Batch:
    """Rows to be written, and events to be told when they are."""

    customers: list[dict[str, Any]] = field(default_factory=list)
    completed_customers: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    vehicles: list[dict[str, Any]] = field(default_factory=list)
    completed_vehicles: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    ownerships: list[dict[str, Any]] = field(default_factory=list)
    readings: list[dict[str, Any]] = field(default_factory=list)
    events: list[object] = field(default_factory=list)

    def statements(self) -> list[Bound]:
        """Few statements for many rows, parents first."""
        found = [
            *(insert_rows(Customer, self.customers) for _ in (1,) if self.customers),
            *_completing(Customer, COMPLETED_CUSTOMER, self.completed_customers),
        ]
        for model, rows in ((Vehicle, self.vehicles), (Ownership, self.ownerships), (OdometerReading, self.readings)):
            found += [insert_rows(model, rows)] if rows else []
        return [*found, *_completing(Vehicle, (*COMPLETED_VEHICLE, "warnings"), self.completed_vehicles)]


class CustomerWriter:
    """The writer of one file. A row stands or falls as a whole; several rows may speak of one customer."""

    def __init__(self, work: Work) -> None:
        self.work = work
        self.today = work.today()
        self.lines: dict[UUID, int] = {}
        """The first line of this file that spoke of a customer."""

    def write(self, records: Sequence[Record]) -> list[Outcome]:
        """Write a batch; what became of each record, in order.

        Where somebody else adds one of these customers in the same moment, it is looked at once more.
        """
        for is_last in (False, False, True):
            known, batch = look_up(self.work, records), _Batch()
            outcomes = [self._take(record, known, batch) for record in records]
            try:
                with self.work.transaction.savepoint():
                    self.work.write(*batch.statements())
            except UniqueViolation:
                if is_last:
                    raise
            else:
                break
        for event in batch.events:
            self.work.emit(event)
        return outcomes

    def _take(self, record: Record, known: Known, batch: _Batch) -> Outcome:
        customer, vehicle = record.values["customer"], record.values["vehicle"]
        try:
            read_at = self._read_at(record.values["read_on"])
            owner = _recognise(known, customer, vehicle)
            car = _recognise_vehicle(known, vehicle, owner) if vehicle else None
        except _Refusal as refusal:
            seen = sorted({self.lines[other.id] for other in refusal.others if other.id in self.lines})
            return Outcome("refused", record.problem(refusal.at, refusal.reason, tuple(seen)))
        is_new = owner is None
        if owner is None:
            owner = self._add_customer(known, customer, batch)
            is_changed = False
        else:
            is_changed = _complete(known, owner, customer, batch)
        self.lines.setdefault(owner.id, record.line)
        if vehicle is not None:
            if car is None:
                self._add_vehicle(known, owner.id, vehicle, read_at, batch)
                is_changed = True
            else:
                is_changed |= self._complete_vehicle(known, car, vehicle, read_at, batch)
        return Outcome("created" if is_new else "completed" if is_changed else "unchanged")

    def _read_at(self, day: date | None) -> datetime:
        if day is None:
            return self.work.now()
        if day > self.today:
            raise _Refusal("read_on", "Must not be in the future")
        return min(datetime.combine(day, time(12), self.work.timezone).astimezone(UTC), self.work.now())

    def _add_customer(self, known: Known, values: dict[str, Any], batch: _Batch) -> KnownCustomer:
        made = KnownCustomer(uuid7(), values["name"], {name: values[name] for name in COMPLETED_CUSTOMER})
        known.learn_customer(made)
        batch.customers.append({"id": made.id, **values})
        batch.events.append(CustomerCreated(made.id))
        return made

    def _add_vehicle(self, known: Known, owner: UUID, values: dict[str, Any], read_at: datetime, batch: _Batch) -> None:
        there = {name: values[name] for name in COMPLETED_VEHICLE}
        made = KnownVehicle(uuid7(), owner, known.plate_key(values["plate"]), there)
        known.learn_vehicle(made)
        batch.vehicles.append({"id": made.id, "customer_id": owner, **values, "warnings": warnings_of(values)})
        batch.ownerships.append({"id": uuid7(), "vehicle_id": made.id, "customer_id": owner, "since": self.today})
        batch.events.append(VehicleRegistered(made.id, owner))
        if values["odometer"] is not None:
            _read(made.id, values["odometer"], read_at, batch)

    def _complete_vehicle(
        self, known: Known, car: KnownVehicle, values: dict[str, Any], read_at: datetime, batch: _Batch
    ) -> bool:
        news = _missing(car.values, values, COMPLETED_VEHICLE)
        if not news:
            return False
        car.values |= news
        car.plate_key = car.plate_key or known.plate_key(news.get("plate"))
        known.learn_vehicle(car)
        batch.completed_vehicles.setdefault(car.id, {}).update(news, warnings=warnings_of(news))
        if "odometer" in news:
            _read(car.id, news["odometer"], read_at, batch)
        return True


def _recognise(known: Known, customer: dict[str, Any], vehicle: dict[str, Any] | None) -> KnownCustomer | None:
    """The customer whom a row is about, None for a new one. Raises _Refusal where that cannot be said."""
    by_email = known.by_email.get(email_key(customer["email"])) if customer["email"] else None
    by_phone = known.by_phone.get(customer["phone"]) if customer["phone"] else None
    if by_email and by_phone and by_email is not by_phone:
        raise _Refusal("customer.email", "The e-mail and the telephone number are of two customers", by_email, by_phone)
    for found, at, what in (
        (by_email, "customer.email", "e-mail"),
        (by_phone, "customer.phone", "telephone number"),
    ):
        if found is not None:
            if not same_person(found.name, customer["name"]):
                raise _Refusal(at, f"Somebody with another name has this {what}", found)
            return found
    if vehicle is None:
        if not customer["email"] and not customer["phone"]:
            raise _Refusal("customer.name", "Needs an e-mail, a telephone number or a vehicle to be told by")
        return None
    owners = {car.customer_id for car in known.vehicle(vehicle["plate"], vehicle["vin"], None)}
    if len(owners) == 1:
        owner = known.customers[owners.pop()]
        if same_person(owner.name, customer["name"]):
            return owner
    return None


def _recognise_vehicle(known: Known, vehicle: dict[str, Any], owner: KnownCustomer | None) -> KnownVehicle | None:
    """The vehicle that a row is about, None for a new one. Raises _Refusal for another customer's."""
    found = known.vehicle(vehicle["plate"], vehicle["vin"], owner.id if owner else None)
    at = "vehicle.plate" if vehicle["plate"] else "vehicle.vin"
    if len(found) > 1:
        owners = (known.customers[car.customer_id] for car in found)
        raise _Refusal(at, "The plate and the VIN are of two vehicles", *owners)
    if not found:
        return None
    (car,) = found
    if owner is None or car.customer_id != owner.id:
        raise _Refusal(at, "This vehicle is another customer's", known.customers[car.customer_id])
    if vehicle["vin"] and car.values["vin"] not in (None, vehicle["vin"]):
        raise _Refusal("vehicle.vin", "The vehicle with this plate has another VIN", owner)
    if vehicle["plate"] and car.plate_key not in (None, known.plate_key(vehicle["plate"])):
        raise _Refusal("vehicle.plate", "The vehicle with this VIN has another plate", owner)
    return car


def _complete(known: Known, owner: KnownCustomer, values: dict[str, Any], batch: _Batch) -> bool:
    news = _missing(owner.values, values, COMPLETED_CUSTOMER)
    if news:
        owner.values |= news
        known.learn_customer(owner)
        batch.completed_customers.setdefault(owner.id, {}).update(news)
        batch.events.append(CustomerChanged(owner.id, tuple(sorted(news))))
    return bool(news)


def _missing(there: dict[str, Any], given: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """What is given and not there."""
    return {name: given[name] for name in names if there[name] in (None, [], ()) and given[name] not in (None, [], ())}


def _read(vehicle_id: UUID, km: int, at: datetime, batch: _Batch) -> None:
    row = {"id": uuid7(), "vehicle_id": vehicle_id, "reading_km": km, "read_at": at, "source": "import"}
    batch.readings.append(row)
    batch.events.append(OdometerRead(vehicle_id, km, at))


def _completing(model: Any, names: Sequence[str], rows: dict[UUID, dict[str, Any]]) -> list[Bound]:
    whole = [{"id": identity, **{name: row.get(name) for name in names}} for identity, row in rows.items()]
    return [complete_rows(model, whole)] if whole else []
