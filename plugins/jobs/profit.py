"""What a job earns and costs, as far as that is known."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import NotFound
from jemeti_platform.money import Currency
from jemeti_platform.work import Work

from .invoiceable import OPEN_LINES, OPEN_PARTS
from .lifecycle import CLOSED

__all__ = ["profit"]

_FIGURES = Statement(
    f"""
    SELECT j.status, i.invoiced, o.still_to_invoice, w.labour_cost, w.sublet_cost, w.no_labour_cost, w.no_sublet_cost,
           w.clocked, p.parts_cost, p.no_parts_cost
      FROM jobs_jobs j
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(l.labour_cost), 0) AS labour_cost, coalesce(sum(l.sublet_cost), 0) AS sublet_cost,
                  count(*) FILTER (WHERE l.kind = 'labour' AND l.labour_cost IS NULL) AS no_labour_cost,
                  count(*) FILTER (WHERE l.kind = 'sublet' AND l.sublet_cost IS NULL) AS no_sublet_cost,
                  coalesce(sum((SELECT sum(extract(epoch FROM t.stopped_at - t.started_at)) FROM jobs_timers t
                                 WHERE t.tenant_id = l.tenant_id AND t.line_id = l.id)), 0) AS clocked
             FROM jobs_lines l WHERE l.tenant_id = j.tenant_id AND l.job_id = j.id AND l.approval = 'approved'
              AND l.status <> 'cancelled') AS w
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(x.unit_cost * x.quantity), 0) AS parts_cost,
                  count(*) FILTER (WHERE x.unit_cost IS NULL) AS no_parts_cost
             FROM jobs_parts x WHERE x.tenant_id = j.tenant_id AND x.job_id = j.id AND x.approval = 'approved'
              AND x.status <> 'returned' AND NOT x.customer_supplied) AS p
      CROSS JOIN LATERAL (
           SELECT coalesce(sum(b.taxable - (SELECT coalesce(sum(n.taxable), 0) FROM billing_credit_notes n
                                             WHERE n.tenant_id = b.tenant_id AND n.invoice_id = b.id)), 0) AS invoiced
             FROM billing_invoices b
            WHERE b.tenant_id = j.tenant_id AND b.source_type = 'jobs.job' AND b.source_id = j.id) AS i
      CROSS JOIN LATERAL (
           SELECT (SELECT coalesce(sum(l.taxable), 0) FROM jobs_lines l
                    WHERE l.tenant_id = j.tenant_id AND l.job_id = j.id AND {OPEN_LINES})
                + (SELECT coalesce(sum(p.taxable), 0) FROM jobs_parts p
                    WHERE p.tenant_id = j.tenant_id AND p.job_id = j.id AND {OPEN_PARTS}) AS still_to_invoice) AS o
     WHERE j.id = %(id)s
    """  # noqa: S608 (our own words)
)


def profit(work: Work, job_id: UUID) -> dict[str, Any]:
    """Revenue without tax, costs and margin of a job's approved work. Raises NotFound.

    Revenue is what was invoiced less what was taken back, and of a job that still goes on what is left to invoice: a
    price that was let off by a credit note is not earned, nor is work of a job that was cancelled before its invoice.
    ``unknown`` counts what no cost is known of, so that nobody takes the margin for more than it is.
    """
    (rows,) = work.read(_FIGURES(id=job_id))
    if not rows:
        raise NotFound(f"Job {job_id} does not exist")
    found = rows[0]
    currency = Currency.kept(work.workspace["currency"])
    costs = {name: currency.round(found[name]) for name in ("labour_cost", "parts_cost", "sublet_cost")}
    to_come = Decimal(0) if found["status"] in CLOSED else found["still_to_invoice"]
    revenue = currency.round(found["invoiced"] + to_come)
    margin = revenue - sum(costs.values())
    percent = (margin * 100 / revenue).quantize(Decimal("0.001")) if revenue else None
    return {
        "revenue": revenue,
        **costs,
        "margin": margin,
        "margin_percent": percent,
        "clocked_hours": (Decimal(found["clocked"]) / 3600).quantize(Decimal("0.001")),
        "unknown": {kind: found[f"no_{kind}_cost"] for kind in ("labour", "parts", "sublet")},
    }
