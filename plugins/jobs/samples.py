"""What the isolation sweep looks for in every table: a quotation that is decided on; a small job, approved, invoiced,
paid and partly taken back."""

from __future__ import annotations

from decimal import Decimal

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work
from plugins.billing.contract import CreditNotes, PaymentReceipt, Payments, Settlement

from . import approvals, invoicing, jobs, totals
from .decisions import decide
from .models import JobLine
from .quotation_models import Quotation

__all__ = ["decide_on_a_quotation", "invoice_a_job"]

_JOB = Statement("SELECT id FROM jobs_jobs WHERE status NOT IN ('closed', 'cancelled') ORDER BY id DESC LIMIT 1")
_ACCOUNT = Statement("SELECT id FROM billing_payment_accounts WHERE status = 'active' ORDER BY position, id LIMIT 1")

_DRAFT = Statement(
    "SELECT q.id, l.id AS line_id FROM jobs_quotations q"
    " JOIN jobs_quotation_lines l ON l.tenant_id = q.tenant_id AND l.quotation_id = q.id"
    " JOIN jobs_jobs j ON j.tenant_id = q.tenant_id AND j.id = q.job_id"
    " WHERE q.status = 'draft' AND j.status NOT IN ('closed', 'cancelled') ORDER BY q.id, l.position LIMIT 1"
)


def decide_on_a_quotation(work: Work) -> None:
    """Send the first draft of the workspace, for today, and have a line of it approved."""
    ((draft,),) = work.write(_DRAFT())
    work.queue(update_row(Quotation, draft["id"], {"valid_until": work.today()}))
    move(work, "jobs.quotation", draft["id"], "send")
    decide(
        work,
        draft["id"],
        [{"line_id": draft["line_id"], "decision": "approved"}],
        name="The owner",
        channel="in_person",
    )


def invoice_a_job(work: Work) -> None:
    """Write a row into every table of what is invoiced of jobs, for the latest job of the workspace, and settle it."""
    (row,), (account,) = work.write(_JOB(), _ACCOUNT())
    job = jobs.locked(work, row["id"])
    line = {"job_id": job["id"], "description": "Periodic service", "unit_price": Decimal(100)}
    work.queue(insert_row(JobLine, uuid7(), line))
    totals.reckon(work, job)
    wish = {"name": "The owner", "channel": "in_person", "note": None, "line_ids": None, "part_ids": None}
    approvals.record(work, job["id"], wish)
    named = dict.fromkeys(("line_ids", "part_ids", "reference", "notes"))
    (made, *_) = invoicing.invoice(work, job["id"], {**named, "due_in_days": 0, "use_credit": False})
    payments, notes = work.port(Payments), work.port(CreditNotes)  # type: ignore[type-abstract]  # that is what a port is
    assert payments is not None  # billing is required
    assert notes is not None
    receipt = PaymentReceipt(
        account["id"],
        Decimal(500),
        [Settlement(made)],
        customer_id=job["customer_id"],
        source_type=invoicing.SOURCE,
        source_id=job["id"],
    )
    payments.record(receipt)
    notes.issue(made, "Not done")
