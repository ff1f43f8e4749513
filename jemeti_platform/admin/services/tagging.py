"""Entity tags of what has no version column: a digest of what is shown."""

from __future__ import annotations

import hashlib
from typing import Any

from ...errors import PreconditionFailed
from ...json import to_json
from ...rest.answer import Answer

__all__ = ["refuse_stale", "tagged"]


def tagged(data: Any, *, status: int = 200, location: str | None = None) -> Answer:
    """The answer with its entity tag."""
    return Answer(data, status, etag=_digest(data), location=location)


def refuse_stale(request: Any, current: Any) -> None:
    """Raise PreconditionFailed, showing ``current``, where ``If-Match`` names another state."""
    header = request.environ.get("HTTP_IF_MATCH")
    if header is None or header.strip() == "*":
        return
    etag = f'"{_digest(current)}"'
    if etag not in (tag.strip() for tag in header.split(",")):
        raise PreconditionFailed(
            "Somebody else has changed this in the meantime.", details={"current": current}, headers={"ETag": etag}
        )


def _digest(data: Any) -> str:
    return hashlib.blake2b(to_json(data), digest_size=12).hexdigest()
