"""Who is let in: nobody without the right, nobody whose workspace has not switched it on; and everybody who may."""

from __future__ import annotations

from ...manifest import SYSTEM_ROLES
from ...rest.service import ALWAYS
from .report import Outcome
from .routes import ask_for_nothing
from .stage import Stage

__all__ = ["features", "permissions"]


def permissions(stage: Stage, found: Outcome) -> None:
    """403 on every route for a role without rights, and for each system role exactly where the manifest says so."""
    api = stage.api(stage.workspace())
    guarded = [route for route in stage.routes if route.needs_right and route.view.realm == "workspace"]
    powerless = api.as_one_who_may()
    count = 0
    for route in guarded:
        place = stage.where(route.view)
        count += 1
        if (status := ask_for_nothing(powerless, route)) != 403:
            found.error(
                f"{route} answers {status}, not 403, to a user whose role has no rights",
                place,
                "Let the declared permission decide; do not answer before it.",
            )
        for role in SYSTEM_ROLES:
            count += 1
            named = stage.platform.permissions[route.view.permission].roles
            may = role in ("owner", "admin", *named)
            if (ask_for_nothing(api.as_role(role), route) != 403) != may:
                said = "does not let in" if may else "lets in"
                found.error(f"{route} {said} the role {role!r}, unlike {route.view.permission!r}", place)
    found.figures |= {"routes": len(guarded), "requests": count}


_REMEDIES = {
    False: "Let the declared feature decide.",
    True: "Declare ALWAYS as its feature: nobody is logged in, so that no gate knows which workspace is asked.",
}


def features(stage: Stage, found: Outcome) -> None:
    """402 on every route where the plugin's features are off, and not where they are on."""
    workspace = stage.workspace()
    api = stage.api(workspace)
    gated = [route for route in stage.routes if route.view.feature != ALWAYS and route.view.realm == "workspace"]
    count = 0
    for value, refused in (("off", True), ("on", False)):
        for feature in stage.manifest.features:
            workspace.set_feature(feature.slug, value)
        for route in gated:
            count += 1
            status = ask_for_nothing(api, route)
            if (status == 402) != refused:
                said = f"answers {status}, not 402, where its features are off" if refused else "answers 402 though on"
                found.error(f"{route} {said}", stage.where(route.view), _REMEDIES[route.is_public])
    found.figures |= {"routes": len(gated), "requests": count}
