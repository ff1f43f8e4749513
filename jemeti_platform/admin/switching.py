"""A whole plugin switched on or off for one workspace: its features decided, its first rows written, the past told.

All in one transaction: what a hook or a listener raises leaves the plugin as it was, and the past still to be told. An
override is made only where the workspace's plan, add-ons and defaults decide otherwise, so that none is left in the way
of a plan that changes later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from ..db.branches import APPLIED, Branches
from ..errors import Conflict, Invalid, NotFound
from ..events.replay import Watch
from ..features.decision import FeatureFacts, Override, chain, decide, own_decision
from ..features.requirements import lacking, refuse_lacks
from ..manifest import Manifest
from ..tenancy.provisioning import not_migrated, prepare
from ..tenancy.state import WorkspaceState
from .meant import meant
from .overrides import decide_otherwise, open_workspace, refuse_past
from .states import read_state
from .work import PlatformWork
from .workspaces import Row

__all__ = ["Switching", "disable", "enable", "installed", "needed_by"]


@dataclass(frozen=True, slots=True)
class Switching:
    """What it came to: the overrides that were set (None: lifted), plugins switched on and off, events told, by plugin.

    ``renewed`` says that the first rows were written anew, those of another version being there.
    """

    workspace: str
    overrides: Mapping[str, str | None]
    on: tuple[str, ...]
    off: tuple[str, ...]
    told: Mapping[str, int]
    renewed: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.overrides or self.on or self.off or self.renewed)


def enable(
    work: PlatformWork,
    plugin: str,
    reference: str,
    *,
    features: Iterable[str] = (),
    reason: str,
    expires_at: datetime | None = None,
    watch: Watch | None = None,
) -> Switching:
    """Switch a plugin on for a workspace: all its features, or only ``features``; in force for the next request.

    Repeating it changes nothing, but lets the plugin write its first rows anew after another version was installed.
    ``watch`` is told how far the plugin is that hears of the past. Raises NotFound; Invalid; Conflict naming what is
    missing: features of others, migrations, a kill switch that holds.
    """
    manifest = installed(work, plugin)
    _refuse_not_migrated(work, plugin)
    row = open_workspace(work, reference)
    refuse_past(expires_at)
    _, state, _ = read_state(work, row["slug"])
    wanted = _wanted(manifest, features)
    _refuse_kill_switches(state, wanted)
    override = Override("on", reason, work.email, expires_at)
    changes = _towards_on(state, wanted, override)
    after = _with(state.facts, changes)
    lacks = lacking(state.features, after, wanted, state.opinion)
    needs = dict.fromkeys(need for lack in lacks for need in lack.needs)
    refuse_lacks(lacks, f"First: {_commands(work, plugin, row['slug'], needs)}")
    done = _switch(work, manifest, row, state, changes, "enabled", reason, watch)
    if plugin in done.on or row["plugins"].get(plugin) in (None, manifest.version):
        return done
    with work.inside(row["id"]) as inside:
        prepare(inside, plugin)
    versions = ({"version": row["plugins"][plugin]}, {"version": manifest.version})
    work.log("plugin.renewed", f"{row['slug']} {plugin}", tenant_id=row["id"], before=versions[0], after=versions[1])
    return replace(done, renewed=True)


def disable(work: PlatformWork, plugin: str, reference: str, *, reason: str) -> Switching:
    """Switch a plugin off for a workspace, in force for its next request; what it has kept stays.

    Raises NotFound, and Conflict for a plugin that others need which are on, and for one that sells no feature.
    """
    manifest = installed(work, plugin)
    if not manifest.features:
        raise Conflict(
            f"{plugin!r} sells no feature: it is on wherever it is installed. Take it out of jemeti.plugins instead.",
            reason="sells_nothing",
        )
    row = open_workspace(work, reference)
    _, state, _ = read_state(work, row["slug"])
    slug, needing = row["slug"], needed_by(work, plugin, state.has)
    if needing:
        raise Conflict(
            f"{plugin!r} is needed in {slug!r} by {', '.join(needing)}."
            f" First: {'; '.join(f'jemeti plugins disable {name} --workspace {slug}' for name in needing)}",
            reason="required",
            required_by=needing,
        )
    changes = _towards_off(work, manifest, state, Override("off", reason, work.email))
    return _switch(work, manifest, row, state, changes, "disabled", reason)


def installed(work: PlatformWork, plugin: str) -> Manifest:
    """The manifest of a plugin. Raises NotFound for one that is not installed or cannot start, and says why."""
    manifests, failed = work.platform.manifests, work.platform.failed_plugins
    if plugin in failed:
        raise NotFound(f"The plugin {plugin!r} cannot start: {failed[plugin].reason}")
    if plugin not in manifests:
        said = meant(plugin, manifests) or f"loaded are: {', '.join(sorted(manifests)) or 'none'}"
        raise NotFound(f"There is no plugin {plugin[:40]!r}; {said}")
    return manifests[plugin]


def needed_by(work: PlatformWork, plugin: str, has: Callable[[str], bool]) -> list[str]:
    """The plugins that are on, where ``has`` says which features are, and cannot do without this one.

    In the order in which they can be switched off: whoever needs another of them comes before it.
    """
    platform = work.platform
    own = {feature.slug for feature in platform.manifests[plugin].features}
    on = platform.enabled_plugins(has)
    found = []
    for name, manifest in platform.manifests.items():
        # one that sells nothing is on everywhere and does without what is not sold
        if name == plugin or name not in on or not manifest.features:
            continue
        links = (link.feature for slug in platform.sold(name) if has(slug) for link in chain(platform.features, slug))
        if plugin in manifest.requires or own.intersection(links):
            found.append(name)
    return found[::-1]


def _wanted(manifest: Manifest, features: Iterable[str]) -> list[str]:
    own = [feature.slug for feature in manifest.features]
    chosen = list(dict.fromkeys(features))
    strange = [slug for slug in chosen if slug not in own]
    if strange:
        raise Invalid(
            [
                {"field": "feature", "message": f"{slug!r} is none of {manifest.name!r}: {', '.join(own)}"}
                for slug in strange
            ]
        )
    return chosen or own


def _refuse_not_migrated(work: PlatformWork, plugin: str) -> None:
    (applied,) = work.read(APPLIED)
    if plugin in Branches(work.platform.manifests).lacking(row["version_num"] for row in applied):
        raise not_migrated(plugin)


def _refuse_kill_switches(state: WorkspaceState, wanted: Iterable[str]) -> None:
    """What holds for every workspace no override lifts: to switch on what stays off would be to say what is not so."""
    now = datetime.now(UTC)
    for slug in dict.fromkeys(link.feature for one in wanted for link in chain(state.features, one)):
        said = state.facts.kill_switches.get(slug)
        if said is not None and said.holds(now) and said.value != "on":
            raise Conflict(
                f"A kill switch holds {slug} {said.value.replace('_', '-')} for every workspace ({said.reason})."
                f" Lift it first: DELETE /platform/features/{slug}",
                reason="kill_switch",
                feature=slug,
            )


def _towards_on(state: WorkspaceState, wanted: Iterable[str], override: Override) -> dict[str, Override | None]:
    now, changes = datetime.now(UTC), dict[str, Override | None]()
    for slug in wanted:
        feature = state.features[slug]
        if own_decision(feature, state.facts, now, state.opinion).value != "on":
            without = _with(state.facts, {slug: None})
            on_without = own_decision(feature, without, now, state.opinion).value == "on"
            changes[slug] = None if on_without else override
    return changes


def _towards_off(
    work: PlatformWork, manifest: Manifest, state: WorkspaceState, override: Override
) -> dict[str, Override | None]:
    now, overrides = datetime.now(UTC), state.facts.overrides
    own = [feature.slug for feature in manifest.features]
    changes: dict[str, Override | None] = {
        slug: None for slug in own if slug in overrides and overrides[slug].value != "off"
    }
    for slug in work.platform.sold(manifest.name):
        if decide(state.features, _with(state.facts, changes), slug, now, state.opinion).value != "off":
            # the umbrella, where it is the plugin's own: one decision for all below it
            umbrella = next(one for one in _upwards(slug) if one in own)
            changes[umbrella] = override
    return changes


def _upwards(slug: str) -> list[str]:
    """A slug and its ancestors, the highest first."""
    parts = slug.split(".")
    return [".".join(parts[:length]) for length in range(1, len(parts) + 1)]


def _with(facts: FeatureFacts, changes: Mapping[str, Override | None]) -> FeatureFacts:
    overrides = {**facts.overrides, **changes}
    return replace(facts, overrides={slug: one for slug, one in overrides.items() if one is not None})


def _switch(
    work: PlatformWork,
    manifest: Manifest,
    row: Row,
    state: WorkspaceState,
    changes: Mapping[str, Override | None],
    verb: str,
    reason: str,
    watch: Watch | None = None,
) -> Switching:
    """Decide, switch what follows from it, and write into the platform's audit log what it came to."""
    told: dict[str, int] = {}

    def count(plugin: str, done: int, total: int) -> None:
        told[plugin] = done
        if watch is not None:
            watch(plugin, done, total)

    made = decide_otherwise(work, row, state, changes, reason, count)
    if verb == "enabled":
        _refuse_otherwise(made.decided)
    values = {feature: override.value if override else None for feature, override in changes.items()}
    done = Switching(row["slug"], values, tuple(made.on), tuple(made.off), told)
    if not done.is_empty:
        after = {"reason": reason, "overrides": values, "enabled": made.on, "disabled": made.off, "told": told}
        work.log(f"plugin.{verb}", f"{row['slug']} {manifest.name}", tenant_id=row["id"], after=after)
    return done


def _refuse_otherwise(decided: Mapping[str, Mapping[str, Any]]) -> None:
    """What is needed may be read-only, and a kill switch waits for nobody: what is not on is not told to be."""
    for slug, about in decided.items():
        value, rule = about["value"].replace("_", "-"), about["decided_by"]
        if value != "on":
            raise Conflict(
                f"{slug} would be {value} all the same, as {about['decided_at']} is ({about['reason'] or rule}).",
                reason=rule,
                feature=slug,
            )


def _commands(work: PlatformWork, plugin: str, workspace: str, needs: Iterable[str]) -> str:
    """What an operator types to have these features on."""
    by_plugin: dict[str, list[str]] = {}
    for need in needs:
        by_plugin.setdefault(work.platform.plugin_of(need) or plugin, []).append(need)
    return "; ".join(
        f"jemeti plugins enable {name} --workspace {workspace} {' '.join(f'--feature {slug}' for slug in slugs)}"
        for name, slugs in by_plugin.items()
    )
