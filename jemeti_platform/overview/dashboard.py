"""``/v1/dashboard``: how the business stands, in figures of the enabled domains."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from ..db.pipeline import Rows
from ..plugin_faults import Junk
from ..rest.answer import Answer
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from ..work import Work
from .asking import ask, may_see
from .parts import Figures

__all__ = ["includeme"]

_FIGURE = {
    "type": "object",
    "required": ["name", "title", "value", "unit", "path"],
    "properties": {
        "name": {"type": "string", "examples": ["crm.customers"]},
        "title": {"type": "string", "examples": ["Active customers"]},
        "value": {
            "type": ["integer", "string", "null"],
            "description": "A whole number for counts, an exact decimal otherwise; null where there is nothing to say",
            "examples": [132],
        },
        "unit": {"type": "string", "enum": ["count", "money", "quantity", "percent"], "examples": ["count"]},
        "path": {
            "type": ["string", "null"],
            "description": "The list behind the figure",
            "examples": ["/v1/crm/customers?status=active"],
        },
    },
}
_ANSWER = {
    "type": "object",
    "title": "Dashboard",
    "required": ["currency", "figures", "incomplete"],
    "properties": {
        "currency": {"type": "string", "description": "Of every amount of money", "examples": ["BDT"]},
        "figures": {"type": "array", "items": _FIGURE},
        "incomplete": {
            "type": "array",
            "description": "Plugins that could not be asked just now",
            "items": {"type": "string"},
            "examples": [[]],
        },
    },
}

board = Service("dashboard", "/dashboard", ALWAYS, "How the business stands", tag="dashboard")


@board.get(permission=AUTHENTICATED, answer=_ANSWER)
def dashboard(request: Any) -> Answer:
    """Counts and sums of everything the workspace has on, as far as the caller may see it."""
    work = request.work
    asked = ask(request, "jemeti_dashboard", Figures, _shown)
    figures = [figure for _, shown in asked.found for figure in shown]
    currency = work.workspace["currency"]
    return Answer({"currency": currency, "figures": figures, "incomplete": list(asked.incomplete)})


def _shown(work: Work, part: Figures, rows: Rows) -> list[dict[str, Any]]:
    """The figures that the actor may see. Raises Junk for what are none."""
    if len(rows) != 1:
        raise Junk(f"the statement of figures must return one row, not {len(rows)}")
    if missing := [figure.name for figure in part.figures if figure.name not in rows[0]]:
        raise Junk(f"the statement must return {', '.join(missing)}")
    shown = [
        {
            "name": figure.name,
            "title": figure.title,
            "value": rows[0][figure.name],
            "unit": figure.unit,
            "path": figure.path or None,
        }
        for figure in part.figures
        if may_see(work, figure.permission)
    ]
    if odd := [figure["name"] for figure in shown if not isinstance(figure["value"], int | str | Decimal | None)]:
        raise Junk(f"{', '.join(odd)} must be a whole number, an exact decimal or null")
    return shown


def includeme(config: Any) -> None:
    config.add_service(board)
