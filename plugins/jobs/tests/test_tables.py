"""What the tables of jobs promise by themselves, whoever writes into them."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.making import Maker
from jemeti_platform.testing.rows import make_row
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.jobs.models import JobLine, JobPart, Timer


@pytest.mark.parametrize(
    ("model", "values", "rule"),
    [
        (JobPart, {"customer_supplied": True, "unit_price": 1}, "supplied_is_free"),
        (JobLine, {"sublet_vendor": "Painter & Sons"}, "sublet_is_of_sublet"),
        (JobLine, {"discount_percent": 10, "discount_amount": 1}, "one_discount"),
    ],
)
def test_contradictions_are_refused(
    api: Api, tenant: TestWorkspace, model: Any, values: dict[str, Any], rule: str
) -> None:
    job = Maker(api).id_of("jobs_jobs")
    with pytest.raises(Exception, match=rule), tenant.work() as work:
        work.write(insert_row(model, uuid7(), {"job_id": job, "description": "Something", **values}))


def test_a_mechanics_second_clock_cannot_run(api: Api, tenant: TestWorkspace) -> None:
    first = make_row(Maker(api), Timer.__table__)
    again = {name: first[name] for name in ("job_id", "line_id", "mechanic_id")}
    with pytest.raises(Exception, match="uq_jobs_timers_running"), tenant.work() as work:
        work.write(insert_row(Timer, uuid7(), again))
