"""Who and what is there already, as far as a batch asks: customers by e-mail and phone, vehicles by plate and VIN."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from jemeti_platform.db.bulk import find_rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.imports import Record
from jemeti_platform.types import email_key
from jemeti_platform.work import Work

from ..models import PLATE_KEY, Customer, Vehicle

__all__ = ["COMPLETED_CUSTOMER", "COMPLETED_VEHICLE", "Known", "KnownCustomer", "KnownVehicle", "look_up"]

COMPLETED_CUSTOMER = ("phone", "email", "address", "tax_id", "tags", "notes", "credit_limit")
COMPLETED_VEHICLE = ("plate", "vin", "make", "model", "year", "fuel", "gearbox", "colour", "odometer")
"""What a row fills in where nothing stands yet."""

_CUSTOMER = ("id", "name", *COMPLETED_CUSTOMER)
_VEHICLE = ("id", "customer_id", "plate_key", "status", *COMPLETED_VEHICLE)
_ACTIVE, _ARCHIVED = "status = 'active'", "status = 'archived'"

# The database says how plates compare; it is asked for each batch, so that there is one rule and not two.
_PLATE_KEYS = Statement(
    f"SELECT plate, {PLATE_KEY} AS key FROM unnest(%(plates)s::text[]) AS p(plate)"  # noqa: S608 (our own expression)
)


@dataclass(slots=True)
class KnownCustomer:
    """A customer who is there, or will be when the batch is written; ``line`` is the first of this file about them."""

    id: UUID
    name: str
    values: dict[str, Any]
    line: int | None = None


@dataclass(slots=True)
class KnownVehicle:
    """A vehicle that is there, or will be when the batch is written."""

    id: UUID
    customer_id: UUID
    plate_key: str | None
    values: dict[str, Any]
    is_active: bool = True


@dataclass(slots=True)
class Known:
    """What a batch needs to know of what is there, and learns of what it adds itself."""

    plate_keys: dict[str, str] = field(default_factory=dict)
    customers: dict[UUID, KnownCustomer] = field(default_factory=dict)
    by_email: dict[str, KnownCustomer] = field(default_factory=dict)
    by_phone: dict[str, KnownCustomer] = field(default_factory=dict)
    by_plate: dict[str, list[KnownVehicle]] = field(default_factory=dict)
    by_vin: dict[str, list[KnownVehicle]] = field(default_factory=dict)

    def learn_customer(self, customer: KnownCustomer) -> None:
        """Remember a customer, and by what they are recognised from now on."""
        self.customers[customer.id] = customer
        if customer.values.get("email"):
            self.by_email[email_key(customer.values["email"])] = customer
        if customer.values.get("phone"):
            self.by_phone[customer.values["phone"]] = customer

    def learn_vehicle(self, vehicle: KnownVehicle) -> None:
        if vehicle.plate_key:
            _once(self.by_plate.setdefault(vehicle.plate_key, []), vehicle)
        if vehicle.values["vin"]:
            _once(self.by_vin.setdefault(vehicle.values["vin"], []), vehicle)

    def plate_key(self, plate: str | None) -> str | None:
        """How a plate of the batch compares."""
        return self.plate_keys[plate] if plate else None

    def vehicle(self, plate: str | None, vin: str | None, owner: UUID | None) -> list[KnownVehicle]:
        """The vehicles with this plate or VIN: the active ones; failing that, archived ones of this owner."""
        found: list[KnownVehicle] = []
        for vehicle in self.by_plate.get(self.plate_key(plate) or "", []) + self.by_vin.get(vin or "", []):
            _once(found, vehicle)
        active = [vehicle for vehicle in found if vehicle.is_active]
        return active or [vehicle for vehicle in found if vehicle.customer_id == owner]


def look_up(work: Work, records: Sequence[Record]) -> Known:
    """What is there of all that the batch speaks of: three round trips, however many rows."""
    customers = [record.values["customer"] for record in records]
    vehicles = [record.values["vehicle"] for record in records if record.values["vehicle"]]
    keys, *met = work.read(
        _PLATE_KEYS(plates=list(_given(vehicle["plate"] for vehicle in vehicles))),
        find_rows(Customer, "phone", _given(customer["phone"] for customer in customers), _CUSTOMER),
        find_rows(Customer, "email_key", {email_key(c["email"]) for c in customers if c["email"]}, _CUSTOMER),
    )
    known = Known({row["plate"]: row["key"] for row in keys})
    people = {row["id"]: row for row in (*met[0], *met[1])}
    found = work.read(
        find_rows(Vehicle, "plate_key", set(known.plate_keys.values()), _VEHICLE, where=_ACTIVE),
        find_rows(Vehicle, "vin", _given(vehicle["vin"] for vehicle in vehicles), _VEHICLE, where=_ACTIVE),
        find_rows(Vehicle, "customer_id", people, _VEHICLE, where=_ARCHIVED),
    )
    cars = {row["id"]: row for rows in found for row in rows}
    (others,) = work.read(
        find_rows(Customer, "id", {row["customer_id"] for row in cars.values()} - people.keys(), _CUSTOMER)
    )
    for row in (*people.values(), *others):
        known.learn_customer(KnownCustomer(row["id"], row["name"], {name: row[name] for name in COMPLETED_CUSTOMER}))
    for row in cars.values():
        values = {name: row[name] for name in COMPLETED_VEHICLE}
        known.learn_vehicle(
            KnownVehicle(row["id"], row["customer_id"], row["plate_key"], values, row["status"] == "active")
        )
    return known


def _given(values: Iterable[str | None]) -> set[str]:
    return {value for value in values if value}


def _once(among: list[KnownVehicle], vehicle: KnownVehicle) -> None:
    if all(vehicle is not other for other in among):
        among.append(vehicle)
