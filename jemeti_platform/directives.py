"""What a plugin may say in its ``includeme``, checked while the platform boots.

``config.add_service``, ``config.add_resource``, ``config.add_event``, ``config.add_listener``, ``config.add_port``,
``config.add_importer``, ``config.add_task``, ``config.add_periodic`` and ``config.add_message``. Each refusal is a
sentence that names the file and the remedy.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from pyramid.config import Configurator

from .events import declared
from .lifecycle.machine import Machine
from .lifecycle.services import services_of
from .messages.composing import listener_of
from .messages.templates import Templates
from .platform import BootError
from .rest.service import ALWAYS, AUTHENTICATED, PUBLIC, Service
from .worker import schedule, tasks

if TYPE_CHECKING:
    from .messages.template import MessageTemplate
    from .platform import Platform
    from .rest.resource import Resource

__all__ = [
    "add_event",
    "add_importer",
    "add_listener",
    "add_message",
    "add_periodic",
    "add_port",
    "add_resource",
    "add_service",
    "add_task",
    "includeme",
    "owner_of",
]

KERNEL = "kernel"


def includeme(config: Configurator) -> None:
    config.registry.services = {}
    config.registry.resources = config.registry.platform.resources
    for directive in (
        add_service,
        add_resource,
        add_event,
        add_listener,
        add_port,
        add_importer,
        add_task,
        add_periodic,
        add_message,
    ):
        config.add_directive(directive.__name__, directive, action_wrap=False)


def owner_of(config: Configurator) -> str:
    """The plugin in whose ``includeme`` we are, or ``kernel``.

    Pyramid knows the package being included; nothing is guessed from module paths of functions.
    """
    platform: Platform = config.registry.platform
    package = config.package_name
    for name, manifest in platform.manifests.items():
        if package == manifest.package or package.startswith(manifest.package + "."):
            return name
    return KERNEL


def add_service(config: Configurator, service: Service) -> None:
    """Register a service after checking its paths, features and permissions against the manifest."""
    platform: Platform = config.registry.platform
    owner = owner_of(config)
    if not service.views:
        raise BootError(f"service {service.name!r} of {owner!r} has no views")
    where = next(iter(service.views.values())).where
    if owner != KERNEL:
        manifest = platform.manifests[owner]
        if not manifest.serves(service.path if service.prefix == "/v1" else service.full_path):
            raise BootError(
                f"{where}: plugin {owner!r} serves {service.full_path}, but its manifest declares only "
                f"{', '.join(manifest.paths) or 'no paths'}; add the path to Manifest(paths=…)"
            )
    taken = config.registry.services.get(service.full_path)
    if taken is not None:
        raise BootError(
            f"{where}: the path {service.full_path} is already served by {taken[1].name!r} of "
            f"{taken[0]!r}; merge the two services or change the path"
        )
    if any(other.name == service.name for _, other in config.registry.services.values()):
        raise BootError(f"{where}: another service is already named {service.name!r}; names must be unique")
    for view in service.views.values():
        _check_view(platform, owner, service, view)
    config.registry.services[service.full_path] = (owner, service)
    service.register(config)


def _check_view(platform: Platform, owner: str, service: Service, view: Any) -> None:
    what = f"{view.where}: {view.method} {service.full_path}"
    if not view.permission:
        raise BootError(
            f"{what} declares no permission; write permission='<feature>:<action>', or AUTHENTICATED or "
            "PUBLIC if you mean it"
        )
    if not view.feature:
        raise BootError(f"{what} declares no feature; write feature='<slug>', or ALWAYS if every subscription has it")
    known = platform.permissions.keys() | {AUTHENTICATED, PUBLIC}
    if view.realm == "workspace" and view.permission not in known:
        raise BootError(f"{what} uses the permission {view.permission!r}, which no manifest declares")
    if view.feature != ALWAYS and view.feature not in platform.features:
        raise BootError(f"{what} uses the feature {view.feature!r}, which no manifest declares")
    if owner != KERNEL:
        manifest = platform.manifests[owner]
        if view.feature != ALWAYS and view.feature not in {f.slug for f in manifest.features}:
            raise BootError(
                f"{what} is gated by {view.feature!r}, a feature of another plugin; gate it by one of your own"
            )
        if view.realm != "workspace":
            raise BootError(f"{what}: only the kernel serves platform administrators")


def add_resource(config: Configurator, resource: Resource) -> None:
    """Register the two services of a resource, and the resource for export, search and the test kit."""
    if resource.name in config.registry.resources:
        raise BootError(f"a resource named {resource.name!r} is registered twice")
    for column, sequence in resource.numbered.items():
        if column not in resource.table.c:
            raise BootError(f"resource {resource.name!r} numbers {column!r}, which is no column of its table")
        if sequence not in config.registry.platform.sequences:
            raise BootError(
                f"resource {resource.name!r} is numbered by {sequence!r}, which no manifest declares; "
                f"add Sequence({sequence!r}, …) to Manifest(sequences=…)"
            )
    if resource.updatable and resource.update is None and "version" not in resource.table.c:
        raise BootError(
            f"resource {resource.name!r} has rows without a version, which a change counts; say updatable=False, "
            f"or derive {resource.model.__name__} from TenantBase"
        )
    config.registry.resources[resource.name] = resource
    for service in (*resource.services(), *_lifecycle_services(config, resource)):
        for view in service.views.values():
            view.declared_at = resource.declared_at  # its functions are the kernel's, and no author would look there
        if service.views:
            add_service(config, service)


def _lifecycle_services(config: Configurator, resource: Resource) -> list[Service]:
    """The services that the resource's lifecycle adds, if it has one; its events are declared."""
    if resource.lifecycle is None:
        return []
    platform: Platform = config.registry.platform
    found = platform.lifecycles.get(resource.lifecycle)
    if found is None:
        raise BootError(
            f"resource {resource.name!r} has the lifecycle {resource.lifecycle!r}, which no manifest declares; "
            "add it to Manifest(lifecycles=…)"
        )
    if found.name in platform.machines:
        raise BootError(f"two resources have the lifecycle {found.name!r}; declare one for each")
    machine = platform.machines[found.name] = Machine(found, resource)
    for event in machine.events.values():
        if any(other.name == event.name for other in platform.events.values()):
            raise BootError(
                f"lifecycle {found.name!r}: {event.name} is also an event that the plugin declares; give each "
                f"transition to {event.name.rpartition('.')[2]!r} that event by event=…"
            )
        platform.events[event.cls] = event
    return services_of(machine)


def add_event(config: Configurator, *events: type) -> None:
    """Declare the events that this plugin emits: frozen dataclasses, whose first field names the object.

    A class ``CustomerCreated`` of the plugin ``crm`` is stored and shown as ``crm.customer.created``; the last word is
    what happened. The kernel's events are named after the package that emits them.
    """
    known = config.registry.platform.events
    owner = owner_of(config)
    for event in events:
        try:
            made = declared.declare(event, owner, owner if owner != KERNEL else _room(config))
        except ValueError as error:
            raise BootError(f"plugin {owner!r}: {error}") from error
        other = known.get(event) or next((one for one in known.values() if one.name == made.name), None)
        if other is not None:
            raise BootError(
                f"plugin {owner!r}: the event {made.name} ({event.__module__}) is declared already, by"
                f" {other.plugin!r} as {other.name} ({other.cls.__module__})"
            )
        known[event] = made


def _room(config: Configurator) -> str:
    """The package of the kernel in whose ``includeme`` we are: ``webhooks`` of ``jemeti_platform.webhooks``."""
    return str(config.package_name).split(".")[:2][-1]


def add_listener(config: Configurator, event: type, listener: Callable[..., None], *, replay: bool = False) -> None:
    """Call ``listener(work, event)`` in the emitter's transaction, for workspaces where this plugin is on.

    With ``replay`` it is told of every event exactly once, in order: of those that happened while the plugin was off,
    in the transaction that switches it on; ``work.happened_at()`` says when.
    """
    _check_arguments(listener, 2, f"a listener of {event.__name__}", "(work, event)")
    owner = owner_of(config)
    platform: Platform = config.registry.platform
    platform.listeners.setdefault(event, []).append((owner, listener))
    if replay:
        if owner == KERNEL:
            raise BootError("the kernel is never off: a listener of its own has nothing to hear afterwards")
        platform.replays.setdefault(event, {}).setdefault(owner, []).append(listener)


def add_port(config: Configurator, protocol: type, provider: Callable[..., Any]) -> None:
    """Offer ``provider(work)`` as the one answer to ``work.port(protocol)``."""
    _check_arguments(provider, 1, f"a provider of {protocol.__name__}", "(work)")
    ports = config.registry.platform.ports
    if protocol in ports:
        raise BootError(
            f"the port {protocol.__name__} has two providers, {ports[protocol][0]!r} and "
            f"{owner_of(config)!r}; remove one from jemeti.plugins"
        )
    ports[protocol] = (owner_of(config), provider)


def add_importer(config: Configurator, importer: Any) -> None:
    """Offer an importer (see ``jemeti_platform.imports``) under its name to ``jemeti import``."""
    importers = config.registry.platform.importers
    if importer.name in importers:
        raise BootError(f"two importers are named {importer.name!r}; rename one")
    importers[importer.name] = importer


def add_task(
    config: Configurator,
    name: str,
    function: Callable[..., Any],
    *,
    attempts: int = 5,
    pauses: Sequence[float] | None = None,
    queue: str = "default",
    late: bool = False,
) -> None:
    """Let the worker call ``function(work, **args)`` for jobs that ``work.defer(name, **args)`` has put into the queue.

    It runs inside the workspace, in one transaction, and has its effects in the database exactly once; what it does
    outside it may do again. The types of its arguments are read from its signature. A job that fails is tried
    ``attempts`` times in all, then kept as failed. ``pauses`` are the seconds between, of which the last stands for all
    that follow: 15, 60, 300, 1800, 7200 by default. ``name`` begins with the plugin's.

    A ``late`` task opens its transaction itself, when it first writes: for one that waits for others, which must not
    hold one open meanwhile. It may be called again after it has been committed, so that what it keeps must tell what
    has been done; where it returns a moment, the job comes back then, in its place among those of the same lock.
    """
    platform: Platform = config.registry.platform
    owner = owner_of(config)
    if owner != KERNEL and not name.startswith(f"{owner}."):
        raise BootError(f"plugin {owner!r}: the task {name!r} must be named {owner}.{name.rpartition('.')[2]}")
    if name in platform.tasks:
        raise BootError(
            f"plugin {owner!r}: a task named {name!r} is declared already by {platform.tasks[name].plugin!r}"
        )
    try:
        task = tasks.declare(
            name, function, plugin=owner, attempts=attempts, pauses=pauses or tasks.PAUSES, queue=queue, late=late
        )
    except ValueError as error:
        raise BootError(f"plugin {owner!r}: {error}") from error
    platform.tasks[name] = task


def add_periodic(config: Configurator, name: str, cron: str, function: Callable[..., Any]) -> None:
    """Have the worker call ``function(work)`` by the clock, in every active workspace that has this plugin on.

    ``cron`` has five fields and is read in UTC; a time that passes while no worker runs is made up for within a day.
    Otherwise as ``add_task``: in one transaction, tried again when it fails, its effects exactly once for each job.
    """
    add_task(config, name, function)
    platform: Platform = config.registry.platform
    owner = owner_of(config)
    try:
        cron = schedule.check(cron)
    except ValueError as error:
        raise BootError(f"plugin {owner!r}: the schedule of {name!r}: {error}") from None
    platform.periodics[name] = schedule.Periodic(name, cron, None if owner == KERNEL else owner)


def add_message(config: Configurator, *messages: MessageTemplate) -> None:
    """Declare messages: what may be sent to whom when an event happens, or by ``messages.send``.

    They stand in ``/v1/message-templates``, where a workspace switches them on and writes its own texts. ``name``
    begins with the plugin's.
    """
    platform: Platform = config.registry.platform
    owner = owner_of(config)
    for template in messages:
        if owner != KERNEL and not template.name.startswith(f"{owner}."):
            raise BootError(f"plugin {owner!r}: the message {template.name!r} must be named {owner}.…")
        platform.part(Templates).add(owner, template)
        if template.event is not None:
            add_listener(config, template.event, listener_of(template))


def _check_arguments(function: Callable[..., Any], count: int, what: str, form: str) -> None:
    try:
        inspect.signature(function).bind(*range(count))
    except TypeError:
        code = getattr(inspect.unwrap(function), "__code__", None)
        where = f"{code.co_filename}:{code.co_firstlineno}" if code else repr(function)
        raise BootError(f"{where}: {what} is called as {form}; change its arguments") from None
