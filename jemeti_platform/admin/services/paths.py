"""What stands in a path of the platform, and pages of what is short enough to be sliced."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...errors import NotFound
from ...features.values import is_slug
from ...rest.answer import Answer

__all__ = ["path_feature", "path_workspace", "sliced"]


def path_workspace(request: Any) -> str:
    """The slug or id of a workspace."""
    reference: str = request.matchdict["workspace"]
    return reference


def path_feature(request: Any) -> str:
    """The slug of a feature. Raises NotFound for what cannot be one."""
    slug: str = request.matchdict["feature"]
    if not is_slug(slug):
        raise NotFound(f"There is no feature {slug[:80]!r}")
    return slug


def sliced(request: Any, rows: Sequence[Any]) -> Answer:
    """One page of all rows."""
    page, per_page = request.query["page"], request.query["per_page"]
    meta = {"page": page, "per_page": per_page, "total": len(rows), "total_pages": -(-len(rows) // per_page)}
    return Answer(list(rows[(page - 1) * per_page : page * per_page]), meta=meta)
