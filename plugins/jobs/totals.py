"""What a job comes to: what is proposed priced by billing as taxes stand today, what is approved as it was approved.

Its totals count approved work only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from jemeti_platform.db.pipeline import Row
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid
from jemeti_platform.json import to_json
from jemeti_platform.money import Currency
from jemeti_platform.work import Work
from plugins.billing.contract import Line, PricedLine, Tax, Taxes, TaxTable, kept_taxes, priced_again

__all__ = ["check", "reckon", "taxes_of"]

_FIELDS = (
    "approval, quantity, unit_price, discount_percent, discount_amount, tax_rate_id, tax_rate, amount, discount,"
    " taxable, tax, taxes"
)
_LINES = Statement(
    f"SELECT id, true AS is_line, {_FIELDS} FROM jobs_lines"  # noqa: S608 (our own words)
    " WHERE job_id = %(id)s AND status <> 'cancelled'"
    f" UNION ALL SELECT id, false, {_FIELDS} FROM jobs_parts"
    " WHERE job_id = %(id)s AND status <> 'returned' ORDER BY is_line DESC, id"
)
_AMOUNTS = ("amount", "discount", "taxable", "tax", "total")
_SET = (
    "SET amount = n.amount, discount = n.discount, taxable = n.taxable, tax = n.tax, total = n.total,"
    " taxes = n.taxes::jsonb FROM unnest(%(ids)s::uuid[], %(amount)s::numeric[], %(discount)s::numeric[],"
    " %(taxable)s::numeric[], %(tax)s::numeric[], %(total)s::numeric[], %(taxes)s::text[])"
    " AS n(id, amount, discount, taxable, tax, total, taxes) WHERE x.id = n.id"
)
_SET_LINES = Statement(f"UPDATE jobs_lines x {_SET}")
_SET_PARTS = Statement(f"UPDATE jobs_parts x {_SET}")
_SET_JOB = Statement(
    "UPDATE jobs_jobs SET subtotal = %(subtotal)s, discount = %(discount)s, taxable = %(taxable)s, tax = %(tax)s,"
    " total = %(total)s, tax_lines = %(tax_lines)s::jsonb, version = version + 1, updated_at = now() WHERE id = %(id)s"
)


def taxes_of(work: Work) -> Taxes:
    """The taxes of the workspace, by the port of billing, which this plugin requires."""
    taxes = work.port(Taxes)  # type: ignore[type-abstract]  # that is what a port is
    assert taxes is not None
    return taxes


def check(work: Work, job: Row, values: Mapping[str, Any]) -> None:
    """Raise Invalid, naming the fields, for what cannot be priced: an archived rate, a discount that is too large."""
    taxes = taxes_of(work)
    table = taxes.on()
    tax = table.choose(tax_rate_id=values.get("tax_rate_id"), tax_rate=values.get("tax_rate"))
    try:
        taxes.price([_line(values, tax)], prices_include_tax=job["prices_include_tax"])
    except Invalid as refused:
        raise Invalid(
            [{"field": one["field"].removeprefix("lines.0."), "message": one["message"]} for one in refused.problems]
        ) from None


def reckon(work: Work, job: Row) -> None:
    """Price what is proposed of a locked job anew, and put together the totals of what is approved, as it stands."""
    taxes = taxes_of(work)
    rows, rates = work.write(_LINES(id=job["id"]), taxes.statement())
    approved = [row for row in rows if row["approval"] == "approved"]
    others = [row for row in rows if row["approval"] != "approved"]
    table = taxes.table(rates)
    taxed = [_tax(table, row) for row in others]
    lines = [_line(row, tax) for row, tax in zip(others, taxed, strict=True)]
    proposed = taxes.price(lines, prices_include_tax=job["prices_include_tax"])
    for statement, is_line in ((_SET_LINES, True), (_SET_PARTS, False)):
        found = zip(others, proposed.lines, taxed, strict=True)
        own = [(row["id"], priced, tax) for row, priced, tax in found if row["is_line"] is is_line]
        if own:
            work.queue(statement(**_columns(own)))
    _, agreed = priced_again(Currency.kept(work.workspace["currency"]), approved)
    tax_lines = to_json([line.as_dict() for line in agreed.tax_lines]).decode()
    work.queue(_SET_JOB(id=job["id"], tax_lines=tax_lines, **agreed.totals.as_dict()))


def _tax(table: TaxTable, row: Row) -> Tax:
    """A line keeps its rate when that is archived; what is new is checked before it is written."""
    if row["tax_rate_id"] is not None:
        return table.taxes.get(row["tax_rate_id"], table.default)
    return table.choose(tax_rate=row["tax_rate"])


def _line(values: Mapping[str, Any], tax: Tax) -> Line:
    return Line(
        values["quantity"],
        values["unit_price"],
        tax,
        discount_percent=values.get("discount_percent"),
        discount_amount=values.get("discount_amount"),
    )


def _columns(own: Sequence[tuple[UUID, PricedLine, Tax]]) -> dict[str, list[Any]]:
    return {
        "ids": [identity for identity, _, _ in own],
        **{name: [getattr(priced, name) for _, priced, _ in own] for name in _AMOUNTS},
        "taxes": [to_json(kept_taxes(priced, tax)).decode() for _, priced, tax in own],
    }
