"""Who changed what: the trigger of ``db.audit`` writes it, ``models`` keeps it, ``/v1/audit-log`` shows it."""

from __future__ import annotations

from typing import Any

from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS
from .models import AuditEntry

__all__ = ["AUDIT_LOG", "includeme"]

AUDIT_LOG = Resource(
    name="audit_log",
    path="/audit-log",
    model=AuditEntry,
    schema=Mapping,
    feature=ALWAYS,
    title="audit entry",
    description="Every change of this workspace's data, newest first",
    read="audit:read",
    write="audit:read",
    filters=("at", "actor_kind", "actor_id", "resource", "record_id", "action", "request_id"),
    sort=("at",),
    default_sort="-at",
    creatable=False,
    updatable=False,
)


def includeme(config: Any) -> None:
    config.add_resource(AUDIT_LOG)
