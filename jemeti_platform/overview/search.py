"""``/v1/search?q=``: one question to everything that the workspace has on."""

from __future__ import annotations

from collections import Counter
from typing import Any

import colander

from ..db.pipeline import Rows
from ..errors import Invalid
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from ..types import Text
from .asking import ask, may_see, require
from .parts import Source

__all__ = ["includeme"]

_MOST = 100
"""Hits of one kind that are looked at: nobody reads on, they search better."""


class SearchQuery(PageQuery):
    q = colander.SchemaNode(
        Text(max=200), description="What is looked for: words, numbers, plates, parts of them", example="rahman"
    )
    types = colander.SchemaNode(
        Text(max=1000), missing=colander.drop, description="Only these kinds, separated by commas: crm.customers,…"
    )


_HIT = {
    "type": "object",
    "title": "Hit",
    "required": ["type", "id", "title", "subtitle", "path", "rank"],
    "properties": {
        "type": {"type": "string", "description": "The kind of record", "examples": ["crm.customers"]},
        "id": {"type": "string", "format": "uuid"},
        "title": {"type": "string", "examples": ["Rahim Uddin"]},
        "subtitle": {"type": ["string", "null"], "examples": ["+8801712345678"]},
        "path": {"type": "string", "examples": ["/v1/crm/customers/019a…"]},
        "rank": {"type": "number", "description": "1 is found as written, less is further away", "examples": [1.0]},
    },
}
_META = {
    "types": {
        "type": "array",
        "description": "The kinds of record that were looked through",
        "items": {
            "type": "object",
            "required": ["type", "title", "hits"],
            "properties": {
                "type": {"type": "string", "examples": ["crm.customers"]},
                "title": {"type": "string", "examples": ["customer"]},
                "hits": {"type": "integer", "description": f"At most {_MOST}", "examples": [3]},
            },
        },
    },
    "incomplete": {
        "type": "array",
        "description": "Plugins that could not be asked just now",
        "items": {"type": "string"},
        "examples": [[]],
    },
}

everything = Service("search", "/search", ALWAYS, "Find anything in the workspace", tag="search")


@everything.get(permission=AUTHENTICATED, query=SearchQuery, answer=_HIT, many=True, meta=_META)
def search(request: Any) -> Answer:
    """Records of every kind that match, the best first; only what the caller may see."""
    query, work = request.query, request.work
    asked = ask(request, "jemeti_search", Source, _check, q=query["q"], limit=_MOST)
    seen = [(source, rows[:_MOST]) for source, rows in asked.found if may_see(work, source.permission)]
    if "types" in query:
        seen = _chosen(seen, query["types"])
    hits = [_hit(source, row) for source, rows in seen for row in rows]
    hits.sort(key=lambda hit: -hit["rank"])  # stable: equals stay in the order of the plugins
    counted = Counter(hit["type"] for hit in hits)
    types = [{"type": source.type, "title": source.title, "hits": counted[source.type]} for source, _ in seen]
    return sliced(query, hits, types=types, incomplete=list(asked.incomplete))


def _chosen(seen: list[tuple[Source, Rows]], given: str) -> list[tuple[Source, Rows]]:
    """The kinds that the query asks for. Raises Invalid for one that there is not, as far as the caller may know."""
    wanted = {word.strip() for word in given.split(",")}
    known = [source.type for source, _ in seen]
    if unknown := sorted(wanted - set(known)):
        said = f"There is no {unknown[0][:60]!r} to look through; there are: {', '.join(known) or 'none'}"
        raise Invalid([{"field": "types", "message": said}])
    return [(source, rows) for source, rows in seen if source.type in wanted]


def _hit(source: Source, row: dict[str, Any]) -> dict[str, Any]:
    return {
        "type": source.type,
        "id": row["id"],
        "title": row["title"],
        "subtitle": row.get("subtitle"),
        "path": f"{source.path}/{row['id']}",
        "rank": round(float(row.get("rank", 0.5)), 3),
    }


def _check(source: Source, rows: Rows) -> None:
    for row in rows:
        require(row, "id", "title")


def includeme(config: Any) -> None:
    config.add_service(everything)
