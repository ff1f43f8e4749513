"""Whether plugins fit the platform and each other, by what their manifests say, and in which order they start."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping
from importlib.metadata import version

from packaging.specifiers import SpecifierSet

from .manifest import Manifest

__all__ = ["first_misfit", "in_order", "kernel_version"]

Misfit = tuple[str, str]
"""A plugin and the sentence that says why it cannot start."""


def kernel_version() -> str:
    return version("jemeti")


def first_misfit(kernel: Manifest, manifests: Mapping[str, Manifest], failed: Container[str] = ()) -> Misfit | None:
    """A plugin that cannot start, and why; None where they all can. ``failed`` are others that cannot.

    Once it is left out the question is to be asked anew.
    """
    return next(_misfits(kernel, manifests, failed), None)


def in_order(manifests: Mapping[str, Manifest]) -> dict[str, Manifest]:
    """The same, so ordered that what is required comes first. They must fit."""
    return {name: manifests[name] for name in _sorted(_requires(manifests))}


def _misfits(kernel: Manifest, manifests: Mapping[str, Manifest], failed: Container[str]) -> Iterator[Misfit]:
    for manifest in manifests.values():
        yield from _outside(manifest, kernel.version, manifests, failed)
    if circle := _circle_in(_requires(manifests)):
        yield circle[0], f"plugins require each other in a circle: {' → '.join(circle)}"
    yield from _doubles([kernel, *in_order(manifests).values()])
    yield from _loose_features(manifests)


def _outside(
    manifest: Manifest, platform: str, manifests: Mapping[str, Manifest], failed: Container[str]
) -> Iterator[Misfit]:
    """What the plugin wants and does not get."""
    # a release candidate of the platform counts: who runs one wants to know what works with it
    if not SpecifierSet(manifest.platform).contains(platform, prereleases=True):
        why = f"version {manifest.version} wants a platform {manifest.platform}, this is {platform}"
        yield manifest.name, f"{why}; install a fitting version of one of them"
    for required in manifest.requires:
        if required in failed:
            yield manifest.name, f"it requires {required!r}, which cannot start"
        elif required not in manifests:
            yield manifest.name, f"it requires {required!r}; install that and add it to jemeti.plugins"


def _doubles(manifests: Iterable[Manifest]) -> Iterator[Misfit]:
    owners: dict[str, str] = {}
    for manifest in manifests:
        facts = [
            *(("feature", f.slug) for f in manifest.features),
            *(("permission", p.name) for p in manifest.permissions),
            *(("limit", x.slug) for x in manifest.limits),
        ]
        for kind, word in facts:
            key = f"{kind} {word!r}"
            if key in owners:
                why = f"{key} is declared by {owners[key]!r} and by {manifest.name!r}; rename it in one of them"
                yield manifest.name, why
            owners[key] = manifest.name


def _loose_features(manifests: Mapping[str, Manifest]) -> Iterator[Misfit]:
    owners = {feature.slug: name for name, manifest in manifests.items() for feature in manifest.features}
    for name, manifest in manifests.items():
        for feature in manifest.features:
            if feature.parent is not None and owners.get(feature.parent) not in (name, *manifest.requires):
                why = f"feature {feature.slug!r} of {name!r} has no parent: declare Feature({feature.parent!r}, …)"
                yield name, f"{why}, or name the plugin that declares it in Manifest(requires=…)"
            for required in feature.requires:
                if required not in owners:
                    why = f"feature {feature.slug!r} requires {required!r}, which no installed plugin declares"
                    yield name, f"{why}; add its plugin to jemeti.plugins"
    if circle := _circle_in({f.slug: f.requires for manifest in manifests.values() for f in manifest.features}):
        yield owners[circle[0]], f"features require each other in a circle: {' → '.join(circle)}"


def _requires(manifests: Mapping[str, Manifest]) -> dict[str, tuple[str, ...]]:
    return {name: manifest.requires for name, manifest in manifests.items()}


def _circle_in(requires: Mapping[str, Iterable[str]]) -> list[str]:
    """The names of a circle, the first again as the last; empty where there is none."""
    try:
        _sorted(requires)
    except _Circle as found:
        return found.path
    return []


class _Circle(Exception):
    def __init__(self, path: list[str]) -> None:
        super().__init__(path)
        self.path = path


def _sorted(requires: Mapping[str, Iterable[str]]) -> list[str]:
    ordered: list[str] = []
    state: dict[str, int] = {}

    def visit(name: str, path: tuple[str, ...]) -> None:
        if state.get(name) == 2:
            return
        if state.get(name) == 1:
            raise _Circle([*path[path.index(name) :], name])
        state[name] = 1
        for required in requires[name]:
            visit(required, (*path, name))
        state[name] = 2
        ordered.append(name)

    for name in sorted(requires):
        visit(name, ())
    return ordered
