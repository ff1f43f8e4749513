"""``/v1/search?q=``: one question to everything that the workspace has on."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from math import isfinite
from typing import Any, TypeAlias
from uuid import UUID

import colander

from ..db.pipeline import Row, Rows
from ..errors import Invalid
from ..plugin_faults import Junk
from ..rest.answer import Answer
from ..rest.paged import PageQuery, sliced
from ..rest.service import ALWAYS, AUTHENTICATED, Service
from ..types import Text
from ..work import Work
from .asking import ask, may_see
from .parts import Source

__all__ = ["includeme"]

_Hits: TypeAlias = list[dict[str, Any]]
_ID, _NUMBER = (UUID, str), (int, float, Decimal)
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
    query = request.query
    asked = ask(request, "jemeti_search", Source, _hits, q=query["q"], limit=_MOST)
    seen = [(source, hits) for source, hits in asked.found if hits is not None]
    if "types" in query:
        seen = _chosen(seen, query["types"])
    hits = [hit for _, several in seen for hit in several]
    hits.sort(key=lambda hit: -hit["rank"])  # stable: equals stay in the order of the plugins
    counted = Counter(hit["type"] for hit in hits)
    types = [{"type": source.type, "title": source.title, "hits": counted[source.type]} for source, _ in seen]
    return sliced(query, hits, types=types, incomplete=list(asked.incomplete))


def _chosen(seen: list[tuple[Source, _Hits]], given: str) -> list[tuple[Source, _Hits]]:
    """The kinds that the query asks for. Raises Invalid for one that there is not, as far as the caller may know."""
    wanted = {word.strip() for word in given.split(",")}
    known = [source.type for source, _ in seen]
    if unknown := sorted(wanted - set(known)):
        said = f"There is no {unknown[0][:60]!r} to look through; there are: {', '.join(known) or 'none'}"
        raise Invalid([{"field": "types", "message": said}])
    return [(source, hits) for source, hits in seen if source.type in wanted]


def _hits(work: Work, source: Source, rows: Rows) -> _Hits | None:
    """What is shown of a kind; None where the actor may not see it. Raises Junk for what is no hit."""
    if not all(isinstance(said, str) for said in (source.type, source.title, source.path)):
        raise Junk("type, title and path of a source are text")
    hits = [_hit(source, row) for row in rows[:_MOST]]
    return hits if may_see(work, source.permission) else None


def _hit(source: Source, row: Row) -> dict[str, Any]:
    identity, title, subtitle, rank = row.get("id"), row.get("title"), row.get("subtitle"), row.get("rank", 0.5)
    if not (isinstance(identity, _ID) and isinstance(title, str) and (subtitle is None or isinstance(subtitle, str))):
        raise Junk("the statement must return 'id' and 'title', and may return 'subtitle', as text")
    if not isinstance(rank, _NUMBER) or not isfinite(rank):
        raise Junk("the statement must return a number as 'rank', or none")
    return {
        "type": source.type,
        "id": identity,
        "title": title,
        "subtitle": subtitle,
        "path": f"{source.path}/{identity}",
        "rank": round(float(rank), 3),
    }


def includeme(config: Any) -> None:
    config.add_service(everything)
