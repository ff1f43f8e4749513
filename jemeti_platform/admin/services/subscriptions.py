"""``/platform/tenants/{slug or id}/subscription``: a workspace's plan, add-ons and limits of its own."""

from __future__ import annotations

from typing import Any

from ...rest.service import ALWAYS, AUTHENTICATED, Service
from .. import subscriptions
from ..answers import CHANGED_SUBSCRIPTION, SUBSCRIPTION
from ..plans import patched
from ..schemas import SubscriptionPatchSchema, SubscriptionSchema
from ..states import read_state
from ..workspaces import locked
from .paths import path_workspace
from .tagging import refuse_stale, tagged

__all__ = ["includeme"]

service = Service(
    "platform.subscription",
    "/platform/tenants/{workspace}/subscription",
    ALWAYS,
    "What a workspace has subscribed to",
    prefix="",
    realm="platform",
    tag="platform.tenants",
)


@service.get(permission=AUTHENTICATED, answer=SUBSCRIPTION, errors=(404, 410))
def get_subscription(request: Any) -> Any:
    """The plan, what is added to it, and the limits that hold."""
    row, state, _ = read_state(request.work, path_workspace(request))
    return tagged(subscriptions.shown(row, state))


@service.put(
    permission=AUTHENTICATED, body=SubscriptionSchema, answer=CHANGED_SUBSCRIPTION, errors=(404, 409, 410, 412)
)
def put_subscription(request: Any) -> Any:
    """Change all of it: add-ons and limits that are not sent are taken out. In force for the next request."""
    _compare(request)
    return tagged(subscriptions.change(request.work, path_workspace(request), **request.validated))


@service.patch(
    permission=AUTHENTICATED, body=SubscriptionPatchSchema, answer=CHANGED_SUBSCRIPTION, errors=(404, 409, 410, 412)
)
def patch_subscription(request: Any) -> Any:
    """Change what is given; within add-ons and limits, null takes an entry out."""
    current = _compare(request)
    changes: dict[str, Any] = {
        name: patched(current[name], change) if isinstance(change, dict) else change
        for name, change in request.validated.items()
    }
    return tagged(subscriptions.change(request.work, path_workspace(request), **changes))


def _compare(request: Any) -> dict[str, Any]:
    locked(request.work, path_workspace(request))
    row, state, _ = read_state(request.work, path_workspace(request))
    current = subscriptions.shown(row, state)
    refuse_stale(request, current)
    return current


def includeme(config: Any) -> None:
    config.add_service(service)
