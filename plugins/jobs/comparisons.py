"""Filters of jobs as a workshop asks: whose they are, which are late, what was promised for today, where a plate is."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Boolean, Date, Text, Uuid, bindparam, exists, text
from sqlalchemy.dialects.postgresql import ARRAY

from jemeti_platform.rest.filters import Comparison, Several
from jemeti_platform.types import Context, Day, Refused, Strict, StrictBool
from jemeti_platform.types import Text as TextInput
from jemeti_platform.types import Uuid as UuidInput
from plugins.crm.contract import PLATE_KEYS

from .lifecycle import OPEN
from .models import Job, JobMechanic

__all__ = ["COMPARISONS"]

_JOB = Job.__table__
_HANDS = JobMechanic.__table__
_TODAY = "today"
_OPEN = f"jobs_jobs.status IN ({', '.join(repr(state) for state in OPEN)})"
# As moments, so that the index on them serves.
_DAY = "coalesce(CAST(:f_promised_on AS date), CAST(now() AT TIME ZONE w.timezone AS date))"
_BEGINS = f"SELECT CAST({_DAY} AS timestamp) AT TIME ZONE w.timezone FROM workspaces w"  # noqa: S608 (our own words)
_ENDS = f"SELECT CAST({_DAY} + 1 AS timestamp) AT TIME ZONE w.timezone FROM workspaces w"  # noqa: S608
_THAT_DAY = f"jobs_jobs.promised_at >= ({_BEGINS}) AND jobs_jobs.promised_at < ({_ENDS})"


class _DayOrToday(Strict):
    """A day of the workspace's calendar; ``today`` is None, the database knows when that is."""

    _day = Day()

    def read(self, value: Any, context: Context) -> date | None:
        if value == _TODAY:
            return None
        try:
            found: date = self._day.read(value, context)
        except Refused as refused:
            raise Refused(f"{refused}, or {_TODAY}") from None
        return found

    def describe(self) -> dict[str, Any]:
        return {"anyOf": [self._day.describe(), {"type": "string", "enum": [_TODAY]}]}


COMPARISONS = (
    Comparison(
        "mechanic_id",
        Several(UuidInput()),
        exists().where(
            _HANDS.c.job_id == _JOB.c.id,
            _HANDS.c.user_id == bindparam("f_mechanic_id", type_=ARRAY(Uuid)).any_(),
        ),
        "Only jobs that one of these mechanics works on",
    ),
    Comparison(
        "plate",
        Several(TextInput(max=40)),
        text(
            "EXISTS (SELECT FROM crm_vehicles v WHERE v.tenant_id = jobs_jobs.tenant_id AND v.id = jobs_jobs.vehicle_id"
            f" AND v.plate_key = ANY(ARRAY({PLATE_KEYS})))"
        ).bindparams(bindparam("f_plate", type_=ARRAY(Text))),  # type: ignore[arg-type]  # a condition all the same
        "Only jobs of vehicles with one of these plates, however they are spelt",
    ),
    Comparison(
        "promised_on",
        _DayOrToday(),
        text(_THAT_DAY).bindparams(bindparam("f_promised_on", type_=Date)),  # type: ignore[arg-type]
        "Only jobs promised for this day of the workspace's calendar, or for today",
    ),
    Comparison(
        "is_open",
        StrictBool(),
        text(f"({_OPEN}) = :f_is_open").bindparams(bindparam("f_is_open", type_=Boolean)),  # type: ignore[arg-type]
        "Only jobs that are still to be done or handed over, or only the others",
    ),
    Comparison(
        "is_late",
        StrictBool(),
        text(f"({_OPEN} AND coalesce(jobs_jobs.promised_at < now(), false)) = :f_is_late").bindparams(  # type: ignore[arg-type]
            bindparam("f_is_late", type_=Boolean)
        ),
        "Only jobs that are open and later than promised, or only the others",
    ),
)
