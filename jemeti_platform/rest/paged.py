"""Lists that are no resource of their own, page by page: ``query=PageQuery``, then ``answer_of`` what the database
found, or ``sliced`` of what is short and known as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import colander

from ..db.paged import Page
from ..types import StrictInt
from .answer import Answer
from .listing import MAX_PER_PAGE, PER_PAGE
from .schema import Mapping as Schema

__all__ = ["PageQuery", "answer_of", "sliced"]


class PageQuery(Schema):
    page = colander.SchemaNode(StrictInt(1, 1_000_000), missing=1, description="The page, from 1")
    per_page = colander.SchemaNode(
        StrictInt(1, MAX_PER_PAGE), missing=PER_PAGE, description=f"Rows per page, at most {MAX_PER_PAGE}"
    )


def answer_of(query: Mapping[str, Any], found: Page, **meta: Any) -> Answer:
    """The answer of one page; ``meta`` stands beside the numbers of the page."""
    per_page = query["per_page"]
    counted = {
        "page": query["page"],
        "per_page": per_page,
        "total": found.total,
        "total_pages": -(-found.total // per_page),
    }
    return Answer(found.rows, meta={**counted, **meta})


def sliced(query: Mapping[str, Any], rows: Sequence[Any], **meta: Any) -> Answer:
    """The page of ``rows`` that the query asks for; ``meta`` stands beside the numbers of the page."""
    begin = (query["page"] - 1) * query["per_page"]
    return answer_of(query, Page(list(rows[begin : begin + query["per_page"]]), len(rows)), **meta)
