"""Customers, their vehicles, who owned which when, and what the odometers showed."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar
from uuid import UUID

from sqlalchemy import CheckConstraint, Computed, func, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from jemeti_platform.db.base import TenantBase, TenantRow
from jemeti_platform.db.shape import Indexed, NoOverlap, Reference, Search, Unique
from jemeti_platform.types import MoneyColumn, money_check

from .contract import PLATE_KEY

__all__ = [
    "EMAIL_KEY",
    "PLATE_KEY",
    "Customer",
    "CustomerAlias",
    "OdometerReading",
    "Ownership",
    "Vehicle",
    "VehicleEvent",
]

# Written as PostgreSQL prints them back, so that models and database compare equal.
EMAIL_KEY = "lower(email)"
PLATE_IN_ONE = "regexp_replace(plate, '[[:space:][:punct:]]'::text, ''::text, 'g'::text)"


WARNINGS = {
    "type": "array",
    "description": "What looks odd without being wrong, such as the check digit of a VIN",
    "items": {"type": "object", "properties": {"field": {"type": "string"}, "message": {"type": "string"}}},
    "examples": [[]],
}


class Customer(TenantBase):
    """A person or company that owns vehicles. E-mail and telephone are each one customer's only."""

    __tablename__ = "crm_customers"
    __shape__ = (
        Unique("phone"),
        Unique("email_key"),
        Indexed("created_at"),
        Indexed("name"),
        Search("name", "phone", "email", "tax_id"),
        CheckConstraint("kind IN ('person', 'company')", name="kind_known"),
        CheckConstraint("status IN ('active', 'deactivated')", name="status_known"),
        money_check("credit_limit", minimum=0),
    )

    name: Mapped[str]
    kind: Mapped[str] = mapped_column(server_default=text("'person'"))
    phone: Mapped[str | None]
    email: Mapped[str | None]
    email_key: Mapped[str | None] = mapped_column(Computed(EMAIL_KEY, persisted=True))
    address: Mapped[dict[str, Any] | None] = mapped_column(JSONB)
    tax_id: Mapped[str | None]
    tags: Mapped[list[str]] = mapped_column(server_default=text("'[]'"))
    notes: Mapped[str | None]
    credit_limit: Mapped[Decimal | None] = mapped_column(MoneyColumn())
    status: Mapped[str] = mapped_column(server_default=text("'active'"))


class CustomerAlias(TenantRow):
    """The id of a customer that was merged away; it leads to the one that stayed."""

    __tablename__ = "crm_customer_aliases"
    __shape__ = (Reference("customer_id", "crm_customers"),)

    customer_id: Mapped[UUID]
    merged_at: Mapped[datetime] = mapped_column(server_default=func.now())


class Vehicle(TenantBase):
    """A customer's vehicle. ``plate_key`` is the plate as plates are compared: without case, spaces and dashes."""

    __tablename__ = "crm_vehicles"
    __shape__ = (
        Reference("customer_id", "crm_customers"),
        Unique("plate_key", where="status = 'active'"),
        Unique("vin", where="status = 'active'"),
        Indexed("created_at"),
        Search("plate", PLATE_IN_ONE, "vin", "make", "model"),
        CheckConstraint("plate IS NOT NULL OR vin IS NOT NULL", name="has_plate_or_vin"),
        CheckConstraint("odometer >= 0", name="odometer"),
        CheckConstraint("status IN ('active', 'archived')", name="status_known"),
    )

    customer_id: Mapped[UUID]
    plate: Mapped[str | None]
    plate_key: Mapped[str | None] = mapped_column(Computed(PLATE_KEY, persisted=True))
    vin: Mapped[str | None]
    make: Mapped[str | None]
    model: Mapped[str | None]
    year: Mapped[int | None]
    fuel: Mapped[str | None]
    gearbox: Mapped[str | None]
    colour: Mapped[str | None]
    odometer: Mapped[int | None]
    notes: Mapped[str | None]
    status: Mapped[str] = mapped_column(server_default=text("'active'"))
    warnings: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), info={"schema": WARNINGS})


class Ownership(TenantBase):
    """Who owned a vehicle from ``since`` to the day before ``until`` (none: still): one owner a day."""

    __tablename__ = "crm_ownerships"
    __shape__ = (
        Reference("vehicle_id", "crm_vehicles"),
        Reference("customer_id", "crm_customers"),
        CheckConstraint("until >= since", name="until_after_since"),
        NoOverlap("vehicle_id", between=("since", "until"), span="daterange", name="ex_crm_ownerships_one_owner"),
    )

    vehicle_id: Mapped[UUID]
    customer_id: Mapped[UUID]
    since: Mapped[date]
    until: Mapped[date | None]


class OdometerReading(TenantRow):
    """What an odometer showed, in kilometres. Append-only; one lower than the last says why."""

    __tablename__ = "crm_odometer_readings"
    __shape__ = (
        Reference("vehicle_id", "crm_vehicles", index=False),
        Indexed("vehicle_id", "read_at"),
        CheckConstraint("reading_km >= 0", name="reading_km"),
        CheckConstraint("source IN ('registration', 'manual', 'transfer', 'import', 'job')", name="source_known"),
    )

    vehicle_id: Mapped[UUID]
    reading_km: Mapped[int]
    read_at: Mapped[datetime] = mapped_column(server_default=func.now())
    source: Mapped[str]
    reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=func.now())


class VehicleEvent(TenantRow):
    """Something that another plugin has done to a vehicle: ``kind`` in one word, and the record that tells of it.

    Append-only. ``title`` is what that record is called, so that the past can be read where its plugin is off.
    """

    __tablename__ = "crm_vehicle_events"
    __shape__ = (
        Reference("vehicle_id", "crm_vehicles", index=False),
        Indexed("vehicle_id", "at"),
        Unique("subject_id", "kind"),
        CheckConstraint("kind ~ '^[a-z][a-z_]*$'", name="kind_word"),
    )
    __sample__: ClassVar[dict[str, Any]] = {"kind": "inspected"}

    vehicle_id: Mapped[UUID]
    at: Mapped[datetime] = mapped_column(server_default=func.now())
    kind: Mapped[str]
    subject_type: Mapped[str]
    subject_id: Mapped[UUID]
    title: Mapped[str]
