"""Lines of quotations as they are typed in: completed from the catalogue, the stock, and what was declined before."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, NamedTuple
from uuid import UUID

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.pipeline import Row, Rows
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.work import Work
from plugins.billing.contract import TaxTable

from .contract import PartLine, Parts
from .totals import taxes_of

__all__ = ["MOST_LINES", "TYPED", "Known", "known", "look", "returning", "typed"]

MOST_LINES = 200
"""How many lines a quotation may have."""

_ORIGIN = ("source", "source_id", "source_item_id")
TYPED = (
    "kind", "description", "service_id", "product_id", "quantity", "unit_price", "discount_percent", "discount_amount",
    "tax_rate_id", "tax_rate", "insurance_percent", "note", "declined_work_id", *_ORIGIN,
)  # fmt: skip
"""What a line is before it is reckoned."""

_CATALOGUE = Statement(
    "SELECT id, name, default_hours, price, tax_rate_id FROM jobs_services WHERE id = ANY(%(ids)s::uuid[])"
)
# The service comes along, so that what returns needs no look-up of its own. Offered is what stands undecided on a
# quotation that may still be approved, or be sent.
_DECLINED = Statement(
    """
    SELECT w.id, w.status, w.kind, w.description, w.service_id, w.product_id, w.quantity, w.unit_price,
           s.name AS service_name, s.default_hours, s.price, s.tax_rate_id, l.note, l.source, l.source_id,
           l.source_item_id,
           EXISTS (
             SELECT FROM jobs_quotation_lines o
               JOIN jobs_quotations q ON q.tenant_id = o.tenant_id AND q.id = o.quotation_id
               LEFT JOIN jobs_quotation_decisions d ON d.tenant_id = o.tenant_id AND d.line_id = o.id
              WHERE o.tenant_id = w.tenant_id AND o.declined_work_id = w.id AND d.id IS NULL
                AND (q.status = 'draft' OR q.status IN ('sent', 'partially_approved') AND q.expires_at > now())
           ) AS is_offered
      FROM jobs_jobs j
      JOIN jobs_declined_work w ON w.tenant_id = j.tenant_id AND w.vehicle_id = j.vehicle_id
      LEFT JOIN jobs_services s ON s.tenant_id = w.tenant_id AND s.id = w.service_id
      LEFT JOIN jobs_quotation_decisions k ON k.tenant_id = w.tenant_id AND k.declined_work_id = w.id
      LEFT JOIN jobs_quotation_lines l ON l.tenant_id = k.tenant_id AND l.id = k.line_id
     WHERE j.id = %(job)s AND (w.status = 'open' OR w.id = ANY(%(ids)s::uuid[]))
     ORDER BY w.created_at, w.id
    """
)


class Known(NamedTuple):
    """What lines are typed against: the taxes, services by id, and declined work of the vehicle by id."""

    table: TaxTable
    services: Mapping[UUID, Row]
    declined: Mapping[UUID, Row]


def look(work: Work, job_id: UUID, lines: Iterable[Mapping[str, Any]]) -> list[Bound]:
    """The SELECTs of what lines of a quotation of this job are typed against; for ``known`` their rows."""
    lines = list(lines)
    return [
        taxes_of(work).statement(),
        _CATALOGUE(ids=_named(lines, "service_id")),
        _DECLINED(job=job_id, ids=_named(lines, "declined_work_id")),
    ]


def known(work: Work, rows: Sequence[Rows]) -> Known:
    """What the statements of ``look`` have found."""
    rates, catalogue, declined = rows
    services = {row["id"]: row for row in catalogue}
    for row in declined:
        if row["service_id"] is not None:
            services.setdefault(row["service_id"], {**row, "name": row["service_name"]})
    return Known(taxes_of(work).table(rates), services, {row["id"]: row for row in declined})


def returning(work: Work, found: Known, lines: Sequence[Mapping[str, Any]], most: int) -> list[dict[str, Any]]:
    """Open declined work of the vehicle as lines, the oldest first: what no quotation offers, these lines included.

    It costs what it was offered for. A part that is not sold any more comes back in words. At most ``most`` lines.
    """
    taken = {line.get("declined_work_id") for line in lines}
    back = [
        {**dict.fromkeys(TYPED), **{name: row[name] for name in TYPED if name in row}, "declined_work_id": row["id"]}
        for row in found.declined.values()
        if row["status"] == "open" and not row["is_offered"] and row["id"] not in taken
    ][: max(0, most)]
    wanted = _named(back, "product_id")
    stock = work.port(Parts) if wanted else None  # type: ignore[type-abstract]  # that is what a port is
    sold = stock.find(work, wanted) if stock is not None else {}
    for line in back:
        line["tax_rate_id"] = None
        if line["product_id"] not in sold:
            line["product_id"] = None
    return back


def typed(
    work: Work,
    found: Known,
    lines: Sequence[Mapping[str, Any]],
    *,
    before: Mapping[UUID, Mapping[str, Any]] | None = None,
    again: bool = False,
) -> list[dict[str, Any]]:
    """Lines with what catalogue or stock say of them where they say nothing themselves.

    A line with the ``id`` of one of those that stood there ``before`` keeps it, and where that one came from; all
    others get the ``line_id`` that they come with, or a new one. ``again`` lets declined work be offered that is not
    open. Raises Invalid, below ``lines.<place>``, and Conflict for a product where nobody keeps stock.
    """
    products = _products(work, lines)
    kept = _kept(lines, before or {})
    return [
        _typed(work, {**line, **origin}, f"lines.{place}", found, products, again=again)
        for place, (line, origin) in enumerate(zip(lines, kept, strict=True))
    ]


def _typed(
    work: Work, line: Mapping[str, Any], at: str, found: Known, products: Mapping[UUID, PartLine], *, again: bool
) -> dict[str, Any]:
    made = {"id": line.get("id") or line.get("line_id") or uuid7(), **{name: line.get(name) for name in TYPED}}
    for name, ones in (("service_id", found.services), ("product_id", products)):
        if made[name] is not None and made[name] not in ones:
            raise Invalid([{"field": f"{at}.{name}", "message": "There is no such record."}])
    if made["declined_work_id"] is not None:
        declined = found.declined.get(made["declined_work_id"])
        if declined is None or (declined["status"] != "open" and not again):
            message = "This is no open declined work of the vehicle"
            raise Invalid([{"field": f"{at}.declined_work_id", "message": message}])
    if made["service_id"] is not None:
        _of_service(work, made, found.services[made["service_id"]])
    if made["product_id"] is not None:
        product = products[made["product_id"]]
        _fill(made, description=product.description, unit_price=product.unit_price)
        _tax(made, product.tax_rate_id)
    _fill(made, quantity=Decimal(1))
    for name in ("description", "unit_price"):
        if made[name] is None:
            raise Invalid([{"field": f"{at}.{name}", "message": "Required"}])
    return made


def _kept(lines: Sequence[Mapping[str, Any]], before: Mapping[UUID, Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Where each line comes from, of those that say which line they were. Raises Invalid."""
    kept: list[Mapping[str, Any]] = []
    seen: set[UUID] = set()
    for place, line in enumerate(lines):
        identity = line.get("id")
        if identity is None:
            kept.append({})
            continue
        if identity not in before or identity in seen:
            twice = "This line is there twice" if identity in seen else "There is no such line in this draft"
            raise Invalid([{"field": f"lines.{place}.id", "message": twice}])
        seen.add(identity)
        origin = {name: before[identity][name] for name in _ORIGIN}
        kept.append({"declined_work_id": line["declined_work_id"] or before[identity]["declined_work_id"], **origin})
    return kept


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
    wanted = _named(lines, "product_id")
    if not wanted:
        return {}
    stock = work.port(Parts)  # type: ignore[type-abstract]  # that is what a port is
    if stock is None:
        raise Conflict(
            "Nobody keeps stock in this workspace: describe the part in words, without product_id.",
            reason="no_inventory",
        )
    return stock.find(work, wanted)


def _named(lines: Iterable[Mapping[str, Any]], name: str) -> list[UUID]:
    return [line[name] for line in lines if line.get(name) is not None]
