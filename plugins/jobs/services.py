"""What has a verb in its name or looks at several tables: clocks, approvals, timeline, board, gate passes."""

from __future__ import annotations

from typing import Any

from pyramid.response import Response

from jemeti_platform.documents import PDF, issued_pdf
from jemeti_platform.rest.answer import Answer
from jemeti_platform.rest.paged import PageQuery, answer_of
from jemeti_platform.rest.request import path_id
from jemeti_platform.rest.service import Service

from . import approvals, board, gate_passes, lines, profit, timeline, timers
from .answers import APPROVAL, BOARD, GATE_PASS, HAPPENED, PROFIT, TIMER
from .belongings import LINES, PARTS
from .resources import JOBS
from .schemas import GatePassSchema, TimerSchema, VerbalApprovalSchema

__all__ = ["ALL"]

CORE = "jobs.core"
_LINE, _PART = "/jobs/{id}/lines/{line_id}", "/jobs/{id}/parts/{part_id}"

started = Service("jobs.timers.start", f"{_LINE}/timer/start", CORE, "A clock starts", tag="jobs.lines")
stopped = Service("jobs.timers.stop", f"{_LINE}/timer/stop", CORE, "A clock is stopped", tag="jobs.lines")
clocked = Service("jobs.timers", "/jobs/{id}/timers", CORE, "Who worked when on what", tag="jobs.jobs")
issued = Service("jobs.parts.issue", f"{_PART}/issue", CORE, "A part is taken", tag="jobs.parts")
returned = Service("jobs.parts.return", f"{_PART}/return", CORE, "A part is returned", tag="jobs.parts")
agreed = Service("jobs.approvals", "/jobs/{id}/approvals", CORE, "What was decided, by whom, how", tag="jobs.jobs")
past = Service("jobs.timeline", "/jobs/{id}/timeline", CORE, "What happened", tag="jobs.jobs")
floor = Service("jobs.board", "/jobs/board", CORE, "Every open job, by state and bay", tag="jobs.jobs")
earned = Service("jobs.profit", "/jobs/{id}/profit", CORE, "What it earns and costs", tag="jobs.jobs")
passes = Service("jobs.gate_passes", "/jobs/{id}/gate-passes", CORE, "The vehicle may leave", tag="jobs.jobs")
gate_pass = Service(
    "jobs.gate_pass", "/jobs/{id}/gate-passes/{gate_pass_id}.pdf", CORE, "One on paper", tag="jobs.jobs"
)

ALL = (started, stopped, clocked, issued, returned, agreed, past, floor, earned, passes, gate_pass)


@started.post(permission="jobs.core:work", body=TimerSchema, answer=LINES.resource.answer_schema, errors=(404, 409))
def start_timer(request: Any) -> Answer:
    """Start a clock on a line: one's own, or for the office anybody's; of each mechanic one runs."""
    job_id, line_id = path_id(request), path_id(request, "line_id")
    timers.start(request.work, job_id, line_id, request.validated["mechanic_id"])
    return LINES.resource.present(request.work, line_id)


@stopped.post(permission="jobs.core:work", body=TimerSchema, answer=LINES.resource.answer_schema, errors=(404, 409))
def stop_timer(request: Any) -> Answer:
    """Stop a clock on a line; the time counts for the line."""
    job_id, line_id = path_id(request), path_id(request, "line_id")
    timers.stop(request.work, job_id, line_id, request.validated["mechanic_id"])
    return LINES.resource.present(request.work, line_id)


@clocked.get(permission="jobs.core:read", query=PageQuery, answer=TIMER, many=True, errors=(404,))
def list_timers(request: Any) -> Answer:
    """Who worked when on which line of this job, the latest first."""
    query = request.query
    return answer_of(query, timers.timers(request.work, path_id(request), query["page"], query["per_page"]))


@issued.post(permission="jobs.core:work", answer=PARTS.resource.answer_schema, errors=(404, 409))
def issue_part(request: Any) -> Answer:
    """Issue an approved part to the job; a product is taken out of stock at its average cost."""
    lines.issue(request.work, path_id(request), path_id(request, "part_id"))
    return PARTS.resource.present(request.work, path_id(request, "part_id"))


@returned.post(permission="jobs.core:work", answer=PARTS.resource.answer_schema, errors=(404, 409))
def return_part(request: Any) -> Answer:
    """Return an issued part; a product goes back into stock at the cost at which it was taken."""
    lines.give_back(request.work, path_id(request), path_id(request, "part_id"))
    return PARTS.resource.present(request.work, path_id(request, "part_id"))


@agreed.get(permission="jobs.core:read", query=PageQuery, answer=APPROVAL, many=True, errors=(404,))
def list_approvals(request: Any) -> Answer:
    """Every decision on this job: what exactly, by whom, through which channel, when."""
    query = request.query
    return answer_of(query, approvals.approvals(request.work, path_id(request), query["page"], query["per_page"]))


@agreed.post(
    permission="jobs.core:approve", body=VerbalApprovalSchema, answer=JOBS.answer_schema, status=201, errors=(404, 409)
)
def record_approval(request: Any) -> Answer:
    """Write down what the customer has approved by word; answers the job."""
    job_id = path_id(request)
    approvals.record(request.work, job_id, request.validated)
    answer = JOBS.present(request.work, job_id)
    answer.status, answer.location = 201, f"/v1/jobs/{job_id}/approvals"
    return answer


@past.get(permission="jobs.core:read", query=PageQuery, answer=HAPPENED, many=True, errors=(404,))
def job_timeline(request: Any) -> Answer:
    """What has happened to this job, newest first."""
    query = request.query
    return answer_of(query, timeline.timeline(request.work, path_id(request), query["page"], query["per_page"]))


@floor.get(permission="jobs.core:read", answer=BOARD)
def show_board(request: Any) -> dict[str, Any]:
    """The board: open jobs by state, the most urgent first, and the bays with who stands in them."""
    return board.board(request.work)


@earned.get(permission="jobs.core:profit", answer=PROFIT, errors=(404,))
def show_profit(request: Any) -> dict[str, Any]:
    """Revenue, costs and margin of the job's approved work, and how much of the costs is not known."""
    return profit.profit(request.work, path_id(request))


@passes.get(permission="jobs.core:read", query=PageQuery, answer=GATE_PASS, many=True, errors=(404,))
def list_gate_passes(request: Any) -> Answer:
    """The gate passes of this job, the latest first."""
    query = request.query
    return answer_of(query, gate_passes.gate_passes(request.work, path_id(request), query["page"], query["per_page"]))


@passes.post(permission="jobs.core:deliver", body=GatePassSchema, answer=GATE_PASS, status=201, errors=(404, 409))
def issue_gate_pass(request: Any) -> Answer:
    """Issue a numbered gate pass for a vehicle that has been handed over, or whose job was cancelled."""
    job_id = path_id(request)
    made = gate_passes.write(request.work, job_id, request.validated)
    return Answer(made, status=201, location=f"/v1/jobs/{job_id}/gate-passes")


@gate_pass.get(permission="jobs.core:read", media_types=(PDF,), errors=(304, 404))
def show_gate_pass(request: Any) -> Response:
    """The gate pass as it was issued, byte for byte."""
    document = gate_passes.document_of(request.work, path_id(request), path_id(request, "gate_pass_id"))
    return issued_pdf(request, document)
