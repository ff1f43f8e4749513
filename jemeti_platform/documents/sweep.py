"""Bytes of documents that were not issued after all: a process died between the storage and COMMIT."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import structlog

from ..db.statement import Statement
from ..files.storage import Storage
from ..files.sweep import HOURS, orphans
from ..work import Work
from .issuing import KEPT

__all__ = ["sweep"]

log = structlog.get_logger("jemeti.documents")

_KNOWN = Statement("SELECT id AS known FROM issued_documents WHERE id = ANY(%(ids)s::uuid[])")


def sweep(work: Work, hours: float = HOURS) -> int:
    """Delete a workspace's bytes without a row that are older than ``hours``; returns how many objects there were.

    A row without its bytes is left for whoever asks for it: that is an alarm, and nothing to be tidied up.
    """
    storage, before = work.platform.part(Storage), datetime.now(UTC) - timedelta(hours=hours)
    old = (kept for kept in storage.list(f"{work.tenant_id}/{KEPT}") if kept.modified < before)
    found = 0
    for keys in orphans(work, old, _KNOWN):
        storage.delete(*keys)
        found += len(keys)
    if found:
        log.info("bytes of documents that were not issued are swept", workspace=str(work.tenant_id), objects=found)
    return found
