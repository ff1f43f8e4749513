"""Plugins on their way into a platform: found, imported, asked for their facts, and put in order.

Whatever is wrong with one of them is said in its name, with the distribution that offers it and the remedy. It stops
the boot; where ``jemeti.skip_failed_plugins`` says so, in development, the plugin is left out instead, and with it
those that require it.
"""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import pluggy

from . import hookspecs
from .fitting import first_misfit, in_order, kernel_version
from .manifest import Manifest, ManifestError

__all__ = [
    "ENTRY_POINT_GROUP",
    "BootError",
    "FailedPlugin",
    "Loading",
    "PluginFailed",
    "installed_plugins",
    "kernel_version",
    "named",
    "offers",
    "skips_failed",
]

ENTRY_POINT_GROUP = "jemeti.plugins"
_SKIP = "jemeti.skip_failed_plugins"


class BootError(Exception):
    """The platform cannot start as it is configured; the sentence names the place and the remedy."""


@dataclass(frozen=True, slots=True)
class FailedPlugin:
    """A plugin that was to run and does not; as a text, a sentence that says why and what to do.

    ``distribution`` is name and version of what offers it (``tyre-hotel 1.2.0``), ``package`` what it would have
    imported; both are empty where nothing does. The ``manifest`` is there if it could be read.
    """

    name: str
    reason: str
    distribution: str = ""
    package: str = ""
    manifest: Manifest | None = None
    error: BaseException | None = field(default=None, compare=False, repr=False)

    def __str__(self) -> str:
        of = f" of {self.distribution}" if self.distribution else ""
        return f"the plugin {self.name!r}{of} cannot start: {self.reason}"

    def serves(self, path: str) -> bool:
        """Whether a whole path (``/v1/hotel/sets``, ``/portal``) would have been the plugin's."""
        return self.manifest is not None and (
            self.manifest.serves(path) or (path.startswith("/v1/") and self.manifest.serves(path[3:]))
        )


class PluginFailed(BootError):
    """A plugin keeps the platform from starting: ``plugin`` says which, and why."""

    def __init__(self, plugin: FailedPlugin) -> None:
        super().__init__(f"{plugin}")
        self.plugin = plugin


def installed_plugins() -> dict[str, EntryPoint]:
    """The entry points of all installed plugins, by name. Raises BootError where two offer the same name."""
    found = {}
    for name, points in offers().items():
        if len(points) > 1:
            raise BootError(_twice(name, points))
        found[name] = points[0]
    return found


def offers() -> dict[str, list[EntryPoint]]:
    """What installed distributions offer under each name: one entry point, if all is well."""
    found: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=ENTRY_POINT_GROUP):
        others = found.setdefault(point.name, [])
        if all(point.value != other.value for other in others):
            others.append(point)
    return found


def named(point: EntryPoint) -> str:
    """Name and version of the distribution that offers an entry point."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else ""


def skips_failed(settings: Mapping[str, str]) -> bool:
    """Whether plugins that fail are left out. Raises BootError for a production platform that would."""
    value = settings.get(_SKIP, "false").strip()
    if value not in ("true", "false"):
        raise BootError(f"{_SKIP} is {value!r}; it may be true or false")
    if value == "true" and settings.get("jemeti.environment") != "development":
        raise BootError(f"{_SKIP} is for development only: in production nothing may be missing unnoticed")
    return value == "true"


class Loading:
    """The plugins that are to run. Raises PluginFailed for the first that cannot, unless it is to ``skip`` those.

    ``manifests`` and ``modules`` are of those that can, ``manifests`` in an order in which what is required comes
    first; ``failed`` are the others, to which those belong that have been known to fail before.
    """

    def __init__(self, kernel: Manifest, wanted: list[str], *, skip: bool, failed: Mapping[str, FailedPlugin]) -> None:
        self._skip = skip
        self._offers = offers()
        self.modules: dict[str, Any] = {}
        self.manifests: dict[str, Manifest] = {}
        self.failed = dict(failed)
        for name in sorted(self._offers) if wanted == ["*"] else wanted:
            if name not in self.failed:
                try:
                    with self.starting(name):
                        self._load(name)
                except PluginFailed as failure:
                    self._leave_out(failure)
        while (misfit := first_misfit(kernel, self.manifests, self.failed)) is not None:
            self._leave_out(PluginFailed(self._failure(*misfit)))
        self.manifests = in_order(self.manifests)

    @contextmanager
    def starting(self, name: str) -> Iterator[None]:
        """What is raised inside keeps this plugin from starting. Raises PluginFailed."""
        try:
            yield
        except PluginFailed:
            raise
        except (Exception, SystemExit) as error:
            # a sentence of ours says it all, but for what made us say it
            cause = error.__cause__ if isinstance(error, BootError | ManifestError) else error
            raise PluginFailed(self._failure(name, _said(error, self._package(name)), cause)) from error

    def _package(self, name: str) -> str:
        points = self._offers.get(name)
        return points[0].module if points else ""

    def _failure(self, name: str, reason: str, error: BaseException | None = None) -> FailedPlugin:
        return FailedPlugin(name, reason, self.distribution(name), self._package(name), self.manifests.get(name), error)

    def distribution(self, name: str) -> str:
        return " and ".join(filter(None, map(named, self._offers.get(name, ()))))

    def _leave_out(self, failure: PluginFailed) -> None:
        if not self._skip:
            raise failure
        self.failed[failure.plugin.name] = failure.plugin
        self.manifests.pop(failure.plugin.name, None)
        self.modules.pop(failure.plugin.name, None)

    def _load(self, name: str) -> None:
        points = self._offers.get(name, ())
        if not points:
            raise BootError(
                f"jemeti.plugins names it, but no installed distribution has an entry point {name!r} in the group "
                f"{ENTRY_POINT_GROUP!r}; installed are: {', '.join(sorted(self._offers)) or 'none'}"
            )
        if len(points) > 1:
            raise BootError(_twice(name, points))
        try:
            module = points[0].load()
        except (Exception, SystemExit) as error:
            raise BootError(f"importing {points[0].value} {_raises(error, points[0].module)}; {_REMEDY}") from error
        where = getattr(module, "__file__", module)
        make = getattr(module, "jemeti_manifest", None)
        if make is None:
            raise BootError(f"{where} has no jemeti_manifest(); add one with @hookimpl")
        try:
            manifest = make()
        except ManifestError:
            raise
        except Exception as error:
            raise BootError(f"its jemeti_manifest() {_raises(error, points[0].module)}; {_REMEDY}") from error
        if not isinstance(manifest, Manifest):
            raise BootError(f"its jemeti_manifest() ({where}) returns {manifest!r}, which is no Manifest")
        if manifest.name != name:
            raise BootError(f"its manifest ({where}) is named {manifest.name!r}; entry point and manifest must agree")
        object.__setattr__(manifest, "package", module.__name__)
        self.manifests[name] = manifest
        _check_hooks(name, module)
        self.modules[name] = module


_REMEDY = "correct it, or leave the plugin out of jemeti.plugins"


def _twice(name: str, points: Iterable[EntryPoint]) -> str:
    values = " and ".join(f"{point.value} ({named(point)})" for point in points)
    return f"two distributions offer a plugin {name!r}: {values}; uninstall one"


def _said(error: BaseException, package: str) -> str:
    """What went wrong, in words: sentences of our own as they stand, anything else with its place."""
    if isinstance(error, BootError | ManifestError):
        return str(error)
    return f"setting it up {_raises(error, package)}; {_REMEDY}"


def _raises(error: BaseException, package: str) -> str:
    """``raises KeyError: 'rack' (tyre_hotel/__init__.py:31)``: where is the last line of the plugin that was at work.

    What it calls of the platform may be what raises; the line to be changed is the one that called.
    """
    if isinstance(error, SyntaxError):
        place = f"{error.filename}:{error.lineno}"
        return f"raises {type(error).__name__}: {error.msg} ({place})"
    frames = [f for f in traceback.extract_tb(error.__traceback__) if not f.filename.startswith("<")]
    words = " ".join(str(error).split())
    own = [f for f in frames if _is_of(package, Path(f.filename))] or frames
    place = f" ({Path(own[-1].filename)}:{own[-1].lineno})" if own else ""
    return f"raises {type(error).__name__}{f': {words}' * bool(words)}{place}"


def _is_of(package: str, file: Path) -> bool:
    """Whether a file is one of this package, or the module itself."""
    return f"/{package.replace('.', '/')}/" in f"{file.with_suffix('').as_posix()}/"


def _check_hooks(name: str, module: Any) -> None:
    """Raise BootError for a hook or an argument of one that there is not; warn of those that are deprecated."""
    known = sorted(name for name in vars(hookspecs) if name.startswith("jemeti_"))
    for word in vars(module):
        if word.startswith("jemeti_") and word not in known:
            raise BootError(f"{module.__file__}: there is no hook {word!r}; the hooks are {', '.join(known)}")
    probe = pluggy.PluginManager("jemeti")
    probe.add_hookspecs(hookspecs)
    try:
        probe.register(module, name)
        probe.check_pending()
    except pluggy.PluginValidationError as error:
        raise BootError(f"{module.__file__}: {error}") from error
