"""``If-Match``: a change is made to what its author has seen, or not at all."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..errors import PreconditionFailed
from .answer import Answer

__all__ = ["check_version", "merged", "wanted_versions"]


def wanted_versions(request: Any) -> frozenset[int] | None:
    """The versions that ``If-Match`` accepts; None where it does not care. A tag that is not ours is of no version."""
    header = request.environ.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return None
    versions = set()
    for tag in header.split(","):
        number = tag.strip().strip('"').partition("-")[0]
        if number.isdecimal() and tag.strip().startswith('"'):
            versions.add(int(number))
    return frozenset(versions)


def check_version(versions: frozenset[int] | None, current: int, answer: Answer) -> None:
    """Raise PreconditionFailed, with the record as it is now, when somebody else was faster."""
    if versions is not None and current not in versions:
        raise PreconditionFailed(
            "Somebody else has changed this in the meantime.",
            details={"current": answer.data},
            headers={"ETag": f'"{answer.etag}"'},
        )


def merged(current: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """The record as it would be after the merge patch (RFC 7396)."""
    result = dict(current)
    for name, value in changes.items():
        old = result.get(name)
        result[name] = merged(old, value) if isinstance(value, dict) and isinstance(old, dict) else value
    return result
