"""A plugin that does everything right, beside one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission
from jemeti_platform.rest.service import Service
from plugins.crm.contract import CustomerCreated

ACTS: list[Callable[[Any], None]] = []
"""What the view and the tasks do."""

service = Service("steady.things", "/steady/things", "steady.things", "Things")


@dataclass(frozen=True, slots=True)
class CustomerGreeted:
    """A customer has been greeted."""

    customer_id: UUID


@hookimpl
def jemeti_manifest() -> Manifest:
    return Manifest(
        name="steady",
        title="Steady",
        version="1.0.0",
        requires=("crm",),
        features=(Feature("steady", "Steady"), Feature("steady.things", "Things")),
        permissions=(Permission("steady.things:read", "See things"),),
        paths=("/steady",),
    )


@hookimpl
def jemeti_health() -> dict[str, str]:
    return {"steady": "as ever"}


def greet(work: Any, event: CustomerCreated) -> None:
    work.emit(CustomerGreeted(event.customer_id))


@service.get(permission="steady.things:read")
def show(request: Any) -> dict[str, Any]:
    """Show nothing."""
    act(request.work)
    return {}


def act(work: Any) -> None:
    for do in ACTS:
        do(work)


def includeme(config: Any) -> None:
    config.add_event(CustomerGreeted)
    config.add_listener(CustomerCreated, greet)
    config.add_service(service)
    config.add_task("steady.act", act)
    config.add_task("steady.ask", act, late=True)
