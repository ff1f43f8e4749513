"""A plugin that does wrong whatever a test wants it to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Protocol

from steady import CustomerGreeted

from jemeti_platform.hookspecs import hookimpl
from jemeti_platform.manifest import Feature, Manifest, Permission
from jemeti_platform.messages import MessageTemplate, Recipient, Texts
from jemeti_platform.rest.service import Service
from plugins.crm.contract import CustomerCreated

WRONG: dict[str, Any] = {}
"""By part: the exception it raises, the function it calls, or what it answers."""

service = Service("careless.things", "/careless/things", "careless.things", "Things")


class Scales(Protocol):
    """What the plugin offers to others."""


@hookimpl
def jemeti_manifest() -> Manifest:
    return Manifest(
        name="careless",
        title="Careless",
        version="1.0.0",
        requires=("steady",),
        features=(
            Feature("careless", "Careless"),
            Feature("careless.things", "Things"),
            Feature("careless.mood", "Mood"),
        ),
        permissions=(Permission("careless.things:read", "See things"),),
        paths=("/careless",),
    )


def do(part: str) -> Any:
    wrong = WRONG.get(part)
    if isinstance(wrong, Exception):
        raise wrong
    return wrong() if callable(wrong) else wrong


@hookimpl
def jemeti_health() -> Any:
    return do("jemeti_health")


@hookimpl
def jemeti_feature_decision(slug: str) -> Any:
    return do("jemeti_feature_decision") if slug == "careless.mood" else None


@hookimpl
def jemeti_tenant_enabled() -> None:
    do("jemeti_tenant_enabled")


@hookimpl
def jemeti_tenant_disabled() -> None:
    do("jemeti_tenant_disabled")


@hookimpl
def jemeti_tenant_export() -> Iterator[tuple[str, Iterator[dict[str, int]]]]:
    yield "careless_things", _rows()


def _rows() -> Iterator[dict[str, int]]:
    yield {"id": 1}
    do("jemeti_tenant_export")


def hear(work: Any, event: CustomerCreated) -> None:
    do("listener")


def hear_of_greeting(work: Any, event: CustomerGreeted) -> None:
    do("listener of a listener")


def later(work: Any) -> None:
    do("task")


def nightly(work: Any) -> None:
    do("periodic")


def weigh(work: Any) -> Any:
    return do("port")


def owners(work: Any, event: CustomerCreated) -> list[Recipient]:
    do("message")
    return []


HELLO = MessageTemplate(
    "careless.hello",
    "Hello",
    {"en": Texts(subject="Hello", text="Hello")},
    event=CustomerCreated,
    recipients=owners,
    transactional=True,
    enabled=True,
)


@service.get(permission="careless.things:read")
def show(request: Any) -> dict[str, Any]:
    """Show what the scales say."""
    do("view")
    request.work.port(Scales)
    return {}


def includeme(config: Any) -> None:
    config.add_service(service)
    config.add_listener(CustomerCreated, hear)
    config.add_listener(CustomerGreeted, hear_of_greeting)
    config.add_task("careless.later", later, attempts=1)
    config.add_periodic("careless.nightly", "0 1 * * *", nightly)
    config.add_port(Scales, weigh)
    config.add_message(HELLO)
