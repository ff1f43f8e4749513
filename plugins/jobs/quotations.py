"""Quotations and amendments: written, changed while they are drafts, revised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work

from . import jobs
from .lifecycle import OPEN
from .memberships import take_off
from .quotation_lifecycle import REVISABLE
from .quotation_lines import MOST_LINES, TYPED, Known, known, look, returning, typed
from .quotation_models import Quotation, QuotationLine
from .quotation_pricing import line_figures, price_lines, tax_of, totals_of
from .totals import taxes_of

__all__ = ["LINES", "LOCK", "amend", "change", "create", "found", "lines_of", "locked", "revise", "rewrite"]

LOCK = Statement("SELECT * FROM jobs_quotations WHERE id = %(id)s FOR UPDATE")
"""The quotation, its row locked until commit; for ``found``."""
LINES = Statement(
    "SELECT l.*, d.decision, coalesce(l.declined_work_id, d.declined_work_id) AS kept_as, w.status AS kept_status"
    " FROM jobs_quotation_lines l"
    " LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = l.tenant_id AND d.line_id = l.id"
    " LEFT JOIN jobs_declined_work w ON w.tenant_id = l.tenant_id"
    " AND w.id = coalesce(l.declined_work_id, d.declined_work_id)"
    " WHERE l.quotation_id = %(id)s ORDER BY l.position, l.id"
)
"""The lines of a quotation in order: the decision on each, and the declined work that it is about, with its state."""
_CLEAR = Statement("DELETE FROM jobs_quotation_lines WHERE quotation_id = %(id)s")


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Write a quotation for a job and return its id; its lines are priced as they would be today.

    Open declined work of the vehicle comes back as further lines, unless ``with_declined_work`` is false. Raises
    Invalid for a job that is not there and for lines that cannot be priced, Conflict for a job whose vehicle has left,
    for one that is cancelled, and for products where nobody keeps stock.
    """
    job_id, lines = values["job_id"], values["lines"]
    found_job, *read = work.write(jobs.LOCK(id=job_id), *look(work, job_id, lines))
    try:
        job = jobs.may_change(found_job, job_id, OPEN)
    except NotFound:
        raise Invalid([{"field": "job_id", "message": "There is no such record."}]) from None
    ground = known(work, read)
    if values.get("with_declined_work", True):
        lines = [*lines, *returning(work, ground, lines, MOST_LINES - len(lines))]
    return _write(work, job, {**values, "lines": lines}, ground, "jobs.quotation", {})


def amend(work: Work, identity: UUID, values: Mapping[str, Any]) -> UUID:
    """Write an amendment to an approved quotation and return its id.

    Raises NotFound, Invalid and Conflict as ``create`` does, and Conflict for a quotation of which nothing is approved.
    """
    amended = locked(work, identity)
    if amended["kind"] != "quotation" or amended["status"] not in ("approved", "partially_approved"):
        raise Conflict(
            "Only a quotation of which something is approved can be amended.", reason="state", status=amended["status"]
        )
    job_id = amended["job_id"]
    found_job, *read = work.write(jobs.LOCK(id=job_id), *look(work, job_id, values["lines"]))
    job = jobs.may_change(found_job, job_id, OPEN)
    own = {"kind": "amendment", "amends_id": identity}
    return _write(work, job, values, known(work, read), "jobs.amendment", own)


def change(work: Work, identity: UUID, changes: dict[str, Any]) -> None:
    """Change a draft; ``lines`` are replaced as a whole. Raises Conflict for what has been sent."""
    quotation = locked(work, identity)
    if quotation["status"] != "draft":
        raise Conflict(
            "A quotation that was sent does not change: revise it.", reason="state", status=quotation["status"]
        )
    lines = changes.pop("lines", None)
    more = rewrite(work, quotation, lines) if lines is not None else {}
    work.queue(update_row(Quotation, identity, {**changes, **more}))


def rewrite(work: Work, quotation: Row, lines: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Put other lines into a draft that is locked; returns the columns of the quotation that change with them.

    Lines with the ``id`` of one that stands there keep where that one comes from.
    """
    before, *read = work.write(LINES(id=quotation["id"]), *look(work, quotation["job_id"], lines))
    ground = known(work, read)
    rows, more = _reckon(work, ground, quotation, typed(work, ground, lines, before={row["id"]: row for row in before}))
    work.queue(_CLEAR(id=quotation["id"]))
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    return more


def revise(work: Work, identity: UUID) -> UUID:
    """Make the next revision, of the lines that are not decided on, and supersede this one; returns the new id.

    Of one that was rejected all lines are taken over. Raises NotFound; Conflict for a draft, for what is fully approved
    and for what has a later revision, and where the vehicle has left or the job is cancelled.
    """
    quotation = locked(work, identity)
    if quotation["status"] not in REVISABLE:
        words = quotation["status"].replace("_", " ")
        raise Conflict(f"A quotation that is {words} is not revised.", reason="state", status=quotation["status"])
    job_id = quotation["job_id"]
    found_job, lines = work.write(jobs.LOCK(id=job_id), LINES(id=identity))
    jobs.may_change(found_job, job_id, OPEN)
    # what was declined here is offered once more, unless it has been taken up elsewhere: it is kept by now
    again = [
        {**{name: line[name] for name in TYPED}, "declined_work_id": line["kept_as"]}
        for line in lines
        if line["kept_status"] != "taken_up"
        and (line["decision"] is None or (quotation["status"] == "rejected" and line["decision"] == "declined"))
    ]
    new = uuid7()
    kept = ("number", "kind", "job_id", "customer_id", "vehicle_id", "amends_id", "note", "currency")
    values = {name: quotation[name] for name in (*kept, "prices_include_tax", "tax_rounding")}
    values |= {"id": new, "revision": quotation["revision"] + 1, "supersedes_id": identity}
    ground = known(work, work.write(*look(work, job_id, again)))
    rows, more = _reckon(work, ground, values, typed(work, ground, again, again=True))
    del values["id"]
    work.queue(insert_row(Quotation, new, {**values, **more}))
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    move(work, "jobs.quotation", identity, "supersede")
    return new


def locked(work: Work, identity: UUID) -> Row:
    """The quotation, its row locked until commit. Raises NotFound."""
    (rows,) = work.write(LOCK(id=identity))
    return found(rows, identity)


def found(rows: Rows, identity: UUID) -> Row:
    """The quotation of the rows that ``LOCK`` found. Raises NotFound."""
    if not rows:
        raise NotFound(f"Quotation {identity} does not exist")
    return rows[0]


def lines_of(work: Work, identity: UUID) -> Rows:
    """The lines of a quotation as ``LINES`` finds them."""
    (rows,) = work.write(LINES(id=identity))
    return rows


def _write(
    work: Work, job: Row, values: Mapping[str, Any], ground: Known, series: str, more: Mapping[str, Any]
) -> UUID:
    identity = uuid7()
    workspace = work.workspace
    own = {
        "job_id": job["id"],
        "customer_id": job["customer_id"],
        "vehicle_id": job["vehicle_id"],
        "valid_until": values["valid_until"],
        "note": values["note"],
        "currency": workspace["currency"],
        "prices_include_tax": job["prices_include_tax"],
        "tax_rounding": workspace["tax_rounding"],
        **more,
    }
    rows, figures = _reckon(work, ground, {"id": identity, **own}, typed(work, ground, values["lines"]))
    numbers = {"number": work.platform.sequences[series]}
    work.queue(insert_row(Quotation, identity, {**own, **figures}, numbers, work.began))
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    return identity


def _reckon(
    work: Work, ground: Known, quotation: Mapping[str, Any], lines: list[dict[str, Any]]
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of lines that were typed, priced, and the columns of the quotation that follow from them."""
    membership = take_off(work, quotation, lines)
    how = {name: quotation[name] for name in ("prices_include_tax", "tax_rounding")}
    priced = price_lines(taxes_of(work), ground.table, lines, **how)
    rows = [
        {
            "quotation_id": quotation["id"],
            "position": place,
            **line,
            **line_figures(done, tax_of(ground.table, line)),
        }
        for place, (line, done) in enumerate(zip(lines, priced.lines, strict=True))
    ]
    return rows, {**totals_of(priced), "membership": membership}
