"""``GET /v1/events``: what happened in a workspace, in the order in which it was committed, from a cursor on.

A reader that keeps the last cursor misses nothing, however long a transaction took: positions are given at commit.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import colander

from ..db.statement import Bound, Statement
from ..errors import Invalid
from ..rest.answer import Answer
from ..rest.filters import Several
from ..rest.listing import MAX_PER_PAGE, PER_PAGE
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..types import StrictInt, Text, Uuid
from ..work import Work

__all__ = ["FEED"]

# Asked before the events in the same message: whatever it counts, the statement after it sees.
_LAST: Bound = Statement("SELECT last FROM event_counters")()
_FROM = (
    "SELECT id, type, occurred_at, tenant_id AS workspace_id, data, position FROM events"
    " WHERE position > %(after)s AND type = ANY(%(types)s)"
)
_IN_ORDER = " ORDER BY position LIMIT %(per_page)s"
_ALL = Statement(_FROM + _IN_ORDER)
_ABOUT = Statement(f"{_FROM} AND object_id = ANY(%(objects)s) {_IN_ORDER}")

EVENT: dict[str, Any] = {
    "type": "object",
    "title": "Event",
    "required": ["id", "type", "occurred_at", "workspace_id", "data"],
    "properties": {
        "id": {"type": "string", "format": "uuid", "description": "The same wherever this event is told of"},
        "type": {"type": "string", "examples": ["crm.customer.created"]},
        "occurred_at": {"type": "string", "format": "date-time", "examples": ["2026-03-01T10:00:00Z"]},
        "workspace_id": {"type": "string", "format": "uuid"},
        "data": {
            "type": "object",
            "description": "The event's own fields; ids, decimals, days and moments are strings",
            "additionalProperties": True,
            "examples": [{"customer_id": "01930000-0000-7000-8000-000000000001"}],
        },
    },
    "additionalProperties": False,
}
_META = {
    "per_page": {"type": "integer", "minimum": 1, "maximum": MAX_PER_PAGE, "examples": [PER_PAGE]},
    "next_cursor": {
        "type": "string",
        "description": "Give it as ?after= for what comes next, now or when more has happened; there always is one",
        "examples": ["8vXKqO3c1D5yFZ5LrV3nUVswXQ"],
    },
}


class FeedQuery(Mapping):
    after = colander.SchemaNode(
        Text(max=1000, min=0), missing="", description="The next_cursor of the page before; empty to begin"
    )
    type = colander.SchemaNode(Several(Text(max=100)), missing=colander.drop, description="Only events of these types")
    object_id = colander.SchemaNode(
        Several(Uuid()), missing=colander.drop, description="Only events of these objects, whatever they are"
    )
    per_page = colander.SchemaNode(
        StrictInt(1, MAX_PER_PAGE), missing=PER_PAGE, description=f"Events per page, at most {MAX_PER_PAGE}"
    )


FEED = Service("events", "/events", ALWAYS, "What happened in this workspace, oldest first")


@FEED.get(permission="events:read", query=FeedQuery, answer=EVENT, many=True, meta=_META)
def read_events(request: Any) -> Answer:
    """Everything that happened, in the order in which it was committed, from a cursor on.

    Ask with the last ``meta.next_cursor`` as often as you like: a page that is not full is the end for now. Events of
    plugins that are off here are left out. They are kept for ever.
    """
    work, query, cursors = request.work, request.query, request.registry.cursors
    scope = [str(work.tenant_id), "events"]
    after = cursors.open(scope, query["after"], field="after")[0] if query["after"] else 0
    _refuse_unknown(work, query.get("type", ()))
    shown = _types(work, query.get("type"))
    last, rows = work.read(_LAST, _page(query, after, shown))
    if (now := _types(work, query.get("type"))) != shown:  # plugins were switched since this process last looked
        last, rows = work.read(_LAST, _page(query, after, now))
    if len(rows) < query["per_page"]:
        after = max([after, *(row["last"] for row in last), *(row["position"] for row in rows)])
    else:
        after = rows[-1]["position"]
    for row in rows:
        del row["position"]
    return Answer(rows, meta={"per_page": query["per_page"], "next_cursor": cursors.seal(scope, [after])})


def _page(query: dict[str, Any], after: int, types: list[str]) -> Bound:
    objects: list[UUID] | None = query.get("object_id")
    if objects is None:
        return _ALL(after=after, types=types, per_page=query["per_page"])
    return _ABOUT(after=after, types=types, objects=objects, per_page=query["per_page"])


def _types(work: Work, wanted: list[str] | None) -> list[str]:
    """The types of installed plugins that are on in the workspace, as far as this process knows before it has asked."""
    enabled, manifests = work.enabled_plugins, work.platform.manifests
    return [
        kind.name
        for kind in work.platform.events.values()
        if (kind.plugin in enabled or kind.plugin not in manifests) and (wanted is None or kind.name in wanted)
    ]


def _refuse_unknown(work: Work, wanted: list[str]) -> None:
    known = {kind.name for kind in work.platform.events.values()}
    if unknown := [name for name in wanted if name not in known]:
        raise Invalid([{"field": "type", "message": f"There are no events of the type {', '.join(unknown)}"}])
