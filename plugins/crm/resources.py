"""Plain create, read and change over HTTP."""

from __future__ import annotations

from jemeti_platform.rest.resource import Expansion, Resource

from . import customers, vehicles
from .balance import BALANCE
from .comparisons import BY_EMAIL, BY_PLATE
from .models import Customer, Vehicle
from .schemas import CustomerSchema, VehicleChange, VehicleSchema

__all__ = ["CUSTOMERS", "VEHICLES"]

CUSTOMERS = Resource(
    name="crm.customers",
    path="/crm/customers",
    model=Customer,
    schema=CustomerSchema,
    feature="crm.customers",
    title="customer",
    description="The people and companies that own vehicles. They are deactivated or merged, never deleted",
    filters=("status", "kind", "phone", "tax_id", "tags", "credit_limit", "created_at", "updated_at"),
    comparisons=(BY_EMAIL,),
    sort=("name", "created_at", "updated_at"),
    search=True,
    hidden=("email_key",),
    beside=BALANCE,
    create=customers.create,
    update=customers.change,
    moved=customers.gone_to,
)

VEHICLES = Resource(
    name="vehicles.customer",
    path="/vehicles/customer",
    model=Vehicle,
    schema=VehicleSchema,
    change=VehicleChange,
    feature="vehicles.customer",
    title="vehicle",
    description="Customers' vehicles. They are archived, never deleted",
    filters=("customer_id", "status", "vin", "make", "model", "year", "fuel", "odometer", "created_at", "updated_at"),
    comparisons=(BY_PLATE,),
    sort=("created_at", "updated_at", "plate", "make", "model", "year"),
    search=True,
    hidden=("plate_key",),
    expand={"customer": Expansion("customer_id", Customer, ("name", "phone", "email"), "crm.customers:read")},
    create=vehicles.register,
    update=vehicles.change,
)
