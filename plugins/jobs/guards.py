"""What must hold before a job moves, and what moving it brings about."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.work import Work
from plugins.billing.contract import JobBalance, JobBalances
from plugins.crm.contract import Odometers, VehicleHistory

from .contract import TimerStopped
from .growth_figures import growth_of

__all__ = [
    "all_was_invoiced",
    "begin_check",
    "check_is_passed",
    "growth_is_approved",
    "has_approval",
    "has_invoice",
    "has_odometer",
    "has_quotation",
    "has_vehicle",
    "in_fits",
    "invoices_are_taken_back",
    "is_paid",
    "lines_are_done",
    "out_fits",
    "parts_are_returned",
    "read_odometer_in",
    "read_odometer_out",
    "stop_timers",
    "timers_are_stopped",
]

Job = Mapping[str, Any]
Inputs = Mapping[str, Any]

CHECKS = ("The work agrees with what was approved", "Test drive", "Clean, no new damage, nothing left behind")
"""What is checked of a job that has no list of its own when its work is finished."""

_STOP = Statement(
    "UPDATE jobs_timers SET stopped_at = clock_timestamp(), version = version + 1, updated_at = now()"
    " WHERE job_id = %(id)s AND stopped_at IS NULL RETURNING id, line_id, mechanic_id,"
    " floor(extract(epoch FROM stopped_at - started_at))::int AS seconds"
)
# What was checked before counts for the work of before.
_RENEW = Statement(
    "UPDATE jobs_checks SET result = NULL, note = NULL, checked_by = NULL, checked_at = NULL,"
    " version = version + 1, updated_at = now() WHERE job_id = %(id)s AND result IS NOT NULL"
)
_ADD = Statement(
    "INSERT INTO jobs_checks (id, job_id, position, title) SELECT %(check)s, %(id)s, %(position)s, %(title)s"
    " WHERE %(none)s"
)


def has_vehicle(work: Work, job: Job, inputs: Inputs) -> bool:
    return job["vehicle_id"] is not None


def has_odometer(work: Work, job: Job, inputs: Inputs) -> bool:
    return job["odometer_in"] is not None


def in_fits(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether it came with no less on its odometer than was read last, or somebody has said why."""
    return _fits(job, "odometer_in")


def out_fits(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """The same of what it leaves with."""
    return _fits(job, "odometer_out")


def _fits(job: Job, field: str) -> bool | str:
    km, last = job[field], job["last_read"][0]["odometer"] if job["last_read"] else None
    if km is None or last is None or km >= last or job["odometer_reason"]:
        return True
    return f"{field} is {km} km, less than the {last} km of the reading before: correct it, or say why, odometer_reason"


def has_quotation(work: Work, job: Job, inputs: Inputs) -> bool:
    return job["quoted_at"] is not None


def has_approval(work: Work, job: Job, inputs: Inputs) -> bool:
    return bool(job["work"][0]["approved"] or job["parts"][0]["approved"] or job["approvals"][0]["verbal"])


def lines_are_done(work: Work, job: Job, inputs: Inputs) -> bool | str:
    count = job["work"][0]["open"]
    return not count or f"{count} of the service lines {'is' if count == 1 else 'are'} not done"


def timers_are_stopped(work: Work, job: Job, inputs: Inputs) -> bool:
    return not job["timers"][0]["running"]


def check_is_passed(work: Work, job: Job, inputs: Inputs) -> bool | str:
    found = job["checks"][0]
    if found["failed"]:
        return f"Of the quality check {found['failed']} of {found['all']} points failed"
    if found["passed"] < found["all"]:
        return f"Of the quality check {found['all'] - found['passed']} of {found['all']} points are open"
    return bool(found["all"])


def has_invoice(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether it is invoiced, and all of it that was approved."""
    balance = _balance(work, job)
    if balance is None or not balance.issued:
        return False
    left = job["uninvoiced"][0]["total"]
    return not left or f"Of what was approved {left:f} is not invoiced yet"


def all_was_invoiced(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether all that was approved was invoiced once; what was taken back since need not be asked for again."""
    never = job["uninvoiced"][0]["never"]
    return not never or f"Of what was approved {never:f} was never invoiced"


def is_paid(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether everything is paid, or may be owed: by the user's permission, within the customer's credit limit."""
    balance = _balance(work, job)
    if balance is None or balance.balance <= 0:
        return True
    owed = f"{balance.balance:f} of the invoice is not paid"
    if not work.may("jobs.core:deliver_on_credit"):
        return f"{owed}, and your role may not deliver on credit"
    limit = job["customer"][0]["credit_limit"]
    if limit is None:
        return f"{owed}, and the customer has no credit limit"
    if balance.outstanding > limit:
        return f"{owed}; with it the customer owes {balance.outstanding:f}, the credit limit is {limit:f}"
    return True


def parts_are_returned(work: Work, job: Job, inputs: Inputs) -> bool:
    return not job["parts"][0]["issued"]


def invoices_are_taken_back(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether no invoice asks for work of the job any more: nobody would be told that it is not to be paid."""
    numbers = [row["number"] for row in job["asked_for"]]
    return not numbers or f"Its work stands on {' and '.join(numbers)}: take it back there with a credit note first"


def stop_timers(work: Work, job: Job, inputs: Inputs) -> None:
    """Stop every clock that runs on the job. Emits TimerStopped."""
    if job["timers"][0]["running"]:
        (stopped,) = work.write(_STOP(id=job["id"]))
        for row in stopped:
            work.emit(TimerStopped(row["id"], job["id"], row["line_id"], row["mechanic_id"], row["seconds"]))


def growth_is_approved(work: Work, job: Job, inputs: Inputs) -> bool | str:
    """Whether all work that was begun is approved, or within the workspace's tolerance."""
    growth = growth_of(job["growth"][0])
    return not growth.begun or growth.fits(growth.begun) or growth.words(growth.begun)


def begin_check(work: Work, job: Job, inputs: Inputs) -> None:
    """Have everything checked anew; where the job has no list, make the usual one."""
    none = not job["checks"][0]["all"]
    titles = enumerate(CHECKS if none else ())
    work.queue(
        _RENEW(id=job["id"]),
        *(_ADD(check=uuid7(), id=job["id"], position=place, title=title, none=none) for place, title in titles),
    )


def _balance(work: Work, job: Job) -> JobBalance | None:
    if job["status"] != "pending_delivery":
        return None
    port = work.port(JobBalances)  # type: ignore[type-abstract]  # that is what a port is
    return None if port is None else port.of(job["id"], job["customer_id"])


def read_odometer_in(work: Work, job: Job, inputs: Inputs) -> None:
    """Tell the vehicle what its odometer showed when it came, and its history that it did."""
    history = work.port(VehicleHistory)  # type: ignore[type-abstract]  # that is what a port is
    if history is not None:
        said = " ".join((job["concern"] or "").split())
        title = f"{job['number']}: {said}" if said else job["number"]
        history.note(job["vehicle_id"], "visited", subject_type="jobs.job", subject_id=job["id"], title=title[:200])
    _read(work, job, job["odometer_in"])


def read_odometer_out(work: Work, job: Job, inputs: Inputs) -> None:
    """Tell the vehicle what its odometer showed when it left, where that was written down."""
    _read(work, job, job["odometer_out"])


def _read(work: Work, job: Job, km: int | None) -> None:
    odometers = work.port(Odometers)  # type: ignore[type-abstract]  # that is what a port is
    if km is not None and odometers is not None:
        odometers.record(job["vehicle_id"], km, reason=job["odometer_reason"], field="odometer_reason")
