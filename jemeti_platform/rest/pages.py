"""Pages of what is short and known as a whole: features, plans, plugins. Tables have ``listing``."""

from __future__ import annotations

from collections.abc import Mapping as Values
from collections.abc import Sequence
from typing import Any

import colander

from ..types import StrictInt
from .answer import Answer
from .listing import MAX_PER_PAGE
from .schema import Mapping

__all__ = ["PageQuery", "sliced"]


class PageQuery(Mapping):
    """``page`` and ``per_page``; without them everything that fits into the largest page."""

    page = colander.SchemaNode(StrictInt(1, 1_000_000), missing=1, description="The page, from 1")
    per_page = colander.SchemaNode(
        StrictInt(1, MAX_PER_PAGE), missing=MAX_PER_PAGE, description=f"Rows per page, at most {MAX_PER_PAGE}"
    )


def sliced(query: Values[str, Any], rows: Sequence[Any], **meta: Any) -> Answer:
    """The page of ``rows`` that a ``PageQuery`` asks for; ``meta`` stands beside the numbers of the page."""
    page, per_page = query["page"], query["per_page"]
    counted = {"page": page, "per_page": per_page, "total": len(rows), "total_pages": -(-len(rows) // per_page)}
    return Answer(list(rows[(page - 1) * per_page : page * per_page]), meta={**counted, **meta})
