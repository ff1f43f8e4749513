"""Everything a plugin may be asked: the whole hook contract of the platform, in the order of its life.

Import ``hookimpl`` from here and decorate module-level functions of your plugin's package. A hook
may take fewer arguments than listed; a misspelt hook or argument stops the boot. ``work`` is always
inside one workspace and one transaction. Hooks of a plugin that is off for a workspace are never
called for it, so no implementation asks "am I on?".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import pluggy

if TYPE_CHECKING:
    from .manifest import Manifest
    from .overview.parts import Figures, Source
    from .platform import Platform
    from .work import Work

__all__ = ["hookimpl"]

hookspec = pluggy.HookspecMarker("jemeti")
hookimpl = pluggy.HookimplMarker("jemeti")


@hookspec(firstresult=True)
def jemeti_manifest() -> Manifest:  # type: ignore[empty-body]  # a specification has no body
    """Return the plugin's manifest. Called once at boot, before anything else; must be pure."""


@hookspec
def jemeti_health(platform: Platform) -> Mapping[str, Any] | None:
    """Return facts for ``/readyz`` about what the plugin needs; raise when it cannot work.

    Asked softly: in another thread, and after three seconds left out and named.
    """


@hookspec
def jemeti_tenant_enabled(work: Work) -> None:
    """The plugin has been switched on for a workspace: write its first rows by natural key.

    May run again and must then change nothing that the workspace has edited. Raising leaves the
    plugin off and undoes the switch.
    """


@hookspec
def jemeti_tenant_disabled(work: Work) -> None:
    """The plugin has been switched off for a workspace: stop what runs by itself. Data stays."""


@hookspec
def jemeti_tenant_export(work: Work) -> Iterable[tuple[str, Iterable[Mapping[str, Any]]]]:  # type: ignore[empty-body]  # a specification has no body
    """Yield ``(table, rows)`` of everything the plugin keeps for the workspace, without secrets."""


@hookspec(firstresult=True)
def jemeti_feature_decision(work: Work, slug: str) -> str | None:
    """Return ``on``, ``read_only`` or ``off`` to stand in for a feature's own default; None for no opinion.

    Asked only where no kill switch, override, add-on or plan has decided. The answer is remembered
    until the workspace's features change.
    """


@hookspec
def jemeti_search(work: Work, q: str, limit: int) -> Iterable[Source]:  # type: ignore[empty-body]  # a specification has no body
    """Return a ``Source`` (``jemeti_platform.overview``) for each kind of record that ``/v1/search`` looks through.

    ``q`` and ``limit`` are for their statements, which the kernel runs together with those of all plugins. Asked
    softly: in another thread, and after three seconds left out and named.
    """


@hookspec
def jemeti_dashboard(work: Work) -> Iterable[Figures]:  # type: ignore[empty-body]  # a specification has no body
    """Return ``Figures`` (``jemeti_platform.overview``): the counts and sums that ``/v1/dashboard`` shows.

    Asked softly: in another thread, and after three seconds left out and named.
    """
