"""What stands in a path of the platform."""

from __future__ import annotations

from typing import Any

from ...errors import NotFound
from ...features.values import is_slug

__all__ = ["path_feature", "path_workspace"]


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
