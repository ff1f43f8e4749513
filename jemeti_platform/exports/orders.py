"""Ordering an export: whoever may read the list may have it as a file."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from ..db.base import uuid7
from ..db.rows import insert_row
from ..errors import Invalid
from ..work import Work
from .models import Export
from .writing import select

if TYPE_CHECKING:
    from ..rest.resource import Resource

__all__ = ["TASK", "may_read", "order"]

TASK = "exports.make"


def order(work: Work, values: dict[str, Any]) -> UUID:
    """Order an export; the worker makes it. Raises Invalid for an unknown list or query, PaymentRequired, Forbidden."""
    resource = work.platform.resources.get(values["resource"])
    if resource is None:
        known = ", ".join(sorted(work.platform.resources))
        raise Invalid([{"field": "resource", "message": f"There is no such list; there are: {known}"}])
    may_read(work, resource)
    select(resource, values["query"], country=work.workspace["country"])
    identity = uuid7()
    requested_by = work.actor.id if work.actor.kind == "user" else None
    work.queue(insert_row(Export, identity, {**values, "requested_by": requested_by}))
    work.defer(TASK, export_id=identity)
    return identity


def may_read(work: Work, resource: Resource) -> None:
    """Raise PaymentRequired or Forbidden unless the actor may read the list."""
    if resource.feature in work.platform.features:
        work.require_feature(resource.feature, write=False)
    work.require_permission(resource.read)
