"""Many who decide on one line at the same moment: one of them does. And the same without what sees to that."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any
from uuid import UUID

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.workspaces import TestWorkspace
from plugins.jobs import decisions, jobs

from .quoting import FEE, LABOUR, PART, a_job, a_quotation, decide, sent

_ROWS = Statement(
    "SELECT (SELECT count(*) FROM jobs_quotation_decisions WHERE line_id = %(id)s) AS decisions,"
    " (SELECT count(*) FROM jobs_lines WHERE quotation_line_id = %(id)s) AS lines"
)
_CONSTRAINT = "uq_jobs_quotation_decisions_line_id"


def at_once(api: Api, quotation: dict[str, Any], line: str, count: int) -> list[int]:
    """Have the line approved by ``count`` at the same moment; returns the statuses of the answers."""
    barrier = Barrier(count)
    body = {"decisions": [{"line_id": line, "decision": "approved"}], "name": "R", "channel": "phone"}

    def attempt(_: int) -> int:
        barrier.wait(30)
        return int(api.post(f"/v1/jobs/quotations/{quotation['id']}/decisions", body, anything=True).status)

    with ThreadPoolExecutor(count) as pool:
        return list(pool.map(attempt, range(count)))


def rows_of(tenant: TestWorkspace, line: str) -> dict[str, int]:
    with tenant.work() as work:
        ((found,),) = work.read(_ROWS(id=UUID(line)))
    return dict(found)


def test_fifty_approvals_at_once_are_one_decision(api: Api, tenant: TestWorkspace) -> None:
    job = a_job(api)
    quotation = sent(api, a_quotation(api, LABOUR, job=job))
    line = quotation["lines"][0]["id"]
    answers = at_once(api, quotation, line, 50)
    assert sorted(answers) == [200] + [409] * 49
    assert rows_of(tenant, line) == {"decisions": 1, "lines": 1}
    records = api.get(f"/v1/jobs/quotations/{quotation['id']}/decisions").data
    assert len(records) == 1


def test_without_the_look_the_constraint_still_refuses(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    quotation = sent(api, a_quotation(api, LABOUR, FEE))
    decide(api, quotation, "approved")
    seen = decisions._look

    def blind(work: Any, identity: UUID) -> Any:
        found, lines, job = seen(work, identity)
        return found, [{**line, "decision": None} for line in lines], job

    monkeypatch.setattr(decisions, "_look", blind)
    refused = decide(api, quotation, "declined", expect=409)
    assert refused.error["details"] == {"reason": "duplicate", "fields": ["line_id"]}


@pytest.fixture
def no_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever decides looks at quotation and job without locking them, and all have looked before anybody writes."""
    looked = Barrier(2)
    seen = decisions._look

    def unlocked(work: Any, identity: UUID) -> Any:
        found = seen(work, identity)
        looked.wait(30)
        return found

    for place, name in ((decisions, "LOCK"), (jobs, "LOCK_OF_QUOTATION")):
        monkeypatch.setattr(place, name, Statement(getattr(place, name).sql.replace(" FOR UPDATE", "")))
    monkeypatch.setattr(decisions, "_look", unlocked)


@pytest.fixture
def no_constraint(database: Database) -> Iterator[None]:
    """One line may be decided on twice, for as long as the test runs."""
    with database.connect("postgres") as owner:
        owner.execute(f"ALTER TABLE jobs_quotation_decisions DROP CONSTRAINT {_CONSTRAINT}")
    yield
    with database.connect("postgres") as owner:
        owner.execute(
            "DELETE FROM jobs_quotation_decisions d USING jobs_quotation_decisions e"
            " WHERE d.tenant_id = e.tenant_id AND d.line_id = e.line_id AND d.id > e.id"
        )
        owner.execute(f"ALTER TABLE jobs_quotation_decisions ADD CONSTRAINT {_CONSTRAINT} UNIQUE (tenant_id, line_id)")


@pytest.mark.usefixtures("no_lock")
def test_without_the_lock_the_constraint_still_lets_one_through(api: Api, tenant: TestWorkspace) -> None:
    quotation = sent(api, a_quotation(api, LABOUR, PART, FEE))
    line = quotation["lines"][0]["id"]
    assert sorted(at_once(api, quotation, line, 2)) == [200, 409]
    assert rows_of(tenant, line) == {"decisions": 1, "lines": 1}


@pytest.mark.usefixtures("no_lock", "no_constraint")
def test_the_negative_control_without_lock_and_constraint_work_is_doubled(api: Api, tenant: TestWorkspace) -> None:
    """Of a quotation that is partly approved already: its lifecycle does not move, and so refuses nobody."""
    quotation = sent(api, a_quotation(api, LABOUR, PART, FEE))
    partly_approved(api, tenant, quotation)
    line = quotation["lines"][0]["id"]
    assert at_once(api, quotation, line, 2) == [200, 200]
    assert rows_of(tenant, line) == {"decisions": 2, "lines": 2}


def partly_approved(api: Api, tenant: TestWorkspace, quotation: dict[str, Any]) -> None:
    """Say so in the database alone: the barrier waits for two."""
    with tenant.work() as work:
        work.write(
            Statement("UPDATE jobs_quotations SET status = 'partially_approved' WHERE id = %(id)s")(id=quotation["id"])
        )
