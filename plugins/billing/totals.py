"""What a document comes to, in one place, as every priced document shows it beside its columns."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Text, cast, func, literal_column
from sqlalchemy.dialects.postgresql import JSONB

__all__ = ["totals"]


def totals(model: Any, *names: str, **more: ColumnElement[Any]) -> ColumnElement[Any]:
    """Columns of a model, and expressions over them, as an object of exact amounts: ``totals(CreditNote, "total")``."""
    amounts: dict[str, ColumnElement[Any]] = {name: model.__table__.c[name] for name in names} | more
    shown = [part for name, one in amounts.items() for part in (literal_column(f"'{name}'", Text()), cast(one, Text))]
    found = func.jsonb_build_object(*shown, type_=JSONB)
    amount = {"type": "string", "format": "decimal"}
    found.info = {"schema": {"type": "object", "properties": dict.fromkeys(amounts, amount)}}  # type: ignore[attr-defined]
    return found
