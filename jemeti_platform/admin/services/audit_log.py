"""``/platform/audit-log``: who changed what on the platform, before and after. It can be read, nothing else."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Text as TextColumn
from sqlalchemy import bindparam, cast, or_, select

from ...rest.filters import Comparison
from ...rest.service import ALWAYS, AUTHENTICATED, Service
from ...tenancy.models import Tenant
from ...types import Slug
from ..answers import ENTRY
from ..lists import PlatformList
from ..models import PlatformAuditEntry

__all__ = ["includeme"]

_LOG = PlatformAuditEntry.__table__
_SLUG = select(Tenant.slug).where(Tenant.id == _LOG.c.tenant_id).scalar_subquery()
_NAMED = bindparam("f_tenant", type_=TextColumn)
_TENANT = Comparison(
    "tenant",
    Slug(),
    _LOG.c.tenant_id.in_(select(Tenant.id).where(or_(Tenant.slug == _NAMED, cast(Tenant.id, TextColumn) == _NAMED))),
    "Only lines about this workspace, by slug or id",
)

ENTRIES = PlatformList(
    _LOG,
    name="audit-log",
    computed={"tenant": _SLUG},
    filters=("actor", "action", "subject", "admin_id", "request_id", "address", "at"),
    extra=(_TENANT,),
    sort=("at",),
    default_sort="-at",
    searched=("actor", "action", "subject"),
)

service = Service(
    "platform.audit-log",
    "/platform/audit-log",
    ALWAYS,
    "Who changed what on the platform",
    prefix="",
    realm="platform",
    tag="platform.audit-log",
)


@service.get(permission=AUTHENTICATED, query=ENTRIES.schema, answer=ENTRY, many=True)
def list_entries(request: Any) -> Any:
    """Every change, newest first, by workspace, person, action and time."""
    return ENTRIES.answer(request)


def includeme(config: Any) -> None:
    config.add_service(service)
