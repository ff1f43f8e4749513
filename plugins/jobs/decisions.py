"""Deciding on the lines of a quotation: once for each line, written down, and carried out in the job."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.json import to_json
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work

from . import approvals, jobs
from .approved_work import take_on
from .lifecycle import OPEN
from .models import DeclinedWork
from .quotation_lifecycle import DECIDABLE
from .quotation_models import QuotationDecision
from .quotations import LINES, LOCK, found

__all__ = ["content_hash", "content_text", "decide"]

_IS_LATE = Statement("SELECT clock_timestamp() >= expires_at AS late FROM jobs_quotations WHERE id = %(id)s")


def decide(
    work: Work,
    identity: UUID,
    decisions: Sequence[Mapping[str, Any]],
    *,
    name: str,
    channel: str,
    note: str | None = None,
) -> UUID:
    """Write down what ``name`` decided on lines of a sent quotation, and carry it out; returns the approval's id.

    What is approved becomes part of the job, what is declined is kept as declined work of the vehicle. Raises NotFound;
    Invalid for lines of another quotation; Conflict where the quotation is not open for decisions, has expired, where
    a line has been decided on, where work that was declined before has been taken up elsewhere (``taken_up``), and
    where the job is closed or cancelled; for approving anything, where the vehicle has left. Declining is still written
    down then: it comes back at the next visit.
    """
    quotation, lines, job = _look(work, identity)
    if any(one["decision"] == "approved" for one in decisions):
        jobs.may_change([job], job["id"], OPEN)
    chosen = _chosen(lines, decisions)
    approval = _record(work, quotation, chosen, name, channel, note)
    kept = _keep_declined(work, quotation, [line for line, decision in chosen if decision == "declined"])
    rows = [
        {
            "id": uuid7(),
            "quotation_id": identity,
            "line_id": line["id"],
            "approval_id": approval,
            "decision": decision,
            "declined_work_id": kept.get(line["id"]),
        }
        for line, decision in chosen
    ]
    work.queue(insert_rows(QuotationDecision, rows))
    take_on(work, job, [line for line, decision in chosen if decision == "approved"])
    work.defer(approvals.PRINT_CERTIFICATE, approval_id=approval)
    if action := _follows(quotation["status"], lines, {line["id"]: decision for line, decision in chosen}):
        move(work, "jobs.quotation", identity, action)
    return approval


def _look(work: Work, identity: UUID) -> tuple[Row, Rows, Row]:
    """Quotation, lines and job, the first and the last locked. Raises NotFound, and Conflict for what is not open."""
    quotations, late, lines, jobs_found = work.write(
        LOCK(id=identity), _IS_LATE(id=identity), LINES(id=identity), jobs.LOCK_OF_QUOTATION(id=identity)
    )
    quotation = found(quotations, identity)
    _refuse(quotation, late[0]["late"])
    return quotation, lines, jobs.may_change(jobs_found, quotation["job_id"])


def content_text(number: str, revision: int, currency: str, lines: Sequence[Mapping[str, Any]]) -> bytes:
    """What was decided on as JSON of which the approval record keeps the SHA-256; ``lines`` are its ``decisions``.

    Exact numbers are texts, keys are sorted, no blanks between: the same in whatever order it has been kept.
    """
    return to_json(approvals.content(number, revision, currency, lines))


def content_hash(number: str, revision: int, currency: str, lines: Sequence[Mapping[str, Any]]) -> str:
    """The SHA-256 of what was decided on, as the approval record keeps it."""
    return approvals.digest(approvals.content(number, revision, currency, lines))


def _refuse(quotation: Row, late: bool | None) -> None:  # noqa: FBT001 (what the clock says)
    status = quotation["status"]
    if status == "expired" or (status in DECIDABLE and late):
        raise Conflict(
            f"The quotation was valid until {quotation['valid_until']}: revise it.", reason="expired", status="expired"
        )
    if status not in DECIDABLE:
        words = status.replace("_", " ")
        raise Conflict(f"On a quotation that is {words} nothing is decided.", reason="state", status=status)


def _chosen(lines: Sequence[Row], decisions: Sequence[Mapping[str, Any]]) -> list[tuple[Row, str]]:
    known = {line["id"]: line for line in lines}
    problems, seen, decided = [], set(), []
    for place, one in enumerate(decisions):
        field = f"decisions.{place}.line_id"
        if one["line_id"] not in known:
            problems.append({"field": field, "message": "This is no line of the quotation"})
        elif one["line_id"] in seen:
            problems.append({"field": field, "message": "This line is decided on twice"})
        elif known[one["line_id"]]["decision"] is not None:
            decided.append(one["line_id"])
        seen.add(one["line_id"])
    if problems:
        raise Invalid(problems)  # type: ignore[arg-type]
    if decided:
        raise Conflict("These lines have been decided on.", reason="decided", lines=decided)
    return [(known[one["line_id"]], one["decision"]) for one in decisions]


def _record(
    work: Work, quotation: Row, chosen: Sequence[tuple[Row, str]], name: str, channel: str, note: str | None
) -> UUID:
    lines = approvals.decided(chosen)
    return approvals.write(
        work,
        quotation["job_id"],
        subject=(quotation["kind"], quotation["id"], quotation["revision"]),
        content=approvals.content(quotation["number"], quotation["revision"], quotation["currency"], lines),
        decisions=lines,
        name=name,
        channel=channel,
        note=note,
    )


def _keep_declined(work: Work, quotation: Row, lines: Sequence[Row]) -> dict[UUID, UUID]:
    """Keep lines as declined work of the vehicle; returns its ids by those of the lines."""
    if quotation["vehicle_id"] is None:
        return {}
    names = ("kind", "description", "service_id", "product_id", "quantity", "unit_price")
    new = [line for line in lines if line["declined_work_id"] is None]  # what was declined before is still kept
    kept = {line["id"]: uuid7() for line in new}
    rows = [
        {
            "id": kept[line["id"]],
            "vehicle_id": quotation["vehicle_id"],
            "customer_id": quotation["customer_id"],
            "job_id": quotation["job_id"],
            **{name: line[name] for name in names},
            "reason": line["note"],
        }
        for line in new
    ]
    if rows:
        work.queue(insert_rows(DeclinedWork, rows))
    return kept


def _follows(status: str, lines: Sequence[Row], chosen: Mapping[UUID, str]) -> str | None:
    """The action by which the quotation moves on; None where it stays what it is."""
    now = [chosen.get(line["id"], line["decision"]) for line in lines]
    if all(decision == "approved" for decision in now):
        return "approve"
    if status == "sent" and "approved" in now:
        return "approve_partly"
    if all(decision == "declined" for decision in now):
        return "reject"
    return None
