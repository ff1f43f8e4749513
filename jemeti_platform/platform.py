"""The platform of one application: which plugins are there, in which order, and how they are called.

A ``Platform`` is made once at start-up from the settings and hangs on the registry. It is never a
module global: two applications in one process (as in tests) have two.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.metadata import EntryPoint, entry_points, version
from typing import TYPE_CHECKING, Any, Protocol, Self, TypeVar

import pluggy
from packaging.specifiers import SpecifierSet

from . import hookspecs
from .manifest import Feature, Limit, Manifest, Permission, Sequence, covering_key_grants

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

__all__ = ["ENTRY_POINT_GROUP", "BootError", "Platform", "installed_plugins", "kernel_version"]

ENTRY_POINT_GROUP = "jemeti.plugins"


class Part(Protocol):
    """What a platform has one of, made from its settings: the password hasher, the mailer."""

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self: ...


P = TypeVar("P", bound=Part)


class BootError(Exception):
    """The platform cannot start as it is configured; the sentence names the place and the remedy."""


def kernel_version() -> str:
    return version("jemeti")


@dataclass
class Platform:
    """The plugins, ordered so that what is required comes first, and the registers they filled.

    Raises BootError when a plugin is missing, doubled, incompatible or misspelt.
    """

    settings: Mapping[str, str]
    kernel: Manifest
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
    states: WorkspaceStates = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._hooks = pluggy.PluginManager("jemeti")
        self._hooks.add_hookspecs(hookspecs)
        self._modules: dict[str, Any] = {}
        self._load(self.settings.get("jemeti.plugins", "*").split())
        self.features: dict[str, Feature] = {f.slug: f for m in self.all_manifests for f in m.features}
        self.permissions: dict[str, Permission] = {p.name: p for m in self.all_manifests for p in m.permissions}
        self.limits: dict[str, Limit] = {x.slug: x for m in self.all_manifests for x in m.limits}
        self.sequences: dict[str, Sequence] = {s.name: s for m in self.all_manifests for s in m.sequences}
        self.lifecycles: dict[str, Lifecycle] = {x.name: x for m in self.all_manifests for x in m.lifecycles}
        self._check_features()
        self._callers = lru_cache(maxsize=512)(self._subset_caller)
        self._of_keys = lru_cache(maxsize=1024)(self._granted_to_key)

    @property
    def all_manifests(self) -> list[Manifest]:
        return [self.kernel, *self.manifests.values()]

    def module(self, plugin: str) -> Any:
        """The package of a loaded plugin, as its entry point named it."""
        return self._modules[plugin]

    def hook(self, name: str, enabled: frozenset[str]) -> Any:
        """The hook ``name``, called only for the plugins in ``enabled``: the one place where a plugin is silent."""
        return self._callers(name, enabled)

    @property
    def every_hook(self) -> Any:
        """Hooks over all installed plugins, for what has no workspace (health, boot)."""
        return self._hooks.hook

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

    def enabled_plugins(self, has: Callable[[str], bool]) -> frozenset[str]:
        """The plugins with at least one sold feature that ``has``, those that sell none, and whatever these require.

        What is sold are the features below an umbrella. A plugin without features has nothing that a subscription
        could leave out: wherever it is installed it is on, as the kernel is; what it requires is on only where that is
        sold.
        """
        enabled: set[str] = set()
        for manifest in reversed(list(self.manifests.values())):
            sold = [f.slug for f in manifest.features if "." in f.slug] or [f.slug for f in manifest.features]
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

    def _load(self, wanted: list[str]) -> None:
        found = installed_plugins()
        names = sorted(found) if wanted == ["*"] else wanted
        modules: dict[str, Any] = {}
        manifests: dict[str, Manifest] = {}
        for name in names:
            if name not in found:
                raise BootError(
                    f"jemeti.plugins names {name!r}, but no installed distribution has an entry point "
                    f"{name!r} in the group "
                    f"{ENTRY_POINT_GROUP!r}; installed are: {', '.join(sorted(found)) or 'none'}"
                )
            module = found[name].load()
            make = getattr(module, "jemeti_manifest", None)
            if make is None:
                raise BootError(f"plugin {name!r} ({module.__file__}) has no jemeti_manifest(); add one with @hookimpl")
            manifest = make()
            if manifest.name != name:
                raise BootError(
                    f"plugin {name!r} ({module.__file__}): its manifest is named {manifest.name!r}; entry "
                    "point and manifest must agree"
                )
            object.__setattr__(manifest, "package", module.__name__)
            modules[name], manifests[name] = module, manifest
        for name in _in_order(manifests):
            manifest = manifests[name]
            if kernel_version() not in SpecifierSet(manifest.platform):
                raise BootError(
                    f"plugin {name!r} wants a platform {manifest.platform}, this is {kernel_version()}; "
                    "install a fitting version of one of them"
                )
            self.manifests[name], self._modules[name] = manifest, modules[name]
        # pluggy calls the last registered first: registering in reverse keeps required plugins first in every call
        for name in reversed(self.manifests):
            try:
                self._hooks.register(self._modules[name], name)
            except pluggy.PluginValidationError as error:
                raise BootError(f"plugin {name!r} ({self._modules[name].__file__}): {error}") from error
        self._refuse_unknown_hooks()

    def _refuse_unknown_hooks(self) -> None:
        known = {name for name in vars(hookspecs) if name.startswith("jemeti_")}
        for plugin, module in self._modules.items():
            for name in vars(module):
                if name.startswith("jemeti_") and name not in known:
                    raise BootError(
                        f"plugin {plugin!r} ({module.__file__}): there is no hook {name!r}; the hooks are "
                        f"{', '.join(sorted(known))}"
                    )
        try:
            self._hooks.check_pending()
        except pluggy.PluginValidationError as error:
            raise BootError(str(error)) from error

    def _check_features(self) -> None:
        owners: dict[str, str] = {}
        for manifest in self.all_manifests:
            facts = [
                *(("feature", f.slug) for f in manifest.features),
                *(("permission", p.name) for p in manifest.permissions),
                *(("limit", x.slug) for x in manifest.limits),
            ]
            for kind, word in facts:
                key = f"{kind} {word!r}"
                if key in owners:
                    raise BootError(
                        f"{key} is declared by {owners[key]!r} and by {manifest.name!r}; rename it in one of them"
                    )
                owners[key] = manifest.name
        for manifest in self.all_manifests:
            for feature in manifest.features:
                owner = owners.get(f"feature {feature.parent!r}")
                if feature.parent is not None and owner not in (manifest.name, *manifest.requires):
                    raise BootError(
                        f"feature {feature.slug!r} of {manifest.name!r} has no parent: declare "
                        f"Feature({feature.parent!r}, …), or name the plugin that declares it in Manifest(requires=…)"
                    )
        for feature in self.features.values():
            for required in feature.requires:
                if required not in self.features:
                    raise BootError(
                        f"feature {feature.slug!r} requires {required!r}, which no installed plugin "
                        "declares; add its plugin to jemeti.plugins"
                    )
        _refuse_cycles({slug: feature.requires for slug, feature in self.features.items()}, "feature")


def installed_plugins() -> dict[str, EntryPoint]:
    """The entry points of all installed plugins, by name. Raises BootError where two offer the same name."""
    found: dict[str, EntryPoint] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        other = found.get(point.name)
        if other is not None and other.value != point.value:
            raise BootError(
                f"two distributions offer a plugin {point.name!r}: {other.value} and {point.value}; uninstall one"
            )
        found[point.name] = point
    return found


def _in_order(manifests: Mapping[str, Manifest]) -> list[str]:
    for manifest in manifests.values():
        for required in manifest.requires:
            if required not in manifests:
                raise BootError(
                    f"plugin {manifest.name!r} requires {required!r}; install it and add it to jemeti.plugins"
                )
    return _refuse_cycles({name: manifest.requires for name, manifest in manifests.items()}, "plugin")


def _refuse_cycles(requires: Mapping[str, Iterable[str]], kind: str) -> list[str]:
    """The names so ordered that whatever is required comes first; BootError for a circle."""
    ordered: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            raise BootError(f"{kind}s require each other in a circle: {' → '.join((*path[path.index(name) :], name))}")
        state[name] = 1
        for required in requires[name]:
            visit(required, (*path, name))
        state[name] = 2
        ordered.append(name)

    for name in sorted(requires):
        visit(name, ())
    return ordered
