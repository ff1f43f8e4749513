"""What a quotation shows beside its own columns: lines with the decisions on them, totals, whether it is too late."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Boolean, ColumnElement, Text, and_, cast, func, literal, select
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

from .quotation_models import Quotation, QuotationDecision, QuotationLine
from .quotation_schemas import LINE

__all__ = ["COMPUTED"]

_OWN = Quotation.__table__
_LINE = QuotationLine.__table__
_DECISION = QuotationDecision.__table__


def _lines() -> ColumnElement[Any]:
    shown: list[Any] = []
    for name in LINE["properties"]:
        column = _DECISION.c.decision if name == "decision" else _LINE.c[name]
        shown += [name, cast(column, Text) if getattr(column.type, "scale", None) else column]
    entry = func.jsonb_build_object(*shown)
    ordered = func.jsonb_agg(aggregate_order_by(entry, _LINE.c.position, _LINE.c.id))
    decided = _LINE.outerjoin(
        _DECISION, and_(_DECISION.c.tenant_id == _LINE.c.tenant_id, _DECISION.c.line_id == _LINE.c.id)
    )
    found = (
        select(func.coalesce(ordered, cast(literal("[]"), JSONB), type_=JSONB))
        .select_from(decided)
        .where(_LINE.c.quotation_id == _OWN.c.id)
        .scalar_subquery()
    )
    found.info = {"schema": {"type": "array", "items": LINE}}  # type: ignore[attr-defined]
    return found


def _totals() -> ColumnElement[Any]:
    named = [(name, cast(_OWN.c[name], Text)) for name in ("subtotal", "discount", "taxable", "tax", "total")]
    return func.jsonb_build_object(*(part for pair in named for part in pair), type_=JSONB)


COMPUTED: dict[str, Any] = {
    "lines": _lines(),
    "totals": _totals(),
    "reference": func.concat(_OWN.c.number, " r", _OWN.c.revision, type_=Text),
    "is_expired": func.coalesce(
        (_OWN.c.status == "expired") | ((_OWN.c.status == "sent") & (_OWN.c.expires_at <= func.now())),
        False,
        type_=Boolean,
    ),
}
