"""One default at a time: whoever makes another the default waits for whoever does the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Invalid

__all__ = ["LOCK", "refuse_archived"]

# The unique indexes forbid a second default in any case. With the lock, the later of two at once takes over instead.
LOCK = Statement("SELECT pg_advisory_xact_lock(hashtext('billing.default'), hashtext(jemeti.current_tenant()::text))")


def refuse_archived(status: str, changes: Mapping[str, Any]) -> None:
    """Raise Invalid for something that is archived, and stays so, and is to be the default."""
    if changes.get("status", status) == "archived":
        raise Invalid([{"field": "is_default", "message": "What is archived cannot be the default"}])
