"""What the plugin states about itself: complete, and all of it true."""

from __future__ import annotations

from collections import Counter

from ...manifest import Manifest
from ...rest.service import ALWAYS, AUTHENTICATED, PUBLIC
from .report import Outcome
from .stage import Stage

__all__ = ["loads", "manifest", "used"]


def loads(stage: Stage, found: Outcome) -> None:
    """The entry point can be imported, the manifest holds, and this platform is one that it is made for."""
    stated = stage.platform.manifests[stage.subject.name]
    found.figures |= {"plugins": len(stage.platform.manifests)}
    distribution = stage.subject.point.dist
    if (
        distribution is not None
        and stated.package.split(".")[0] != "plugins"
        and distribution.version != stated.version
    ):
        found.warn(
            f"the manifest is of version {stated.version}, its distribution of {distribution.version}",
            stage.subject.place_of_text(stated.version, first=""),
            "Write the same version in both.",
        )


def manifest(stage: Stage, found: Outcome) -> None:
    """Titles for people, roles for permissions, nothing declared for nobody."""
    stated = stage.manifest
    where = stage.subject.place_of_text(stated.name, first="")
    if not stated.title.strip():
        found.error("the manifest has no title", where, 'Write Manifest(title="…"), in words for people.')
    _titles(stage, stated, found)
    sold = [f for f in stated.features if "." in f.slug]
    for permission in stated.permissions:
        if not permission.roles:
            found.warn(
                f"nobody but owner and admin has the permission {permission.name!r} from the start",
                stage.subject.place_of_text(permission.name, first=""),
                "Name the system roles that need it: Permission(…, roles=(…)), unless it is meant so.",
            )
    if stated.features and not sold:
        found.warn(
            f"sells nothing: {', '.join(f.slug for f in stated.features)} has no features below it",
            where,
            f'Declare what is sold as Feature("{stated.features[0].slug}.…", …).',
        )
    found.figures |= {
        "features": len(stated.features),
        "permissions": len(stated.permissions),
        "paths": len(stated.paths),
    }


def _titles(stage: Stage, stated: Manifest, found: Outcome) -> None:
    named = [
        *(("feature", f.slug, f.title) for f in stated.features),
        *(("permission", p.name, p.title) for p in stated.permissions),
        *(("limit", x.slug, x.title) for x in stated.limits),
        *(("sequence", s.name, s.title) for s in stated.sequences),
        *(("document", d.type, d.title) for d in stated.documents),
    ]
    for kind, name, title in named:
        place = stage.subject.place_of_text(name, first="")
        if not title.strip() or title.strip() == name:
            found.error(f"the {kind} {name!r} has no title", place, f"Give the {kind} a title in words for people.")


def used(stage: Stage, found: Outcome) -> None:
    """What is declared is used: a path that nothing serves, a permission that guards nothing, a feature that gates
    nothing is a mistake or a leftover."""
    stated, views = stage.manifest, [route.view for route in stage.routes]
    guarded = {view.permission for view in views} - {AUTHENTICATED, PUBLIC}
    guarded |= {t.permission for lifecycle in stated.lifecycles for t in lifecycle.transitions}
    guarded |= {d.permission for d in stated.documents}
    gating = {view.feature for view in views} - {ALWAYS}
    said = Counter(text for source in stage.subject.sources for text in source.texts)
    for permission in stated.permissions:
        # once it is declared; said again it is asked by the code: work.may("…")
        if permission.name not in guarded and said[permission.name] < 2:
            place = stage.subject.place_of_text(permission.name, first="")
            found.warn(f"nothing asks for the permission {permission.name!r}", place, "Use it, or take it out.")
    needed = {r for f in stage.platform.features.values() for r in f.requires}
    for feature in stated.features:
        if "." in feature.slug and not any(
            g == feature.slug or g.startswith(feature.slug + ".") for g in gating | needed
        ):
            place = stage.subject.place_of_text(feature.slug, first="")
            found.warn(f"the feature {feature.slug!r} gates no route", place, "Gate by it, or take it out.")
    served = [r.service.path if r.service.prefix == "/v1" else r.service.full_path for r in stage.routes]
    for path in stated.paths:
        if not any(one == path or one.startswith(path + "/") for one in served):
            place = stage.subject.place_of_text(path, first="")
            found.warn(f"nothing is served below the declared path {path!r}", place, "Serve it, or take it out.")
    found.figures |= {"routes": len(views)}
