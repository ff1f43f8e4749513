"""Lines and parts of a job: filled from the catalogue, held to what was approved, issued and returned."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.rows import update_row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.work import Work

from . import growth, jobs, totals
from .charged import refuse_charged
from .contract import Parts
from .lifecycle import WORKED_ON
from .memberships import take_off
from .models import JobPart

__all__ = ["fill_line", "fill_part", "give_back", "issue", "refuse_approved"]

_SERVICE = Statement("SELECT name, default_hours, price, tax_rate_id, status FROM jobs_services WHERE id = %(id)s")
_PART = Statement("SELECT * FROM jobs_parts WHERE id = %(id)s AND job_id = %(job)s FOR UPDATE")
_LINE = Statement("SELECT true AS there FROM jobs_lines WHERE id = %(id)s AND job_id = %(job)s")

_AGREED = (
    "description", "quantity", "unit_price", "discount_percent", "discount_amount", "tax_rate_id", "tax_rate",
    "insurance_percent",
)  # fmt: skip
"""What a customer has agreed to when a line is approved."""

_MECHANICS = ("status", "note", "hours")
"""What of a line whoever works on it may change."""


def fill_line(work: Work, job: Row, values: dict[str, Any], line: Row | None) -> dict[str, Any]:
    """The values of a new line completed from its service, or the changes of one checked.

    From a price of the catalogue the customer's membership is taken off. Raises Invalid, Conflict for what was
    approved, Forbidden for what only the office changes; Conflict also for cancelling what is invoiced.
    """
    if line is not None:
        if values.keys() - set(_MECHANICS):
            work.require_permission("jobs.core:write")
        refuse_changes(line, values)
        if values.get("status") == "cancelled" != line["status"]:
            refuse_charged(work, line["id"])
    else:
        values = _from_catalogue(work, job, values)
    merged = {**(line or {}), **values}
    if merged["kind"] != "sublet":
        strange = [name for name in ("sublet_vendor", "sublet_cost") if merged.get(name) is not None]
        if strange:
            raise Invalid([{"field": name, "message": "Only of a line of kind sublet"} for name in strange])
    totals.check(work, job, merged)
    return values


def fill_part(work: Work, job: Row, values: dict[str, Any], part: Row | None) -> dict[str, Any]:
    """The values of a new part completed from its product, or the changes of one checked.

    From the price of a product the customer's membership is taken off. Raises Invalid, and Conflict for what was
    approved or issued, and, ``no_inventory``, for a product where nobody keeps stock.
    """
    if part is not None:
        refuse_changes(part, values)
        if part["status"] == "issued" and values.get("quantity", part["quantity"]) != part["quantity"]:
            raise Conflict("This part has been issued; return it first.", reason="state")
    elif values.get("product_id") is not None:
        values = _from_stock(work, job, values)
    merged = {"quantity": Decimal(1), "unit_price": Decimal(0), **(part or {}), **_given(values)}
    if not merged.get("description"):
        raise Invalid([{"field": "description", "message": "Required"}])
    if merged["customer_supplied"]:
        if merged.get("product_id") is not None:
            raise Invalid([{"field": "product_id", "message": "What the customer brings is no product of ours"}])
        if merged["unit_price"]:
            raise Invalid([{"field": "unit_price", "message": "What the customer brings along costs nothing"}])
    if values.get("line_id") is not None:
        (rows,) = work.write(_LINE(id=values["line_id"], job=job["id"]))
        if not rows:
            raise Invalid([{"field": "line_id", "message": "There is no such line of this job"}])
    totals.check(work, job, merged)
    return values if part is not None else {**values, **{n: merged[n] for n in ("quantity", "unit_price")}}


def refuse_changes(record: Row, changes: dict[str, Any]) -> None:
    """Raise Conflict where changes touch what the customer has agreed to."""
    touched = [name for name in _AGREED if name in changes and changes[name] != record[name]]
    if touched and record["approval"] == "approved":
        raise Conflict(
            "This was approved as it stands; add another line, or an amendment.", reason="approved", fields=touched
        )


def refuse_approved(record: Row) -> None:
    """Raise Conflict where something approved or issued is to be deleted."""
    if record["approval"] == "approved":
        raise Conflict("What was approved is not deleted; cancel it.", reason="approved")
    if record["status"] == "issued":
        raise Conflict("This part has been issued; return it first.", reason="state")


def issue(work: Work, job_id: UUID, part_id: UUID) -> None:
    """Take a part for the job: a product out of stock, at its average cost.

    What is not approved may be taken within the tolerance. Raises NotFound, Conflict.
    """
    job, part = _locked_part(work, job_id, part_id)
    if part["status"] == "issued":
        raise Conflict("This part has been issued.", reason="state")
    if part["approval"] != "approved":
        growth.require(work, job, part)
    changes: dict[str, Any] = {"status": "issued"}
    if part["product_id"] is not None:
        changes["unit_cost"] = _stock(work).issue(work, part_id, part["product_id"], part["quantity"])
    work.queue(update_row(JobPart, part_id, changes))
    if part["status"] == "returned":
        totals.reckon(work, job)


def give_back(work: Work, job_id: UUID, part_id: UUID) -> None:
    """Return an issued part: a product into stock, at the cost at which it was taken. Raises NotFound, Conflict."""
    job, part = _locked_part(work, job_id, part_id)
    if part["status"] != "issued":
        raise Conflict("This part has not been issued.", reason="state")
    refuse_charged(work, part_id)
    if part["product_id"] is not None:
        _stock(work).give_back(work, part_id, part["product_id"], part["quantity"], part["unit_cost"])
    work.queue(update_row(JobPart, part_id, {"status": "returned"}))
    totals.reckon(work, job)


def _locked_part(work: Work, job_id: UUID, part_id: UUID) -> tuple[Row, Row]:
    job = jobs.locked(work, job_id, WORKED_ON)
    (rows,) = work.write(_PART(id=part_id, job=job_id))
    if not rows:
        raise NotFound(f"Part {part_id} does not exist")
    return job, rows[0]


def _stock(work: Work) -> Parts:
    stock = work.port(Parts)  # type: ignore[type-abstract]  # that is what a port is
    if stock is None:
        raise Conflict("Nobody keeps stock in this workspace: describe the part in words.", reason="no_inventory")
    return stock


def _from_stock(work: Work, job: Row, values: dict[str, Any]) -> dict[str, Any]:
    product = _stock(work).find(work, [values["product_id"]]).get(values["product_id"])
    if product is None:
        raise Invalid([{"field": "product_id", "message": "There is no such product"}])
    known = {name: getattr(product, name) for name in ("description", "part_number", "unit_price", "tax_rate_id")}
    if values.get("tax_rate") is not None:
        del known["tax_rate_id"]
    filled = {**values, **{name: known[name] for name in known if values.get(name) is None}}
    if values.get("unit_price") is None:
        take_off(work, job, [filled], kind="part")
    return filled


def _from_catalogue(work: Work, job: Row, values: dict[str, Any]) -> dict[str, Any]:
    known: dict[str, Any] = {"quantity": Decimal(1), "unit_price": Decimal(0)}
    if values.get("service_id") is not None:
        (rows,) = work.write(_SERVICE(id=values["service_id"]))
        if not rows:
            raise Invalid([{"field": "service_id", "message": "There is no such record."}])
        service = rows[0]
        if service["status"] == "archived":
            raise Invalid([{"field": "service_id", "message": "This service is archived"}])
        hours = values["hours"] if values.get("hours") is not None else service["default_hours"]
        known |= {"description": service["name"], "hours": hours, "unit_price": service["price"]}
        if service["price"] is None:  # by the hour
            known |= {"quantity": hours, "unit_price": Decimal(work.workspace["labour_rate"] or 0)}
        if values.get("tax_rate") is None:
            known["tax_rate_id"] = service["tax_rate_id"]
    filled = {**values, **{name: known[name] for name in known if values.get(name) is None}}
    if not filled.get("description"):
        raise Invalid([{"field": "description", "message": "Required, where no service is named"}])
    if values.get("service_id") is not None and values.get("unit_price") is None:
        take_off(work, job, [filled])
    return filled


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {n: v for n, v in values.items() if v is not None or n not in ("quantity", "unit_price")}
