"""``/v1/api-keys``: a key is shown when it is made and when it is rotated, and never again."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, func, select

from ..rest.answer import Answer
from ..rest.request import path_id
from ..rest.resource import Expansion, Resource
from ..rest.service import ALWAYS, Service
from ..work import Work
from . import api_keys
from .key_tokens import KeyToken
from .models import ApiKey, ApiKeyUse, User
from .schemas import ApiKeySchema, RotateSchema

__all__ = ["API_KEYS", "includeme"]

_KEY = {
    "type": ["string", "null"],
    "readOnly": True,
    "description": "The key itself, to be sent as `Authorization: Bearer …`. Shown this once; null where the answer is"
    " repeated under an Idempotency-Key",
}


class _ApiKeys(Resource):
    """Keys are not deleted but revoked, so that the audit log goes on naming them."""

    def services(self) -> tuple[Service, Service]:
        many, one = super().services()
        many.views["POST"].answer = self.answer_with_key
        return many, one

    @property
    def answer_with_key(self) -> dict[str, Any]:
        """The JSON Schema of a record beside which the key is shown."""
        record = self.answer_schema
        return {**record, "title": "API key shown once", "properties": {**record["properties"], "key": _KEY}}

    def on_create(self, request: Any) -> Answer:
        token = api_keys.create(request.work, request.validated)
        answer = self.shown_once(request.work, token)
        answer.status, answer.location = 201, f"/v1{self.path}/{token.key_id}"
        return answer

    def shown_once(self, work: Work, token: KeyToken) -> Answer:
        """The record with the key beside it."""
        answer = self.present(work, token.key_id)
        answer.data["key"] = token.text
        answer.once = ("key",)
        return answer

    def update_key(self, work: Work, identity: UUID, changes: dict[str, Any]) -> None:
        """Change a key."""
        api_keys.change(work, identity, self.locked(work, identity), changes)


_KEYS, _USES = ApiKey.__table__, ApiKeyUse.__table__


def _of_use(column: str) -> Any:
    mine = and_(_USES.c.tenant_id == _KEYS.c.tenant_id, _USES.c.id == _KEYS.c.id)
    return select(_USES.c[column]).where(mine).correlate(_KEYS).scalar_subquery()


API_KEYS = _ApiKeys(
    name="api_keys",
    path="/api-keys",
    model=ApiKey,
    schema=ApiKeySchema,
    feature=ALWAYS,
    title="API key",
    filters=("name", "prefix", "created_by", "created_at", "expires_at", "revoked_at"),
    sort=("created_at", "name"),
    hidden=("key_hash", "former_key_hash", "former_by"),
    computed={
        "status": case(
            (_KEYS.c.revoked_at.is_not(None), "revoked"), (_KEYS.c.expires_at <= func.now(), "expired"), else_="active"
        ),
        "last_used_at": _of_use("last_used_at"),
        "last_used_address": _of_use("last_used_address"),
    },
    expand={"creator": Expansion("created_by", User, ("name", "email"), permission="users:read")},
    read="api_keys:read",
    write="api_keys:write",
    description="Keys by which programs work in this workspace",
)
API_KEYS.update = API_KEYS.update_key

revoking = Service("api_keys.revoke", "/api-keys/{id}/revoke", ALWAYS, "End an API key", tag="api_keys")
rotating = Service("api_keys.rotate", "/api-keys/{id}/rotate", ALWAYS, "A new secret for an API key", tag="api_keys")


@revoking.post(permission="api_keys:write", answer=API_KEYS.answer_schema, errors=(404,))
def revoke_key(request: Any) -> Answer:
    """End a key for its very next request, and for good. Revoking it again changes nothing."""
    work, identity = request.work, path_id(request)
    API_KEYS.locked(work, identity)
    api_keys.revoke(work, identity)
    return API_KEYS.present(work, identity)


@rotating.post(permission="api_keys:write", body=RotateSchema, answer=API_KEYS.answer_with_key, errors=(404, 409))
def rotate_key(request: Any) -> Answer:
    """Give a key a new secret, shown this once. The secret before stays good for `old_valid_hours`.

    At most two are good at a time: of an earlier rotation nothing remains. Whoever rotates a key answers for it from
    then on.
    """
    work, identity = request.work, path_id(request)
    current = API_KEYS.locked(work, identity)
    token = api_keys.rotate(work, identity, current, timedelta(hours=request.validated["old_valid_hours"]))
    return API_KEYS.shown_once(work, token)


def includeme(config: Any) -> None:
    config.add_resource(API_KEYS)
    for service in (revoking, rotating):
        config.add_service(service)
