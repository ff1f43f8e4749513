"""The jobs of the demo workspace: a workshop on a usual day, with its bays and its catalogue."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work

from . import approvals, declined, jobs, lines, totals
from .models import Bay, JobLine, JobPart, Note, ServiceItem

__all__ = ["fill"]

_ANY = Statement("SELECT true AS there FROM jobs_jobs LIMIT 1")
_CARS = Statement(
    "SELECT v.id, v.customer_id, v.odometer FROM crm_vehicles v WHERE v.status = 'active' ORDER BY v.created_at, v.id"
)
_DONE = Statement(
    "UPDATE jobs_lines SET status = 'done', version = version + 1, updated_at = now() WHERE job_id = %(id)s"
)
_PASSED = Statement(
    "UPDATE jobs_checks SET result = 'passed', checked_at = now(), version = version + 1, updated_at = now()"
    " WHERE job_id = %(id)s"
)

_BAYS = (("Lift 1", "two-post lift"), ("Lift 2", "two-post lift"), ("Alignment", "four-post lift"), ("Wash", None))
# Each: code, name, category, hours, price.
_SERVICES = (
    ("OIL", "Engine oil and filter change", "Maintenance", "0.5", "650.00"),
    ("BRK-F", "Front brake pads, fitting", "Brakes", "1.0", "1200.00"),
    ("BRK-D", "Brake discs, skimming, a pair", "Brakes", "1.5", "1800.00"),
    ("DIAG", "Diagnosis with the scan tool", "Electrics", "0.5", "1000.00"),
    ("AC", "Air conditioner, gas refill and leak test", "Air conditioning", "1.0", "2500.00"),
    ("ALIGN", "Wheel alignment", "Tyres", "0.75", "1500.00"),
    ("TUNE", "Tune-up: plugs, throttle body, idle", "Engine", "2.0", "3500.00"),
    ("SUSP", "Suspension bushes, a side", "Suspension", "2.5", "4000.00"),
)
# Each: what the customer says, the services, parts with quantity and price, priority, hours until promised, the way on.
_TAKEN = ("intake",)
_QUOTED = (*_TAKEN, "inspect", "quote")
_BEGUN = (*_QUOTED, "approve", "start")
_VISITS: tuple[tuple[Any, ...], ...] = (
    ("Brakes squeal in the morning", ("BRK-F",), (("Brake pad set, front", "1", "3800.00"),), "normal", 6, _BEGUN),
    ("Air conditioner does not cool", ("AC",), (("Refrigerant R134a, 500 g", "1", "1400.00"),), "high", 3, _BEGUN),
    ("Service at 85,000 km", ("OIL",), (("Oil 5W-30, 4 l", "1", "3600.00"), ("Oil filter", "1", "450.00")), "normal", 8,
     (*_BEGUN, "finish")),
    ("Pulls to the left over 60 km/h", ("ALIGN",), (), "normal", 5, (*_BEGUN, "finish", "release")),
    ("Engine light is on", ("DIAG",), (), "normal", 26, _QUOTED),
    ("Noise from the left rear over bumps", ("SUSP",), (("Bush set", "1", "2600.00"),), "normal", 30, _QUOTED),
    ("Idles rough when cold", ("TUNE",), (("Spark plug, iridium", "4", "850.00"),), "normal", 28, (*_BEGUN, "hold")),
    ("Brake pedal is soft", ("BRK-D",), (("Brake fluid DOT 4", "1", "550.00"),), "urgent", 2, _BEGUN),
    ("Before a long journey, look at everything", (), (), "normal", 24, (*_TAKEN, "inspect")),
    ("Starter clicks, does not turn", (), (), "high", 10, _TAKEN),
    ("Service, ambulance on call", ("OIL",), (("Oil 15W-40, 6 l", "1", "4200.00"),), "urgent", 4, ()),
    ("Wiper leaves streaks", (), (), "low", 48, ("cancel",)),
)  # fmt: skip


def fill(work: Work) -> None:
    """Add bays, services and a dozen jobs in different states, unless the workspace has jobs or no vehicles."""
    found, cars = work.write(_ANY(), _CARS())
    if found or not cars:
        return
    bays = [uuid7() for _ in _BAYS]
    for position, (identity, (name, kind)) in enumerate(zip(bays, _BAYS, strict=True)):
        work.queue(insert_row(Bay, identity, {"name": name, "kind": kind, "position": position}))
    services = {}
    for code, name, category, hours, price in _SERVICES:
        services[code] = uuid7()
        values: dict[str, Any] = {"code": code, "name": name, "category": category}
        values |= {"default_hours": Decimal(hours), "price": Decimal(price)}
        work.queue(insert_row(ServiceItem, services[code], values))
    for place, (visit, car) in enumerate(zip(_VISITS, cars, strict=False)):
        _visit(work, visit, car, services, bays[place % len(bays)])
    values = {"vehicle_id": cars[0]["id"], "kind": "labour", "description": "Brake discs, skimming, a pair"}
    declined.keep(work, {**values, "unit_price": Decimal("1800.00"), "reason": "Next month"})


def _visit(work: Work, visit: Any, car: Any, services: dict[str, UUID], bay: UUID) -> None:
    concern, codes, parts, priority, hours, way = visit
    values = {"customer_id": car["customer_id"], "vehicle_id": car["id"], "concern": concern, "priority": priority}
    values |= {"odometer_in": (car["odometer"] or 0) + 40, "promised_at": work.now() + timedelta(hours=hours)}
    job_id = jobs.open_job(work, {**values, "bay_id": bay if "start" in way else None})
    job = jobs.locked(work, job_id)
    for position, code in enumerate(codes):
        empty = dict.fromkeys(("description", "quantity", "unit_price", "hours", "tax_rate_id"))
        filled = lines.fill_line(work, job, {**empty, "kind": "labour", "service_id": services[code]}, None)
        work.queue(insert_row(JobLine, uuid7(), {**filled, "job_id": job_id, "position": position}))
    for position, (description, quantity, price) in enumerate(parts):
        part = {"description": description, "quantity": Decimal(quantity), "unit_price": Decimal(price)}
        work.queue(insert_row(JobPart, uuid7(), {**part, "job_id": job_id, "position": position}))
    totals.reckon(work, job)
    for action in way:
        _prepare(work, job_id, action)
        move(work, "jobs.job", job_id, action, note="Waits for parts" if action == "hold" else "As the customer wished")
    note = {"job_id": job_id, "text": "The customer waits in the lounge.", "author_name": "Nadia Rahman"}
    if priority == "urgent":
        work.queue(insert_row(Note, uuid7(), note))


def _prepare(work: Work, job_id: UUID, action: str) -> None:
    """Do what the guards of an action want."""
    match action:
        case "quote":
            jobs.quotation_sent(work, job_id)
        case "approve":
            agreed = {"name": "The customer", "channel": "phone", "note": None, "line_ids": None, "part_ids": None}
            approvals.record(work, job_id, agreed)
        case "finish":
            work.queue(_DONE(id=job_id))
        case "release":
            work.queue(_PASSED(id=job_id))
