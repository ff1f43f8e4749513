"""Sending a quotation: priced once more by the taxes of the day, and frozen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.json import to_json
from jemeti_platform.work import Work

from .quotation_pricing import line_figures, price_lines, tax_of, totals_of
from .settings import READ, settings_of
from .totals import taxes_of

__all__ = ["PRINT_QUOTATION", "freeze"]

PRINT_QUOTATION = "jobs.print_quotation"
"""The task that issues the PDF of a quotation that was sent."""

_LINES = Statement(
    "SELECT id, quantity, unit_price, discount_percent, discount_amount, tax_rate_id, tax_rate"
    " FROM jobs_quotation_lines WHERE quotation_id = %(id)s ORDER BY position, id"
)
_PRICE_LINES = Statement(
    "UPDATE jobs_quotation_lines l SET tax_rate = r.tax_rate, tax_rate_id = r.tax_rate_id, amount = r.amount,"
    " discount = r.discount, taxable = r.taxable, tax = r.tax, total = r.total,"
    " taxes = r.taxes FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(id uuid, tax_rate numeric, tax_rate_id uuid,"
    " amount numeric, discount numeric, taxable numeric, tax numeric, total numeric, taxes jsonb) WHERE l.id = r.id"
)
# From the moment that `sent_at` is set the triggers let nothing of it change any more.
_FREEZE = Statement(
    "UPDATE jobs_quotations SET subtotal = %(subtotal)s, discount = %(discount)s, taxable = %(taxable)s,"
    " tax = %(tax)s, total = %(total)s, tax_lines = %(tax_lines)s::jsonb, valid_until = %(valid_until)s,"
    " sent_at = now(), expires_at = (%(valid_until)s::date + 1)::timestamp AT TIME ZONE %(timezone)s::text"
    " WHERE id = %(id)s"
)
_QUOTED = Statement(
    "UPDATE jobs_jobs SET quoted_at = coalesce(quoted_at, now()), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s"
)


def freeze(work: Work, quotation: Mapping[str, Any], inputs: Mapping[str, Any]) -> None:
    """Price a quotation that is being sent by today's taxes, set the end of its validity, and freeze it.

    It holds to the end of ``valid_until`` by the workspace's clock; without one, for as many days as the settings of
    jobs say. Raises Invalid for a tax rate that has been archived since.
    """
    taxes = taxes_of(work)
    lines, rates, (row,) = work.write(_LINES(id=quotation["id"]), taxes.statement(), READ())
    table = taxes.table(rates)
    how = {name: quotation[name] for name in ("prices_include_tax", "tax_rounding")}
    priced = price_lines(taxes, table, lines, **how)
    rows = [
        {"id": line["id"], **line_figures(done, tax_of(table, line))}
        for line, done in zip(lines, priced.lines, strict=True)
    ]
    days = settings_of(row).quotation_validity_days
    totals = totals_of(priced)
    tax_lines = to_json(totals.pop("tax_lines")).decode()
    work.queue(
        _PRICE_LINES(rows=to_json(rows).decode()),
        _FREEZE(
            id=quotation["id"],
            valid_until=quotation["valid_until"] or work.today() + timedelta(days=days),
            timezone=work.workspace["timezone"],
            tax_lines=tax_lines,
            **totals,
        ),
        _QUOTED(id=quotation["job_id"]),
    )
    work.defer(PRINT_QUOTATION, quotation_id=quotation["id"])
