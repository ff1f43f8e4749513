"""Invoicing a job: what is approved and not invoiced yet, to the customer, or to the customer and the insurer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.rows import insert_row
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.documents.writing import hand_of
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.money import Currency
from jemeti_platform.work import Work
from plugins.billing.contract import CreditNoteIssued, InvoicedVehicle, InvoiceIssue, Invoices, Payments, priced_again

from . import growth, growth_figures, jobs
from .invoiceable import LEFT_LINES, OPEN_PARTS
from .invoicing_items import Document, Documents, documents
from .invoicing_models import InvoicedWork, Invoicing
from .invoicing_schemas import InvoiceJobSchema
from .lifecycle import OPEN

__all__ = ["SOURCE", "free", "invoice", "preview"]

SOURCE = "jobs.job"
"""The ``source_type`` of the invoices of jobs."""

_FIELDS = (
    "description, quantity, unit_price, insurance_percent, amount, discount, taxable, tax, taxes, position, created_at"
)
_NOTHING_SAID: Mapping[str, Any] = InvoiceJobSchema().deserialize({})
_WORK = Statement(
    f"SELECT id, kind, NULL AS detail, {_FIELDS} FROM jobs_lines l WHERE job_id = %(id)s"  # noqa: S608 (our own words)
    f" AND (l.approval = 'approved' OR l.id = ANY(%(accepted)s::uuid[])) AND {LEFT_LINES}"
    f" UNION ALL SELECT id, 'part', CASE WHEN customer_supplied THEN 'Supplied by the customer' ELSE part_number END,"
    f" {_FIELDS} FROM jobs_parts p WHERE job_id = %(id)s AND {OPEN_PARTS}"
)
_BEFORE = Statement(
    "SELECT coalesce(sum(covered), 0) AS covered, coalesce(sum(insured), 0) AS insured FROM jobs_invoicings"
    " WHERE job_id = %(id)s AND freed_at IS NULL"
)
_VEHICLE = Statement(
    "SELECT v.plate, v.vin, coalesce(j.odometer_out, j.odometer_in) AS odometer,"
    " nullif(concat_ws(' ', v.make, v.model, v.year), '') AS description"
    " FROM jobs_jobs j JOIN crm_vehicles v ON v.tenant_id = j.tenant_id AND v.id = j.vehicle_id WHERE j.id = %(id)s"
)
# The row is locked before the invoices are looked at, so that of two that are taken back at once the later sees both.
_LOCK = Statement(
    "SELECT id FROM jobs_invoicings WHERE (invoice_id = %(invoice)s OR insurer_invoice_id = %(invoice)s)"
    " AND freed_at IS NULL FOR UPDATE"
)
_TAKEN_BACK = Statement(
    "UPDATE jobs_invoicings i SET freed_at = now() WHERE i.id = %(id)s AND NOT EXISTS (SELECT FROM billing_invoices b"
    " WHERE b.tenant_id = i.tenant_id AND b.id IN (i.invoice_id, i.insurer_invoice_id) AND b.credited < b.total)"
)
_FREE = Statement(
    "UPDATE jobs_invoiced_work w SET freed_at = i.freed_at FROM jobs_invoicings i WHERE i.tenant_id = w.tenant_id"
    " AND i.id = w.invoicing_id AND i.id = %(id)s AND i.freed_at IS NOT NULL"
)


def invoice(work: Work, job_id: UUID, wish: Mapping[str, Any]) -> list[UUID]:
    """Invoice approved work of a job that is not invoiced yet, at what it was approved at; returns the invoices' ids.

    Without ``line_ids`` and ``part_ids`` it is all of it. Where an insurance pays there are two, which together are
    exactly what was approved, line by line: the insurer's of what is covered less the deductible, up to the limit,
    each of which counts once for the job however often it is invoiced; and the customer's of the rest. An invoice of
    nothing is left out. Begun work that was not approved counts within the tolerance; beyond it, it is a Conflict
    (``growth``). Once the vehicle has left it does not count, for nobody approves work any more. Raises NotFound;
    Conflict for a job that is closed and where nothing is left to invoice;
    Invalid for ids that are not such work. Emits InvoiceIssued.
    """
    job = jobs.locked(work, job_id)
    found, (before,), vehicles, (grown,) = work.write(*_asked(job_id))
    everything = wish["line_ids"] is None and wish["part_ids"] is None
    if everything and job["status"] in OPEN and growth.accept_begun(work, job, growth_figures.growth_of(grown)):
        (found,) = work.write(_WORK(id=job_id, accepted=[]))
    rows = _chosen(found, wish)
    made, wishes = _made(work, job, rows, before, vehicles, wish)
    port = _invoices(work)
    issued = {payer: port.issue(one).id for payer, one in wishes.items()}
    invoicing = uuid7()
    values = {
        "job_id": job_id,
        "invoice_id": issued.get("customer"),
        "insurer_invoice_id": issued.get("insurance"),
        "covered": made.covered,
        "insured": made.insured,
    }
    done = [
        {
            "id": uuid7(),
            "invoicing_id": invoicing,
            "line_id": None if row["kind"] == "part" else row["id"],
            "part_id": row["id"] if row["kind"] == "part" else None,
        }
        for row in rows
    ]
    work.queue(insert_row(Invoicing, invoicing, values), insert_rows(InvoicedWork, done))
    if wish["use_credit"]:
        payments = work.port(Payments)  # type: ignore[type-abstract]  # that is what a port is
        assert payments is not None  # billing is required
        for identity in sorted(issued.values()):
            payments.use_credit(identity)
    return list(issued.values())


def preview(work: Work, job_id: UUID) -> list[InvoiceIssue]:
    """What ``invoice`` would issue now of all that is not invoiced yet, in the same order; nothing is written.

    Begun work within the tolerance is in it, and accepted by nobody. Raises as ``invoice`` does.
    """
    jobs_found, found, (before,), vehicles, (grown,) = work.read(jobs.READ(id=job_id), *_asked(job_id))
    job = jobs.may_change(jobs_found, job_id)
    if job["status"] in OPEN and (accepted := growth.acceptable(growth_figures.growth_of(grown))):
        (found,) = work.read(_WORK(id=job_id, accepted=accepted))
    _, wishes = _made(work, job, _chosen(found, _NOTHING_SAID), before, vehicles, _NOTHING_SAID)
    return list(wishes.values())


def free(work: Work, event: CreditNoteIssued) -> None:
    """Have work that was invoiced be invoiced again when everything it was invoiced with has been taken back in full.

    A credit note of a part of it frees nothing: what was let off is not to be asked for again by the next invoice.
    """
    (found,) = work.write(_LOCK(invoice=event.invoice_id))
    for row in found:
        work.queue(_TAKEN_BACK(id=row["id"]), _FREE(id=row["id"]))


def _asked(job_id: UUID) -> list[Bound]:
    """All that is asked of the database to invoice a job, beside the job itself."""
    return [
        _WORK(id=job_id, accepted=[]),
        _BEFORE(id=job_id),
        _VEHICLE(id=job_id),
        growth_figures.READ(id=job_id),
    ]


def _made(
    work: Work, job: Row, rows: Sequence[Row], before: Row, vehicles: Rows, wish: Mapping[str, Any]
) -> tuple[Documents, dict[str, InvoiceIssue]]:
    """The invoices of this work, and what is to be issued to each payer. Raises Conflict where there is none."""
    if not rows:
        raise Conflict("Nothing that is approved of this job is left to invoice.", reason="nothing_to_invoice")
    currency = Currency.kept(work.workspace["currency"])
    taxes, priced = priced_again(currency, rows)
    made = documents(currency, hand_of(work.workspace), job, rows, taxes, priced, before)
    vehicle = InvoicedVehicle(**vehicles[0]) if vehicles else None
    return made, {one.payer: _wish(work, job, vehicle, one, wish) for one in made.documents}


def _wish(
    work: Work, job: Row, vehicle: InvoicedVehicle | None, document: Document, wish: Mapping[str, Any]
) -> InvoiceIssue:
    payer = job["insurance_payer_id"] if document.payer == "insurance" else job["customer_id"]
    return InvoiceIssue(
        _invoices(work).payer(payer),
        document.items,
        document.priced,
        prices_include_tax=job["prices_include_tax"],
        tax_rounding=work.workspace["tax_rounding"],
        source_type=SOURCE,
        source_id=job["id"],
        source_number=job["number"],
        vehicle=vehicle,
        reference=wish["reference"],
        due_on=work.today() + timedelta(days=wish["due_in_days"]),
        notes=wish["notes"],
    )


def _invoices(work: Work) -> Invoices:
    port = work.port(Invoices)  # type: ignore[type-abstract]  # that is what a port is
    assert port is not None  # billing is required
    return port


def _chosen(found: Sequence[Row], wish: Mapping[str, Any]) -> list[Row]:
    """The work that is meant, in order: lines before parts. Raises Invalid for ids that are not among it."""
    named = {name: wish[name] for name in ("line_ids", "part_ids")}
    lines = [row for row in found if row["kind"] != "part"]
    parts = [row for row in found if row["kind"] == "part"]
    if named["line_ids"] is not None or named["part_ids"] is not None:
        for name, rows in (("line_ids", lines), ("part_ids", parts)):
            known = {row["id"] for row in rows}
            if strange := [one for one in named[name] or () if one not in known]:
                message = f"{strange[0]} is no approved work of this job that is still to be invoiced"
                raise Invalid([{"field": name, "message": message}])
            rows[:] = [row for row in rows if row["id"] in (named[name] or ())]
    return [
        *sorted(lines, key=lambda row: (row["position"], row["created_at"], row["id"])),
        *sorted(parts, key=lambda row: (row["position"], row["created_at"], row["id"])),
    ]
