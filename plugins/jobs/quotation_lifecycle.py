"""The life of a quotation: written, sent, decided on; or expired, or replaced by the next revision.

An amendment lives the same life. That it is approved follows from the decisions on its lines: the guards see to it that
nobody says so without them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import Guard, Lifecycle, State, Transition
from jemeti_platform.work import Work

from . import quotation_sending
from .contract import QuotationApproved, QuotationExpired, QuotationPartiallyApproved, QuotationRejected, QuotationSent
from .lifecycle import OPEN

__all__ = ["DECIDABLE", "QUOTATION", "REVISABLE"]

WRITE = "jobs.quotations:write"
DECIDE = "jobs.quotations:decide"

DECIDABLE = ("sent", "partially_approved")
"""States in which lines may be decided on that are not yet."""

REVISABLE = ("sent", "partially_approved", "rejected", "expired")
"""States in which the next revision may be made."""

Quotation = Mapping[str, Any]
Inputs = Mapping[str, Any]


def _has_lines(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    return bool(quotation["decided"][0]["lines"])


def _job_is_open(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    return quotation["job"][0]["status"] in OPEN


def _is_valid(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    return quotation["valid_until"] is None or quotation["valid_until"] >= work.today()


def _all_approved(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    found = quotation["decided"][0]
    return bool(found["approved"] == found["lines"])


def _some_approved(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    found = quotation["decided"][0]
    return bool(0 < found["approved"] < found["lines"])


def _all_declined(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    found = quotation["decided"][0]
    return bool(found["declined"] == found["lines"])


def _has_expired(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    return bool(quotation["job"][0]["late"])


def _is_revised(work: Work, quotation: Quotation, inputs: Inputs) -> bool:
    return bool(quotation["revised"][0]["revised"])


QUOTATION = Lifecycle(
    name="jobs.quotation",
    title="Quotation",
    states=(
        State("draft", "Draft"),
        State("sent", "Sent"),
        State("approved", "Approved"),
        State("partially_approved", "Partially approved"),
        State("rejected", "Rejected"),
        State("expired", "Expired"),
        State("superseded", "Superseded"),
    ),
    initial="draft",
    transitions=(
        Transition(
            "send",
            "draft",
            "sent",
            "Send to the customer",
            WRITE,
            guards=(
                Guard("has_lines", "The quotation needs a line", _has_lines),
                Guard("job_open", "The vehicle has left, or the job is cancelled", _job_is_open),
                Guard("valid", "The day until which it is valid is past; give another one", _is_valid),
            ),
            effect=quotation_sending.freeze,
            event=lambda quotation, inputs: QuotationSent(
                quotation["id"], quotation["job_id"], quotation["customer_id"], quotation["revision"]
            ),
        ),
        Transition(
            "approve",
            DECIDABLE,
            "approved",
            "Every line is approved",
            DECIDE,
            guards=(Guard("all_approved", "Every line must be approved: decide on the lines", _all_approved),),
            event=lambda quotation, inputs: QuotationApproved(quotation["id"], quotation["job_id"]),
        ),
        Transition(
            "approve_partly",
            "sent",
            "partially_approved",
            "Some lines are approved",
            DECIDE,
            guards=(Guard("some_approved", "Some lines must be approved: decide on the lines", _some_approved),),
            event=lambda quotation, inputs: QuotationPartiallyApproved(quotation["id"], quotation["job_id"]),
        ),
        Transition(
            "reject",
            "sent",
            "rejected",
            "Every line is declined",
            DECIDE,
            guards=(Guard("all_declined", "Every line must be declined: decide on the lines", _all_declined),),
            event=lambda quotation, inputs: QuotationRejected(quotation["id"], quotation["job_id"]),
        ),
        Transition(
            "expire",
            "sent",
            "expired",
            "Its time is over",
            WRITE,
            guards=(Guard("time_over", "It is still valid", _has_expired),),
            event=lambda quotation, inputs: QuotationExpired(
                quotation["id"], quotation["job_id"], quotation["customer_id"]
            ),
        ),
        Transition(
            "supersede",
            REVISABLE,
            "superseded",
            "Replaced by the next revision",
            WRITE,
            guards=(Guard("revised", "There is no later revision: revise it", _is_revised),),
        ),
    ),
    reads={
        "decided": Statement(
            "SELECT count(*) AS lines, count(*) FILTER (WHERE d.decision = 'approved') AS approved,"
            " count(*) FILTER (WHERE d.decision = 'declined') AS declined FROM jobs_quotation_lines l"
            " LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id"
            " WHERE l.quotation_id = %(id)s"
        ),
        "job": Statement(
            "SELECT j.status, q.expires_at <= now() AS late FROM jobs_quotations q"
            " JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id WHERE q.id = %(id)s"
        ),
        "revised": Statement("SELECT count(*) > 0 AS revised FROM jobs_quotations WHERE supersedes_id = %(id)s"),
    },
)
