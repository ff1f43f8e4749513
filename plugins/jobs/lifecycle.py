"""The life of a job, from the gate to the gate: one declared table of transitions."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import Guard, Lifecycle, State, Transition

from . import growth_figures, guards
from .charged import CHARGED_FOR
from .contract import JobApproved, JobCancelled, JobClosed, JobCompleted, JobTaken, WorkFinished, WorkStarted
from .invoiceable import NEW_LINES, NEW_PARTS, OPEN_LINES, OPEN_PARTS

__all__ = ["CLOSED", "JOB", "OPEN", "WORKED_ON"]

MOVE = "jobs.core:transition"
APPROVE = "jobs.core:approve"
DELIVER = "jobs.core:deliver"
CANCEL = "jobs.core:cancel"

CLOSED = ("closed", "cancelled")
"""States in which nothing of a job changes any more."""

OPEN = ("draft", "intake", "dvi", "quoted", "approved", "in_progress", "on_hold", "qc", "pending_delivery")
"""States in which the job is still to be done or handed over."""

WORKED_ON = ("approved", "in_progress", "on_hold", "qc")
"""States in which time may be clocked and parts issued."""

_BEFORE_DELIVERY = ("draft", "intake", "dvi", "quoted", "approved", "in_progress", "on_hold", "qc")

JOB = Lifecycle(
    name="jobs.job",
    title="Job",
    states=(
        State("draft", "Draft"),
        State("intake", "Taken in"),
        State("dvi", "Inspected"),
        State("quoted", "Quoted"),
        State("approved", "Approved"),
        State("in_progress", "In progress"),
        State("on_hold", "On hold"),
        State("qc", "Quality check"),
        State("pending_delivery", "Ready for delivery"),
        State("completed", "Delivered"),
        State("closed", "Closed"),
        State("cancelled", "Cancelled"),
    ),
    initial="draft",
    transitions=(
        Transition(
            "intake",
            "draft",
            "intake",
            "Take the vehicle in",
            MOVE,
            guards=(
                Guard("has_vehicle", "The job needs a vehicle", guards.has_vehicle),
                Guard("has_odometer", "The job needs what the odometer shows, odometer_in", guards.has_odometer),
                Guard(
                    "odometer_fits", "Less than before on the odometer needs a reason, odometer_reason", guards.in_fits
                ),
            ),
            effect=guards.read_odometer_in,
            event=lambda job, inputs: JobTaken(job["id"], job["vehicle_id"], job["odometer_in"]),
        ),
        Transition("inspect", "intake", "dvi", "Inspect", MOVE),
        Transition(
            "quote",
            ("intake", "dvi"),
            "quoted",
            "Quote",
            APPROVE,
            guards=(Guard("sent_quotation", "The job needs a quotation that has been sent", guards.has_quotation),),
        ),
        Transition(
            "approve",
            "quoted",
            "approved",
            "Approve",
            APPROVE,
            guards=(
                Guard(
                    "approval",
                    "The job needs an approved line, or an approval by word that is written down: who, and how",
                    guards.has_approval,
                ),
            ),
            event=lambda job, inputs: JobApproved(job["id"]),
        ),
        Transition(
            "start", "approved", "in_progress", "Start work", MOVE, event=lambda job, inputs: WorkStarted(job["id"])
        ),
        Transition("hold", "in_progress", "on_hold", "Put on hold", MOVE, needs_note=True, effect=guards.stop_timers),
        Transition("resume", "on_hold", "in_progress", "Go on", MOVE, event=lambda job, inputs: WorkStarted(job["id"])),
        Transition(
            "finish",
            "in_progress",
            "qc",
            "Finish, for the quality check",
            MOVE,
            guards=(
                Guard("growth_approved", "What was added must be approved", guards.growth_is_approved),
                Guard("lines_done", "All service lines must be done", guards.lines_are_done),
                Guard("timers_stopped", "All clocks must be stopped", guards.timers_are_stopped),
            ),
            effect=guards.begin_check,
            event=lambda job, inputs: WorkFinished(job["id"]),
        ),
        Transition(
            "rework",
            ("qc", "pending_delivery"),
            "in_progress",
            "Back to work",
            DELIVER,
            needs_note=True,
            event=lambda job, inputs: WorkStarted(job["id"]),
        ),
        Transition(
            "release",
            "qc",
            "pending_delivery",
            "Release for delivery",
            DELIVER,
            guards=(Guard("check_passed", "The quality check must be passed", guards.check_is_passed),),
        ),
        Transition(
            "deliver",
            "pending_delivery",
            "completed",
            "Hand over",
            DELIVER,
            guards=(
                Guard("lines_done", "All service lines must be done", guards.lines_are_done),
                Guard("check_passed", "The quality check must be passed", guards.check_is_passed),
                Guard("invoice_issued", "The job needs an issued invoice", guards.has_invoice),
                Guard("paid", "The invoice must be paid in full", guards.is_paid),
                Guard(
                    "odometer_fits", "Less than before on the odometer needs a reason, odometer_reason", guards.out_fits
                ),
            ),
            effect=guards.read_odometer_out,
            event=lambda job, inputs: JobCompleted(
                job["id"], job["customer_id"], job["vehicle_id"], job["odometer_out"]
            ),
        ),
        Transition(
            "close",
            "completed",
            "closed",
            "Close",
            DELIVER,
            guards=(
                Guard("lines_done", "All service lines must be done", guards.lines_are_done),
                Guard("all_invoiced", "All that was approved must be invoiced", guards.all_was_invoiced),
            ),
            event=lambda job, inputs: JobClosed(job["id"]),
        ),
        Transition(
            "cancel",
            _BEFORE_DELIVERY,
            "cancelled",
            "Cancel",
            CANCEL,
            needs_note=True,
            guards=(
                Guard("parts_returned", "Issued parts must be returned first", guards.parts_are_returned),
                Guard("taken_back", "What was invoiced must be taken back first", guards.invoices_are_taken_back),
            ),
            effect=guards.stop_timers,
            event=lambda job, inputs: JobCancelled(job["id"]),
        ),
    ),
    sub_state="sub_state_id",
    reads={
        "last_read": Statement(
            "SELECT v.odometer FROM jobs_jobs j"
            " JOIN crm_vehicles v ON v.tenant_id = j.tenant_id AND v.id = j.vehicle_id WHERE j.id = %(id)s"
        ),
        "work": Statement(
            "SELECT count(*) FILTER (WHERE l.status IN ('open', 'in_progress') AND l.approval = 'approved') AS open,"
            " count(*) FILTER (WHERE l.approval = 'approved') AS approved"
            " FROM jobs_lines l WHERE l.job_id = %(id)s"
        ),
        "parts": Statement(
            "SELECT count(*) FILTER (WHERE status = 'issued' AND product_id IS NOT NULL) AS issued,"
            " count(*) FILTER (WHERE approval = 'approved') AS approved FROM jobs_parts WHERE job_id = %(id)s"
        ),
        "approvals": Statement(
            "SELECT count(*) AS verbal FROM jobs_approvals WHERE job_id = %(id)s AND subject_type = 'job'"
        ),
        "checks": Statement(
            "SELECT count(*) AS all, count(*) FILTER (WHERE result = 'passed') AS passed,"
            " count(*) FILTER (WHERE result = 'failed') AS failed FROM jobs_checks WHERE job_id = %(id)s"
        ),
        "growth": growth_figures.READ,
        "asked_for": CHARGED_FOR,
        "uninvoiced": Statement(
            f"SELECT (SELECT coalesce(sum(l.total), 0) FROM jobs_lines l WHERE l.job_id = %(id)s AND {OPEN_LINES})"  # noqa: S608 (our own words)
            f" + (SELECT coalesce(sum(p.total), 0) FROM jobs_parts p WHERE p.job_id = %(id)s AND {OPEN_PARTS}) AS total"
            ", (SELECT coalesce(sum(l.total), 0) FROM jobs_lines l"
            f" WHERE l.job_id = %(id)s AND {OPEN_LINES} AND {NEW_LINES})"
            " + (SELECT coalesce(sum(p.total), 0) FROM jobs_parts p"
            f" WHERE p.job_id = %(id)s AND {OPEN_PARTS} AND {NEW_PARTS}) AS never"
        ),
        "timers": Statement("SELECT count(*) AS running FROM jobs_timers WHERE job_id = %(id)s AND stopped_at IS NULL"),
        "customer": Statement(
            "SELECT c.credit_limit FROM jobs_jobs j JOIN crm_customers c"
            " ON c.tenant_id = j.tenant_id AND c.id = j.customer_id WHERE j.id = %(id)s"
        ),
    },
)
