"""Ordering an import, and calling it off."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from ..db.base import uuid7
from ..db.rows import insert_row
from ..db.statement import Statement
from ..errors import Conflict, NotFound
from ..files.files import require
from ..work import Work
from .importer import Importer
from .models import Import

__all__ = ["TASK", "call_off", "may_import", "order"]

TASK = "imports.run"

_CALL_OFF = Statement(
    "UPDATE imports SET status = 'cancelled', finished_at = now(), version = version + 1, updated_at = now()"
    " WHERE id = %(id)s AND status IN ('queued', 'running') RETURNING id"
)
_STATUS = Statement("SELECT status FROM imports WHERE id = %(id)s")


def order(work: Work, values: dict[str, Any]) -> UUID:
    """Order an import; the worker runs it.

    Raises Invalid for an unknown file, PaymentRequired, Forbidden.
    """
    may_import(work, work.platform.importers[values["importer"]])
    require(work, values["file_id"], field="file_id", kinds=("data",))
    identity = uuid7()
    requested_by = work.actor.id if work.actor.kind == "user" else None
    work.queue(insert_row(Import, identity, {**values, "requested_by": requested_by}))
    work.defer(TASK, import_id=identity)
    return identity


def call_off(work: Work, identity: UUID) -> None:
    """Stop an import that is not over; nothing of it is kept. Raises NotFound, Conflict."""
    called_off, known = work.write(_CALL_OFF(id=identity), _STATUS(id=identity))
    if not known:
        raise NotFound(f"Import {identity} does not exist")
    if not called_off:
        status = known[0]["status"]
        raise Conflict(f"This import is {status}: there is nothing to call off.", reason="state", status=status)


def may_import(work: Work, importer: Importer) -> None:
    """Raise PaymentRequired or Forbidden unless the actor may write what every file of this kind has.

    What only some files have is asked when the file is read (``running``).
    """
    for feature, prefix in importer.features.items():
        if not prefix:
            work.require_feature(feature, write=True)
        if work.has(feature):
            work.require_permission(f"{feature}:write")
