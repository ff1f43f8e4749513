"""Quotations and amendments: written, changed while they are drafts, revised, expired."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.bulk import insert_rows
from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import insert_row, update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.lifecycle import move
from jemeti_platform.work import Work
from plugins.billing.contract import TaxTable

from . import jobs
from .contract import MembershipDiscounts, PartLine, Parts
from .quotation_lifecycle import REVISABLE
from .quotation_models import Quotation, QuotationLine
from .quotation_pricing import line_figures, price_lines, tax_of, totals_of
from .totals import taxes_of

__all__ = ["TYPED", "amend", "change", "create", "expire", "lines_of", "locked", "revise", "rewrite"]

TYPED = (
    "kind", "description", "service_id", "product_id", "quantity", "unit_price", "discount_percent", "discount_amount",
    "tax_rate_id", "tax_rate", "insurance_percent", "note", "declined_work_id", "source", "source_id",
)  # fmt: skip
"""What a line is before it is reckoned."""

_LOCK = Statement("SELECT * FROM jobs_quotations WHERE id = %(id)s FOR UPDATE")
_LINES = Statement(
    "SELECT l.*, d.decision FROM jobs_quotation_lines l LEFT JOIN jobs_quotation_decisions d"
    " ON d.tenant_id = l.tenant_id AND d.line_id = l.id WHERE l.quotation_id = %(id)s ORDER BY l.position, l.id"
)
_CATALOGUE = Statement(
    "SELECT id, name, default_hours, price, tax_rate_id FROM jobs_services WHERE id = ANY(%(ids)s::uuid[])"
)
_DECLINED = Statement(
    "SELECT w.id, w.status FROM jobs_declined_work w WHERE w.id = ANY(%(ids)s::uuid[]) AND w.vehicle_id = %(vehicle)s"
)
_CLEAR = Statement("DELETE FROM jobs_quotation_lines WHERE quotation_id = %(id)s")
_LATE = Statement(
    "SELECT id FROM jobs_quotations WHERE status = 'sent' AND expires_at <= now() ORDER BY id LIMIT 1000"
    " FOR UPDATE SKIP LOCKED"
)


def create(work: Work, values: dict[str, Any]) -> UUID:
    """Write a quotation for a job and return its id; its lines are priced as they would be today.

    Raises Invalid for a job that is not there and for lines that cannot be priced, Conflict for a job that is closed
    and for products where nobody keeps stock.
    """
    try:
        job = jobs.locked(work, values["job_id"])
    except NotFound:
        raise Invalid([{"field": "job_id", "message": "There is no such record."}]) from None
    return _write(work, job, values, "jobs.quotation", {})


def amend(work: Work, identity: UUID, values: Mapping[str, Any]) -> UUID:
    """Write an amendment to an approved quotation and return its id.

    Raises NotFound, Invalid and Conflict as ``create`` does, and Conflict for a quotation of which nothing is approved.
    """
    amended = locked(work, identity)
    if amended["kind"] != "quotation" or amended["status"] not in ("approved", "partially_approved"):
        raise Conflict(
            "Only a quotation of which something is approved can be amended.", reason="state", status=amended["status"]
        )
    job = jobs.locked(work, amended["job_id"])
    return _write(work, job, values, "jobs.amendment", {"kind": "amendment", "amends_id": identity})


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
    """Put other lines into a draft that is locked; returns the columns of the quotation that change with them."""
    work.queue(_CLEAR(id=quotation["id"]))
    rows, more = _reckon(work, quotation, lines)
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    return more


def revise(work: Work, identity: UUID) -> UUID:
    """Make the next revision, of the lines that are not decided on, and supersede this one; returns the new id.

    Of one that was rejected all lines are taken over. Raises NotFound; Conflict for a draft, for what is fully approved
    and for what has a later revision, and where the job is closed.
    """
    quotation = locked(work, identity)
    if quotation["status"] not in REVISABLE:
        words = quotation["status"].replace("_", " ")
        raise Conflict(f"A quotation that is {words} is not revised.", reason="state", status=quotation["status"])
    jobs.locked(work, quotation["job_id"])
    lines = [
        line
        for line in lines_of(work, identity)
        if line["decision"] is None or (quotation["status"] == "rejected" and line["decision"] == "declined")
    ]
    new = uuid7()
    kept = ("number", "kind", "job_id", "customer_id", "vehicle_id", "amends_id", "note", "currency")
    values = {name: quotation[name] for name in (*kept, "prices_include_tax", "tax_rounding")}
    values |= {"id": new, "revision": quotation["revision"] + 1, "supersedes_id": identity}
    # what was declined is offered once more: it is no work from before any more
    rows, more = _reckon(work, values, [{name: line[name] for name in TYPED} for line in lines], again=True)
    del values["id"]
    work.queue(insert_row(Quotation, new, {**values, **more}))
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    move(work, "jobs.quotation", identity, "supersede")
    return new


def expire(work: Work) -> None:
    """Have what was not decided on in time expire. That it cannot be approved any more does not wait for this."""
    (rows,) = work.write(_LATE())
    for row in rows:
        move(work, "jobs.quotation", row["id"], "expire")


def locked(work: Work, identity: UUID) -> Row:
    """The quotation, its row locked until commit. Raises NotFound."""
    (rows,) = work.write(_LOCK(id=identity))
    if not rows:
        raise NotFound(f"Quotation {identity} does not exist")
    return rows[0]


def lines_of(work: Work, identity: UUID) -> list[Row]:
    """The lines of a quotation in order, each with its ``decision`` or none."""
    (rows,) = work.write(_LINES(id=identity))
    return list(rows)


def _write(work: Work, job: Row, values: Mapping[str, Any], series: str, more: Mapping[str, Any]) -> UUID:
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
    rows, figures = _reckon(work, {"id": identity, **own}, values["lines"])
    work.queue(insert_row(Quotation, identity, {**own, **figures}, {"number": work.platform.sequences[series]}))
    if rows:
        work.queue(insert_rows(QuotationLine, rows))
    return identity


def _reckon(
    work: Work, quotation: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], *, again: bool = False
) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of lines, priced, and the columns of the quotation that follow from them."""
    taxes = taxes_of(work)
    services = [line["service_id"] for line in lines if line["service_id"] is not None]
    declined = [line["declined_work_id"] for line in lines if line.get("declined_work_id") is not None]
    rates, catalogue, open_work = work.write(
        taxes.statement(), _CATALOGUE(ids=services), _DECLINED(ids=declined, vehicle=quotation["vehicle_id"])
    )
    table = taxes.table(rates)
    named = {row["id"]: row for row in catalogue}
    products = _products(work, lines)
    still_open = {row["id"] for row in open_work if again or row["status"] == "open"}
    typed = [_typed(work, line, place, named, products, still_open) for place, line in enumerate(lines)]
    membership = _take_off(work, quotation, typed)
    how = {name: quotation[name] for name in ("prices_include_tax", "tax_rounding")}
    priced = price_lines(taxes, table, typed, **how)
    rows = [
        {"id": uuid7(), "quotation_id": quotation["id"], "position": place, **line, **_figures(table, line, done)}
        for place, (line, done) in enumerate(zip(typed, priced.lines, strict=True))
    ]
    return rows, {**totals_of(priced), "membership": membership}


def _figures(table: TaxTable, line: Mapping[str, Any], done: Any) -> dict[str, Any]:
    return line_figures(done, tax_of(table, line))


def _typed(
    work: Work,
    line: Mapping[str, Any],
    place: int,
    services: Mapping[UUID, Row],
    products: Mapping[UUID, PartLine],
    declined: set[UUID],
) -> dict[str, Any]:
    """A line with what the catalogue or the stock says of it where it says nothing itself. Raises Invalid."""
    found = {name: line.get(name) for name in TYPED}
    at = f"lines.{place}"
    for name, known in (("service_id", services), ("product_id", products)):
        if found[name] is not None and found[name] not in known:
            raise Invalid([{"field": f"{at}.{name}", "message": "There is no such record."}])
    if found["declined_work_id"] is not None and found["declined_work_id"] not in declined:
        message = "This is no open declined work of the vehicle"
        raise Invalid([{"field": f"{at}.declined_work_id", "message": message}])
    if found["service_id"] is not None:
        _of_service(work, found, services[found["service_id"]])
    if found["product_id"] is not None:
        product = products[found["product_id"]]
        _fill(found, description=product.description, unit_price=product.unit_price)
        _tax(found, product.tax_rate_id)
    _fill(found, quantity=Decimal(1))
    for name in ("description", "unit_price"):
        if found[name] is None:
            raise Invalid([{"field": f"{at}.{name}", "message": "Required"}])
    return found


def _of_service(work: Work, line: dict[str, Any], service: Row) -> None:
    """A service costs what the catalogue says, or its hours by the workspace's labour rate."""
    _fill(line, description=service["name"])
    if service["price"] is None:
        _fill(line, quantity=service["default_hours"], unit_price=work.workspace["labour_rate"])
    _fill(line, unit_price=service["price"])
    _tax(line, service["tax_rate_id"])


def _tax(line: dict[str, Any], tax_rate_id: UUID | None) -> None:
    if line["tax_rate"] is None:
        _fill(line, tax_rate_id=tax_rate_id)


def _fill(line: dict[str, Any], **values: Any) -> None:
    for name, value in values.items():
        if line[name] is None:
            line[name] = value


def _products(work: Work, lines: Sequence[Mapping[str, Any]]) -> Mapping[UUID, PartLine]:
    wanted = [line["product_id"] for line in lines if line["product_id"] is not None]
    if not wanted:
        return {}
    stock = work.port(Parts)  # type: ignore[type-abstract]  # that is what a port is
    if stock is None:
        raise Conflict(
            "Nobody keeps stock in this workspace: describe the part in words, without product_id.",
            reason="no_inventory",
        )
    return stock.find(work, wanted)


def _take_off(work: Work, quotation: Mapping[str, Any], lines: Sequence[dict[str, Any]]) -> str | None:
    """Give lines without a discount that of the customer's membership; returns what it is called, if there is one."""
    memberships = work.port(MembershipDiscounts)  # type: ignore[type-abstract]  # that is what a port is
    if memberships is None:
        return None
    found = memberships.of(work, quotation["customer_id"], quotation["vehicle_id"])
    if found is None:
        return None
    percents = {"labour": found.labour, "part": found.parts}
    for line in lines:
        percent = percents.get(line["kind"])
        if percent and line["discount_percent"] is None and line["discount_amount"] is None:
            line["discount_percent"] = percent
    return found.source
