"""What has a verb in its name: merging, handing over, reading the odometer, looking back."""

from __future__ import annotations

from typing import Any

import colander

from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.schema import Mapping
from jemeti_platform.rest.service import Service
from jemeti_platform.types import StrictInt, vin_warnings

from . import customers, odometer, vehicles
from .resources import CUSTOMERS, VEHICLES
from .schemas import HAPPENED, ODDITIES, PAST, READING, MergeSchema, OdometerSchema, TransferSchema

__all__ = ["ALL"]

merge = Service("crm.customers.merge", "/crm/customers/{id}/merge", "crm.customers", "Two customers become one")
timeline = Service("crm.customers.timeline", "/crm/customers/{id}/timeline", "crm.customers", "What happened")
transfer = Service("vehicles.customer.transfer", "/vehicles/customer/{id}/transfer", "vehicles.customer", "A new owner")
readings = Service("vehicles.customer.odometer", "/vehicles/customer/{id}/odometer", "vehicles.customer", "Readings")
history = Service("vehicles.customer.history", "/vehicles/customer/{id}/history", "vehicles.customer", "The past")
check = Service("vehicles.customer.check", "/vehicles/customer/{id}/check", "vehicles.customer", "What looks odd")

ALL = (merge, timeline, transfer, readings, history, check)


class TimelineQuery(Mapping):
    """How far back."""

    limit = colander.SchemaNode(StrictInt(1, 500), missing=100, description="At most so many entries")


@merge.post(permission="crm.customers:merge", body=MergeSchema, answer=CUSTOMERS.answer_schema, errors=(404, 409))
def merge_customers(request: Any) -> Answer:
    """Merge a duplicate into this customer; its old id leads here from then on."""
    identity = path_id(request)
    customers.merge(request.work, identity, request.validated["duplicate_id"])
    return CUSTOMERS.present(request.work, identity)


@timeline.get(permission="crm.customers:read", query=TimelineQuery, answer=HAPPENED, many=True, errors=(404,))
def customer_timeline(request: Any) -> Any:
    """Everything that was changed of this customer and its vehicles, newest first."""
    return customers.timeline(request.work, path_id(request), request.query["limit"])


@transfer.post(
    permission="vehicles.customer:transfer", body=TransferSchema, answer=VEHICLES.answer_schema, errors=(404, 409)
)
def transfer_vehicle(request: Any) -> Answer:
    """Hand this vehicle over to another customer."""
    identity, wish = path_id(request), request.validated
    vehicles.transfer(request.work, identity, wish["customer_id"], wish["since"], wish["odometer"])
    return VEHICLES.present(request.work, identity)


@readings.get(permission="vehicles.customer:read", answer=READING, many=True, errors=(404,))
def list_readings(request: Any) -> Any:
    """Every odometer reading of this vehicle, newest first."""
    return odometer.readings(request.work, path_id(request))


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


@history.get(permission="vehicles.customer:read", answer=PAST, many=True, errors=(404,))
def vehicle_history(request: Any) -> Any:
    """Owners and odometer readings of this vehicle, newest first."""
    return vehicles.history(request.work, path_id(request))


@check.get(permission="vehicles.customer:read", answer=ODDITIES, errors=(404,))
def check_vehicle(request: Any) -> Any:
    """What looks odd about this vehicle's data without being wrong, such as a VIN's check digit."""
    vehicle = VEHICLES.present(request.work, path_id(request)).data
    return {"warnings": vin_warnings(vehicle["vin"]) if vehicle["vin"] else []}
