"""``/v1/webhooks``: endpoints, whose secret is shown when it is made and never again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from sqlalchemy import and_, select

from ..rest.answer import Answer
from ..rest.resource import Resource
from ..rest.schema import Mapping
from ..rest.service import ALWAYS, Service
from ..work import Work
from . import endpoints
from .models import WebhookDelivery, WebhookEndpoint, WebhookFailure
from .schemas import EndpointSchema

__all__ = ["DELIVERIES", "ENDPOINTS"]


_SECRET = {
    "type": ["string", "null"],
    "readOnly": True,
    "description": "What verifies the signatures (Standard Webhooks). Shown this once; null where the answer is"
    " repeated under an Idempotency-Key",
    "examples": ["whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD"],
}


class _Endpoints(Resource):
    """Endpoints; what is created answers with its secret."""

    def services(self) -> tuple[Service, Service]:
        many, one = super().services()
        many.views["POST"].answer = self.answer_with_secret
        many.views["POST"].errors += (402,)
        return many, one

    @property
    def answer_with_secret(self) -> dict[str, Any]:
        """The JSON Schema of a record beside which the secret is shown."""
        record = self.answer_schema
        properties = {**record["properties"], "secret": _SECRET}
        return {**record, "title": "Webhook with its secret", "properties": properties}

    def on_create(self, request: Any) -> Answer:
        identity, secret = endpoints.add(request.work, request.validated)
        answer = self.shown_once(request.work, identity, secret)
        answer.status, answer.location = 201, f"/v1{self.path}/{identity}"
        return answer

    def shown_once(self, work: Work, identity: UUID, secret: str) -> Answer:
        """The record with the secret beside it."""
        answer = self.present(work, identity)
        answer.data["secret"] = secret
        answer.once = ("secret",)
        return answer


_E, _F = WebhookEndpoint.__table__, WebhookFailure.__table__
_FAILING_SINCE = (
    select(_F.c.since)
    .where(and_(_F.c.tenant_id == _E.c.tenant_id, _F.c.endpoint_id == _E.c.id))
    .correlate(_E)
    .scalar_subquery()
)

ENDPOINTS = _Endpoints(
    name="webhooks",
    path="/webhooks",
    model=WebhookEndpoint,
    schema=EndpointSchema,
    feature=ALWAYS,
    title="webhook",
    description="URLs that are told of events, signed as Standard Webhooks say",
    filters=("status", "event_types", "created_at"),
    sort=("created_at", "url"),
    default_sort="created_at",
    hidden=("secret", "previous_secret", "generation"),
    computed={"failing_since": _FAILING_SINCE},
    read="webhooks:read",
    write="webhooks:write",
    create=lambda work, values: endpoints.add(work, values)[0],
    update=endpoints.change,
    deletable=True,
)

DELIVERIES = Resource(
    name="webhooks.deliveries",
    path="/webhooks/{id}/deliveries",
    model=WebhookDelivery,
    schema=Mapping,
    feature=ALWAYS,
    title="delivery",
    filters=("endpoint_id", "status", "event_type", "object_id", "created_at"),
    sort=("created_at",),
    hidden=("round", "started_at"),
    read="webhooks:read",
    write="webhooks:write",
)
"""How deliveries are shown and filtered; their paths are in ``services``."""
