"""What has a verb in its name or looks back: merging, handing over, reading the odometer, timeline, history."""

from __future__ import annotations

from typing import Any

from jemeti_platform.db.paged import Page
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import Service
from jemeti_platform.rest.spreadsheet import CSV, XLSX, asked_for, sheet_of

from . import customers, history, odometer, timeline, vehicles
from .balance import LEDGER
from .contract import CustomerLedger
from .resources import CUSTOMERS, VEHICLES
from .schemas import HAPPENED, LEDGER_ENTRY, OWED, PAST, READING, MergeSchema, OdometerSchema, TransferSchema

__all__ = ["ALL"]

merge = Service("crm.customers.merge", "/crm/customers/{id}/merge", "crm.customers", "Two customers become one")
happened = Service("crm.customers.timeline", "/crm/customers/{id}/timeline", "crm.customers", "What happened")
statement = Service("crm.customers.ledger", "/crm/customers/{id}/ledger", "crm.customers", "What a customer owes")
theirs = Service("crm.customers.vehicles", "/crm/customers/{id}/vehicles", "vehicles.customer", "A customer's vehicles")
transfer = Service("vehicles.customer.transfer", "/vehicles/customer/{id}/transfer", "vehicles.customer", "A new owner")
readings = Service("vehicles.customer.odometer", "/vehicles/customer/{id}/odometer", "vehicles.customer", "Readings")
past = Service("vehicles.customer.history", "/vehicles/customer/{id}/history", "vehicles.customer", "The past")

ALL = (merge, happened, statement, theirs, transfer, readings, past)


@merge.post(permission="crm.customers:merge", body=MergeSchema, answer=CUSTOMERS.answer_schema, errors=(404, 409))
def merge_customers(request: Any) -> Answer:
    """Merge a duplicate into this customer; its old id leads here from then on."""
    identity = path_id(request)
    customers.merge(request.work, identity, request.validated["duplicate_id"])
    return CUSTOMERS.present(request.work, identity)


@happened.get(permission="crm.customers:read", query=PageQuery, answer=HAPPENED, many=True, errors=(404,))
def customer_timeline(request: Any) -> Answer:
    """What has happened to this customer, newest first."""
    query = request.query
    return answer_of(query, timeline.timeline(request.work, path_id(request), query["page"], query["per_page"]))


@statement.get(
    permission=LEDGER,
    query=PageQuery,
    answer=LEDGER_ENTRY,
    many=True,
    meta=OWED,
    errors=(404,),
    media_types=("application/json", CSV, XLSX),
)
def customer_ledger(request: Any) -> Any:
    """The customer's statement with its running balance: invoices, credit notes, payments, refunds, oldest first.

    ``meta`` says what is owed now, what credit there is, and how late what is owed is. CSV and XLSX have every entry.
    Where nothing keeps invoices, nobody owes anything.
    """
    work, identity, query = request.work, path_id(request), request.query
    ledger = work.port(CustomerLedger)
    media_type = asked_for(request)
    page, per_page = (query["page"], query["per_page"]) if media_type is None else (1, None)
    asked = () if ledger is None else ledger.statements(identity, page, per_page)
    there, *found = work.read(customers.EXISTS(id=identity), *asked)
    if not there:
        raise CUSTOMERS.missing(identity)
    if media_type is not None:
        entries = [] if ledger is None else ledger.page(found)[0].rows
        return sheet_of("ledger", tuple(LEDGER_ENTRY["properties"]), iter([entries]), media_type)
    if ledger is None:
        return answer_of(query, Page([], 0), outstanding_balance="0.00", unallocated_credit="0.00", ageing={})
    shown, *owed = ledger.page(found)
    return answer_of(
        query, shown, **dict(zip(("outstanding_balance", "unallocated_credit", "ageing"), owed, strict=True))
    )


@theirs.get(
    permission="vehicles.customer:read", query=PageQuery, answer=VEHICLES.answer_schema, many=True, errors=(404,)
)
def customer_vehicles(request: Any) -> Answer:
    """The vehicles this customer owns now, newest first."""
    identity, query = path_id(request), request.query
    page, count = VEHICLES.listing.statements({**query, "customer_id": [identity]})
    assert count is not None
    there, rows, counted = request.work.read(customers.EXISTS(id=identity), page, count)
    if not there:
        raise CUSTOMERS.missing(identity)
    return answer_of(query, Page(rows, counted[0]["total"]))


@transfer.post(
    permission="vehicles.customer:transfer", body=TransferSchema, answer=VEHICLES.answer_schema, errors=(404, 409)
)
def transfer_vehicle(request: Any) -> Answer:
    """Hand this vehicle over to another customer."""
    identity, wish = path_id(request), request.validated
    vehicles.transfer(
        request.work,
        identity,
        wish["customer_id"],
        since=wish["since"],
        km=wish["odometer"],
        reason=wish["reason"],
    )
    return VEHICLES.present(request.work, identity)


@readings.get(permission="vehicles.customer:read", query=PageQuery, answer=READING, many=True, errors=(404,))
def list_readings(request: Any) -> Answer:
    """The odometer readings of this vehicle, newest first."""
    query = request.query
    return answer_of(query, odometer.readings(request.work, path_id(request), query["page"], query["per_page"]))


@readings.post(
    permission="vehicles.customer:write", body=OdometerSchema, answer=VEHICLES.answer_schema, status=201, errors=(404,)
)
def add_reading(request: Any) -> Answer:
    """Keep an odometer reading; answers the vehicle."""
    identity, wish = path_id(request), request.validated
    odometer.read(request.work, identity, wish["reading_km"], wish["read_at"], wish["reason"])
    answer = VEHICLES.present(request.work, identity)
    answer.status, answer.location = 201, f"/v1/vehicles/customer/{identity}/odometer"
    return answer


@past.get(permission="vehicles.customer:read", query=PageQuery, answer=PAST, many=True, errors=(404,))
def vehicle_history(request: Any) -> Answer:
    """What has happened to this vehicle, newest first: owners, odometer readings, and what other plugins tell of it."""
    query = request.query
    return answer_of(query, history.history(request.work, path_id(request), query["page"], query["per_page"]))
