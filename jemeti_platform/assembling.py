"""The application put together: the kernel first, then the plugins, those that others require first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import structlog
from pyramid.config import Configurator
from pyramid.exceptions import ConfigurationConflictError, ConfigurationError, ConfigurationExecutionError

from .boot import make_platform, pyramid_settings
from .platform import Platform, PluginFailed

__all__ = ["assemble", "tell_of_failed"]

log = structlog.get_logger("jemeti.plugins")

_FIRST = (
    "jemeti_platform.rest.routing",
    "cornice",
    "pyramid_tm",
    "pyramid_retry",
    "jemeti_platform.boot",
    "jemeti_platform.directives",
    "jemeti_platform.tenancy",
    "jemeti_platform.ratelimit",
    "jemeti_platform.rest",
    "jemeti_platform.auth",
    "jemeti_platform.features",
    "jemeti_platform.messages",
    "jemeti_platform.audit",
    "jemeti_platform.files",
    "jemeti_platform.numbering",
    "jemeti_platform.lifecycle",
    "jemeti_platform.overview",
    "jemeti_platform.documents",
    "jemeti_platform.events",
    "jemeti_platform.worker",
    "jemeti_platform.exports",
    "jemeti_platform.admin",
    "jemeti_platform.egress",
    "jemeti_platform.webhooks",
    "jemeti_platform.demo",
)
"""What every application has, in the order in which it boots: what is refused first stands first."""

_LAST = ("jemeti_platform.imports", "jemeti_platform.rest.face")
"""What shows all that the plugins have said."""


def assemble(settings: Mapping[str, str]) -> Any:
    """The WSGI application under these settings. Raises BootError for whatever is wrong with them or with a plugin.

    Where plugins that fail are skipped, one that fails halfway has it all begun anew without it, so that nothing stays
    behind of what it had registered.
    """
    platform = make_platform(settings)
    while True:
        try:
            return _assembled(platform)
        except PluginFailed as failure:
            for engine in platform.engines.values():
                engine.dispose()
            if not platform.skips_failed:
                raise
            platform = make_platform(settings, {**platform.failed_plugins, failure.plugin.name: failure.plugin})


def tell_of_failed(platform: Platform) -> None:
    """A warning in the log for each plugin that was skipped."""
    for name, failed in platform.failed_plugins.items():
        log.warning(
            "a plugin is skipped",
            plugin=name,
            distribution=failed.distribution or None,
            reason=failed.reason,
            exc_info=failed.error,
        )


def _assembled(platform: Platform) -> Any:
    config = Configurator(settings=pyramid_settings(platform.settings))
    config.registry.platform = platform
    for package in _FIRST:
        config.include(package)
    for name in platform.manifests:
        with platform.starting(name):
            config.include(platform.module(name))
    for package in platform.settings.get("jemeti.includes", "").split():
        config.include(package)
    for package in _LAST:
        config.include(package)
    actions = list(config.action_state.actions)
    try:
        return config.make_wsgi_app()
    except ConfigurationError as error:
        if (plugin := _culprit(platform, actions, error)) is None:
            raise
        with platform.starting(plugin):
            raise
    raise AssertionError("unreachable")


def _culprit(platform: Platform, actions: list[Any], error: ConfigurationError) -> str | None:
    """The plugin whose part of the configuration Pyramid refuses; of several, the one that came last."""
    refused = list(_refused(error))
    included = {
        action["includepath"][0].partition(":")[0]
        for action in actions
        if action["includepath"] and any(action["info"] is info for info in refused)
    }
    return next((m.name for m in reversed(platform.manifests.values()) if m.package in included), None)


def _refused(error: ConfigurationError) -> Iterator[Any]:
    if isinstance(error, ConfigurationConflictError):
        for infos in error._conflicts.values():
            yield from infos
    elif isinstance(error, ConfigurationExecutionError):
        yield error.info
