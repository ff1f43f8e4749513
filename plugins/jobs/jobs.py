"""Jobs: opened, changed, and whether they may still be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.features import limits
from jemeti_platform.work import Work
from plugins.crm.contract import CustomerChanged

from .contract import JobOpened
from .lifecycle import CLOSED, JOB, OPEN
from .models import Job

__all__ = [
    "EXISTS",
    "LOCK",
    "LOCK_OF_QUOTATION",
    "OPENED_THIS_MONTH",
    "READ",
    "change",
    "customer_of",
    "follow_name",
    "locked",
    "may_change",
    "open_job",
    "quotation_sent",
]

OPENED_THIS_MONTH = Bound(
    "SELECT count(*) AS used FROM workspaces w JOIN jobs_jobs j ON j.tenant_id = w.tenant_id"
    " AND j.created_at >= date_trunc('month', now() AT TIME ZONE w.timezone) AT TIME ZONE w.timezone",
    (),
)
"""How many jobs were opened in this month of the workspace's calendar, for the limit ``jobs.per_month``."""

EXISTS = Statement("SELECT true AS there FROM jobs_jobs WHERE id = %(id)s")
_CUSTOMER = Statement("SELECT customer_id FROM jobs_jobs WHERE id = %(id)s")
_FACTS = Statement(
    """
    SELECT c.name AS customer_name, c.status AS customer_status, v.customer_id AS owner_id, v.id AS vehicle,
           concat_ws(' ', v.plate, v.plate_key, v.vin, v.make, v.model) AS vehicle_name,
           i.kind AS insurer_kind, e.id AS earlier, e.vehicle_id AS earlier_vehicle,
           (SELECT count(*) FROM users WHERE id = ANY(%(mechanics)s) AND status <> 'disabled') AS mechanics
      FROM (SELECT 1) AS asked
      LEFT JOIN crm_customers c ON c.id = %(customer)s
      LEFT JOIN crm_vehicles v ON v.id = %(vehicle)s
      LEFT JOIN crm_customers i ON i.id = %(insurer)s
      LEFT JOIN jobs_jobs e ON e.id = %(earlier)s
    """
)
_ROW = (
    "SELECT id, number, status, customer_id, vehicle_id, insurance_payer_id, comeback_of_id, odometer_in,"
    " odometer_out, prices_include_tax, payer_type, pre_auth_limit, deductible FROM jobs_jobs WHERE id = {which}"
)
READ = Statement(_ROW.format(which="%(id)s"))
"""The job as ``may_change`` takes it, for who writes nothing."""
_LOCK = f"{_ROW} FOR UPDATE"
LOCK = Statement(_LOCK.format(which="%(id)s"))
"""The job, its row locked until commit; for ``may_change``."""
LOCK_OF_QUOTATION = Statement(_LOCK.format(which="(SELECT job_id FROM jobs_quotations WHERE id = %(id)s)"))
"""The same of the job that a quotation is for."""
_MECHANICS = Statement(
    "INSERT INTO jobs_mechanics (job_id, user_id, position)"
    " SELECT %(id)s, asked.user_id, asked.position"
    " FROM unnest(%(mechanics)s) WITH ORDINALITY AS asked(user_id, position)"
)
_NO_MECHANICS = Statement("DELETE FROM jobs_mechanics WHERE job_id = %(id)s")
_QUOTED = Statement(
    "UPDATE jobs_jobs SET quoted_at = now(), version = version + 1, updated_at = now() WHERE id = %(id)s"
)

_RENAME = Statement(
    "UPDATE jobs_jobs j SET customer_name = c.name FROM crm_customers c WHERE c.id = %(id)s"
    " AND c.tenant_id = j.tenant_id AND c.id = j.customer_id AND j.customer_name IS DISTINCT FROM c.name"
)

_LOOKED_UP = ("vehicle_id", "insurance_payer_id", "comeback_of_id")


def open_job(work: Work, values: dict[str, Any]) -> UUID:
    """Open a job, numbered, and return its id. Emits JobOpened.

    A vehicle that is another customer's is taken with a warning. Raises Invalid for a customer who is not there or
    deactivated, an insurer who is no company, mechanics who are not there, and a comeback of another vehicle;
    PaymentRequired beyond the limit ``jobs.per_month``.
    """
    limits.reserve(work, "jobs.per_month")
    mechanics = list(dict.fromkeys(values.pop("mechanic_ids", ())))
    found = _checked(work, values, mechanics)
    identity = uuid7()
    number = {"number": work.platform.sequences["jobs.job"]}
    values = {**values, **found, "prices_include_tax": work.workspace["prices_include_tax"]}
    work.queue(insert_row(Job, identity, values, number, work.began))
    if mechanics:
        work.queue(_MECHANICS(id=identity, mechanics=mechanics))
    work.emit(JobOpened(identity, values["customer_id"], values.get("vehicle_id")))
    return identity


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change fields of a job. Raises Conflict for one that is closed, and for its vehicle once that is taken in."""
    job = locked(work, identity)
    mechanics = changes.pop("mechanic_ids", None)
    if changes.get("vehicle_id", job["vehicle_id"]) != job["vehicle_id"] and job["status"] != "draft":
        raise Conflict("The vehicle has been taken in; open another job for another one.", reason="state")
    if "odometer_in" in changes and job["status"] != "draft" and changes["odometer_in"] != job["odometer_in"]:
        raise Conflict(
            "The odometer was read when the vehicle was taken in: read it anew at the vehicle.", reason="state"
        )
    if mechanics is not None or any(name in changes for name in _LOOKED_UP):
        mechanics = None if mechanics is None else list(dict.fromkeys(mechanics))
        changes |= _checked(work, {**job, **changes}, mechanics or [])
    if mechanics is not None:
        work.queue(_NO_MECHANICS(id=identity))
        if mechanics:
            work.queue(_MECHANICS(id=identity, mechanics=mechanics))
    work.queue(update_row(Job, identity, changes))


def locked(work: Work, identity: UUID, states: Sequence[str] | None = None) -> Row:
    """The job, its row locked until commit. Raises NotFound, and Conflict where it may not change any more.

    With ``states`` that is everywhere else.
    """
    (rows,) = work.write(LOCK(id=identity))
    return may_change(rows, identity, states)


def may_change(rows: Rows, identity: UUID, states: Sequence[str] | None = None) -> Row:
    """The job of the rows that ``LOCK`` or ``READ`` found. Raises as ``locked`` does."""
    if not rows:
        raise NotFound(f"Job {identity} does not exist")
    job = rows[0]
    status = job["status"]
    if status in CLOSED if states is None else status not in states:
        raise Conflict(f"Job {job['number']} is {_wrong(status, states)}.", reason="state", status=status)
    return job


def _wrong(status: str, states: Sequence[str] | None) -> str:
    """What a job is, and what it would have to be."""
    title = JOB.state(status).title
    if status in CLOSED or states is None:
        return title.lower()
    if status == "completed" and states == OPEN:
        return f"{title.lower()}, the vehicle has left: what is still to be done is for another job"
    return f"{title!r}; this takes one that is {' or '.join(repr(JOB.state(state).title) for state in states)}"


def customer_of(work: Work, identity: UUID) -> UUID:
    """Whose job it is. Raises NotFound."""
    (rows,) = work.read(_CUSTOMER(id=identity))
    if not rows:
        raise NotFound(f"Job {identity} does not exist")
    customer: UUID = rows[0]["customer_id"]
    return customer


def follow_name(work: Work, event: CustomerChanged) -> None:
    """Have the jobs of a customer who is called otherwise now be found by that name."""
    if "name" in event.fields:
        work.queue(_RENAME(id=event.customer_id))


def quotation_sent(work: Work, identity: UUID) -> None:
    """Note on a job that a quotation has gone out to its customer."""
    work.queue(_QUOTED(id=identity))


def _checked(work: Work, values: dict[str, Any], mechanics: list[UUID]) -> dict[str, Any]:
    """What goes with these values: the names to search by, and warnings. Raises Invalid."""
    ((facts,),) = work.write(
        _FACTS(
            customer=values["customer_id"],
            vehicle=values.get("vehicle_id"),
            insurer=values.get("insurance_payer_id"),
            earlier=values.get("comeback_of_id"),
            mechanics=mechanics,
        )
    )
    if problems := _problems(values, facts, mechanics):
        raise Invalid([{"field": field, "message": message} for field, message in problems])
    strange = facts["owner_id"] is not None and facts["owner_id"] != values["customer_id"]
    words = "This vehicle belongs to another customer"
    return {
        "customer_name": facts["customer_name"],
        "vehicle_name": facts["vehicle_name"] or None,
        "warnings": [{"field": "vehicle_id", "message": words}] if strange else [],
    }


def _problems(values: dict[str, Any], facts: Row, mechanics: list[UUID]) -> list[tuple[str, str]]:
    missing = "There is no such record."
    found = []
    if facts["customer_name"] is None:
        found.append(("customer_id", missing))
    elif facts["customer_status"] != "active":
        found.append(("customer_id", "This customer is deactivated"))
    if values.get("vehicle_id") is not None and facts["vehicle"] is None:
        found.append(("vehicle_id", missing))
    if values.get("insurance_payer_id") is not None and facts["insurer_kind"] != "company":
        found.append(("insurance_payer_id", "Must be a customer of kind company"))
    if facts["mechanics"] != len(mechanics):
        found.append(("mechanic_ids", "Somebody of these is no user, or disabled"))
    if values.get("comeback_of_id") is not None:
        if facts["earlier"] is None:
            found.append(("comeback_of_id", missing))
        elif facts["earlier_vehicle"] != values.get("vehicle_id"):
            found.append(("comeback_of_id", "That job was of another vehicle"))
    return found
