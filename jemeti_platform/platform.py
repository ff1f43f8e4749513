"""The platform of one application: which plugins are there, in which order, and how they are called.

A ``Platform`` is made once at start-up from the settings and hangs on the registry. It is never a
module global: two applications in one process (as in tests) have two.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import pluggy
from prometheus_client import CollectorRegistry

from . import hookspecs
from .deprecation import PlatformDeprecation
from .loading import (
    ENTRY_POINT_GROUP,
    BootError,
    FailedPlugin,
    Loading,
    PluginFailed,
    installed_plugins,
    kernel_version,
    skips_failed,
)
from .manifest import Feature, Limit, Manifest, Permission, Sequence, covering_key_grants
from .plugin_faults import PluginFaults
from .soft_hooks import SoftHooks

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from .db.statement import Bound
    from .events.declared import EventType
    from .lifecycle.machine import Machine
    from .state_machine import Lifecycle
    from .tenancy.state import WorkspaceStates
    from .work import Work
    from .worker.schedule import Periodic
    from .worker.tasks import Task

__all__ = [
    "ENTRY_POINT_GROUP",
    "BootError",
    "FailedPlugin",
    "Platform",
    "PluginFailed",
    "installed_plugins",
    "kernel_version",
]


class Part(Protocol):
    """What a platform has one of, made from its settings: the password hasher, the mailer."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self: ...


P = TypeVar("P", bound=Part)


@dataclass
class Platform:
    """The plugins, ordered so that what is required comes first, and the registers they filled.

    Raises PluginFailed when one is missing, doubled, incompatible or misspelt. Where plugins that fail are skipped,
    ``failed_plugins`` are those, by name, and whatever requires them; it may be given those known to fail before.
    """

    settings: Mapping[str, str]
    kernel: Manifest
    failed_plugins: dict[str, FailedPlugin] = field(default_factory=dict)
    manifests: dict[str, Manifest] = field(default_factory=dict)
    events: dict[type, EventType] = field(default_factory=dict)
    listeners: dict[type, list[tuple[str, Callable[..., None]]]] = field(default_factory=dict)
    replays: dict[type, dict[str, list[Callable[..., None]]]] = field(default_factory=dict)
    tasks: dict[str, Task] = field(default_factory=dict)
    periodics: dict[str, Periodic] = field(default_factory=dict)
    ports: dict[type, tuple[str, Callable[[Work], Any]]] = field(default_factory=dict)
    importers: dict[str, Any] = field(default_factory=dict)
    machines: dict[str, Machine] = field(default_factory=dict)
    resources: dict[str, Any] = field(default_factory=dict)
    usages: dict[str, Bound] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    parts: dict[type, Any] = field(default_factory=dict, repr=False)
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry, repr=False)
    states: WorkspaceStates = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self.faults = PluginFaults(self.metrics)
        self.soft_hooks = SoftHooks(self)
        self.skips_failed = skips_failed(self.settings)
        wanted = self.settings.get("jemeti.plugins", "*").split()
        self._loading = Loading(self.kernel, wanted, skip=self.skips_failed, failed=self.failed_plugins)
        self.failed_plugins, self.manifests = self._loading.failed, self._loading.manifests
        self._modules: dict[str, Any] = self._loading.modules
        self._hooks = pluggy.PluginManager("jemeti")
        self._hooks.add_hookspecs(hookspecs)
        # pluggy calls the last registered first: registering in reverse keeps required plugins first in every call
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", PlatformDeprecation)  # said when the plugin was loaded
            for name in reversed(self.manifests):
                self._hooks.register(self._modules[name], name)
        self.features: dict[str, Feature] = {f.slug: f for m in self.all_manifests for f in m.features}
        self.permissions: dict[str, Permission] = {p.name: p for m in self.all_manifests for p in m.permissions}
        self.limits: dict[str, Limit] = {x.slug: x for m in self.all_manifests for x in m.limits}
        self.sequences: dict[str, Sequence] = {s.name: s for m in self.all_manifests for s in m.sequences}
        self.lifecycles: dict[str, Lifecycle] = {x.name: x for m in self.all_manifests for x in m.lifecycles}
        self._callers = lru_cache(maxsize=512)(self._subset_caller)
        self._of_keys = lru_cache(maxsize=1024)(self._granted_to_key)

    @property
    def all_manifests(self) -> list[Manifest]:
        return [self.kernel, *self.manifests.values()]

    def distribution(self, plugin: str) -> str:
        """Name and version of what offers a plugin: ``tyre-hotel 1.2.0``; empty where nothing does."""
        return self._loading.distribution(plugin)

    def module(self, plugin: str) -> Any:
        """The package of a loaded plugin, as its entry point named it."""
        return self._modules[plugin]

    @contextmanager
    def starting(self, plugin: str) -> Iterator[None]:
        """What is raised inside keeps this plugin from starting. Raises PluginFailed."""
        with self._loading.starting(plugin):
            yield

    def hook(self, name: str, enabled: frozenset[str]) -> Any:
        """The hook ``name``, called only for the plugins in ``enabled``: the one place where a plugin is silent."""
        return self._callers(name, enabled)

    def key_permissions(self, grants: Iterable[str]) -> frozenset[str]:
        """What these grants come to for an API key: wildcards do not reach what is sensitive."""
        return self._of_keys(frozenset(grants))

    def part(self, kind: type[P]) -> P:
        """The one ``kind`` of this platform, made from the settings when first asked for. Raises BootError."""
        found: P | None = self.parts.get(kind)
        if found is None:
            found = self.parts.setdefault(kind, kind.from_settings(self.settings))
        return found

    def plugin_of(self, feature: str) -> str | None:
        """The plugin that declared a feature."""
        return next((m.name for m in self.manifests.values() if any(f.slug == feature for f in m.features)), None)

    def sold(self, plugin: str) -> list[str]:
        """The features by which a plugin is on: those below an umbrella, or all that it has if there is none."""
        slugs = [feature.slug for feature in self.manifests[plugin].features]
        return [slug for slug in slugs if "." in slug] or slugs

    def enabled_plugins(self, has: Callable[[str], bool]) -> frozenset[str]:
        """The plugins with at least one sold feature that ``has``, those that sell none, and whatever these require.

        What is sold are the features below an umbrella. A plugin without features has nothing that a subscription
        could leave out: wherever it is installed it is on, as the kernel is; what it requires is on only where that is
        sold.
        """
        enabled: set[str] = set()
        for manifest in reversed(list(self.manifests.values())):
            sold = self.sold(manifest.name)
            if manifest.name in enabled or any(has(slug) for slug in sold):
                enabled.update((manifest.name, *manifest.requires))
            elif not sold:
                enabled.add(manifest.name)
        return frozenset(enabled)

    def _granted_to_key(self, grants: frozenset[str]) -> frozenset[str]:
        return frozenset(name for name, p in self.permissions.items() if covering_key_grants(p) & grants)

    def _subset_caller(self, name: str, enabled: frozenset[str]) -> Any:
        silent = [module for plugin, module in self._modules.items() if plugin not in enabled]
        return self._hooks.subset_hook_caller(name, remove_plugins=silent)
