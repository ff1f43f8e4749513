"""One default at a time: whoever makes another the default waits for whoever does the same."""

from __future__ import annotations

from jemeti_platform.db.statement import Statement

__all__ = ["LOCK"]

# The unique indexes forbid a second default in any case. With the lock, the later of two at once takes over instead.
LOCK = Statement("SELECT pg_advisory_xact_lock(hashtext('billing.default'), hashtext(jemeti.current_tenant()::text))")
