"""The port ``Taxes``: a workspace's tax rates as they stand on a day, and pricing by its settings."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from jemeti_platform.db.pipeline import Rows
from jemeti_platform.db.statement import Bound, Statement
from jemeti_platform.money import Currency
from jemeti_platform.work import Work

from .contract import UNTAXED, Line, Priced, Tax, TaxComponent, TaxTable, price

__all__ = ["NEAREST", "WorkspaceTaxes"]

NEAREST = "ORDER BY (v.valid_from <= {day}) DESC, abs(v.valid_from - {day}) LIMIT 1"
"""Of the versions of a rate the one in force on a day: the latest that has begun, or else the first."""

_ON = Statement(
    "SELECT r.id, r.code, r.name, r.status, r.is_default,"  # noqa: S608 (our own words)
    " v.kind, v.component_names, v.component_rates, v.component_compounds"
    " FROM billing_tax_rates r CROSS JOIN LATERAL (SELECT * FROM billing_tax_rate_versions v"
    " WHERE v.tenant_id = r.tenant_id AND v.tax_rate_id = r.id"
    f" {NEAREST.format(day='%(day)s::date')}) AS v ORDER BY r.created_at, r.id"
)


class WorkspaceTaxes:
    """The provider of ``Taxes`` for one work."""

    def __init__(self, work: Work) -> None:
        self.work = work

    def on(self, day: date | None = None) -> TaxTable:
        day = day or self.work.today()
        (rows,) = self.work.read(self.statement(day))
        return self.table(rows, day)

    def statement(self, day: date | None = None) -> Bound:
        return _ON(day=day or self.work.today())

    def table(self, rows: Rows, day: date | None = None) -> TaxTable:
        taxes = {row["id"]: _tax(row) for row in rows}
        default = next((taxes[row["id"]] for row in rows if row["is_default"]), UNTAXED)
        archived = frozenset(row["id"] for row in rows if row["status"] == "archived")
        return TaxTable(day or self.work.today(), taxes, default, archived)

    def price(self, lines: Sequence[Line], **document: Any) -> Priced:
        workspace = self.work.workspace
        for name in ("prices_include_tax", "tax_rounding"):
            if document.get(name) is None:
                document[name] = workspace[name]
        return price(lines, Currency.kept(workspace["currency"]), **document)


def _tax(row: dict[str, Any]) -> Tax:
    parts = zip(row["component_names"], row["component_rates"], row["component_compounds"], strict=True)
    components = tuple(TaxComponent(name, rate, compound) for name, rate, compound in parts)
    return Tax(row["name"], components, row["kind"], row["code"], row["id"])
