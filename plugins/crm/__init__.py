"""CRM: the people who own cars, and their cars. Read this file as the table of contents.

- ``contract``: the events others may listen to
- ``models``, ``schemas``: what is kept, and what a client may send
- ``customers``, ``vehicles``, ``odometer``: the domain; ``timeline``, ``history``: what happened to one of them
- ``balance``: what a customer shows of the money
- ``resources``: plain create, read and update, with ``comparisons``; ``services``: everything with a verb
- ``messages``: what customers may be written to about
- ``overview``: what search and dashboard show of it
- ``importing``: customers from a spreadsheet; ``demo``: the people of the demo workspace
"""

from __future__ import annotations

from typing import Any

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission
from jemeti_platform.overview import Figures, Source

from . import history, messages, odometer, overview, resources, services
from .contract import (
    CustomerChanged,
    CustomerCreated,
    CustomerMerged,
    OdometerRead,
    Odometers,
    VehicleHistory,
    VehicleRegistered,
    VehicleTransferred,
)
from .importing import CUSTOMERS_IMPORTER

READERS = ("manager", "staff", "mechanic", "viewer")
WRITERS = ("manager", "staff")

MANIFEST = Manifest(
    name="crm",
    title="Customers and vehicles",
    version="1.0.0",
    features=(
        Feature("crm", "Customer relations"),
        Feature("crm.customers", "Customers"),
        Feature("vehicles", "Vehicles"),
        Feature("vehicles.customer", "Customers' vehicles", requires=("crm.customers",)),
    ),
    permissions=(
        Permission("crm.customers:read", "See customers", READERS),
        Permission("crm.customers:write", "Add and change customers", WRITERS),
        Permission("crm.customers:merge", "Merge two customers into one", ("manager",)),
        Permission("crm.customers:ledger", "See what customers owe", ("manager", "staff", "viewer")),
        Permission("vehicles.customer:read", "See vehicles", READERS),
        Permission(
            "vehicles.customer:write", "Add and change vehicles and their odometer readings", (*WRITERS, "mechanic")
        ),
        Permission("vehicles.customer:transfer", "Hand a vehicle over to another owner", WRITERS),
    ),
    paths=("/crm/customers", "/vehicles/customer"),
)


@hookimpl
def jemeti_manifest() -> Manifest:
    return MANIFEST


def includeme(config: Any) -> None:
    config.add_resource(resources.CUSTOMERS)
    config.add_resource(resources.VEHICLES)
    for service in services.ALL:
        config.add_service(service)
    config.add_event(CustomerCreated, CustomerChanged, CustomerMerged)
    config.add_event(VehicleRegistered, VehicleTransferred, OdometerRead)
    config.add_port(Odometers, odometer.WorkshopOdometers)
    config.add_port(VehicleHistory, history.Chronicle)
    config.add_importer(CUSTOMERS_IMPORTER)
    config.add_message(messages.WELCOME)


@hookimpl
def jemeti_search(q: str, limit: int) -> list[Source]:
    return overview.search(q, limit)


@hookimpl
def jemeti_dashboard() -> list[Figures]:
    return overview.dashboard()
