"""Lists that are no resource of their own, page by page: ``query=PageQuery`` and ``answer_of`` what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import colander

from ..db.paged import Page
from ..types import StrictInt
from .answer import Answer
from .listing import MAX_PER_PAGE, PER_PAGE
from .schema import Mapping as Schema

__all__ = ["PageQuery", "answer_of"]


class PageQuery(Schema):
    page = colander.SchemaNode(StrictInt(1, 1_000_000), missing=1, description="The page, from 1")
    per_page = colander.SchemaNode(
        StrictInt(1, MAX_PER_PAGE), missing=PER_PAGE, description=f"Rows per page, at most {MAX_PER_PAGE}"
    )


def answer_of(query: Mapping[str, Any], found: Page) -> Answer:
    """The answer of one page, with its ``meta``."""
    per_page = query["per_page"]
    meta = {
        "page": query["page"],
        "per_page": per_page,
        "total": found.total,
        "total_pages": -(-found.total // per_page),
    }
    return Answer(found.rows, meta=meta)
