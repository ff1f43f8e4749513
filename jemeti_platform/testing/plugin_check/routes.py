"""What each route declares, and whether it answers as declared when it is asked for what is not there."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import orjson

from ...rest.service import ALWAYS, AUTHENTICATED, PUBLIC
from ..api import Api
from ..sweep.questions import Route
from .report import Outcome
from .stage import Stage

__all__ = ["ask_for_nothing", "routes"]


def routes(stage: Stage, found: Outcome) -> None:
    """Every route has a permission, a feature, a schema for what it takes and for what it answers, and its errors."""
    document = orjson.loads(stage.app.registry.published.whole.body)
    api = stage.api(stage.workspace())
    for route in stage.routes:
        _guards(stage, route, found)
        _schemas(stage, route, found)
        _answers(stage, route, api, document, found)
    found.figures |= {"routes": len(stage.routes)}


def ask_for_nothing(api: Api, route: Route) -> int:
    """The status of a request that names nothing that exists: permission and feature are decided before that."""
    path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
    body: dict[str, Any] | None = {} if route.view.body is not None else None
    write = "?dry_run=true" if route.view.is_write else ""
    return api.request(route.view.method, path + write, body, anything=True).status


def _guards(stage: Stage, route: Route, found: Outcome) -> None:
    view, place = route.view, stage.where(route.view)
    if view.permission == PUBLIC:
        off = ", also where the plugin is off" if view.feature == ALWAYS else ""
        found.warn(f"{route} is open to everybody{off}", place, "Guard it by a permission, unless that is its purpose.")
    elif view.permission == AUTHENTICATED:
        found.warn(
            f"{route} is open to whoever has logged in, whatever their role",
            place,
            "Guard it by a permission of the manifest, unless that is its purpose.",
        )
    # nobody known is in no workspace, which could have something off: the view finds out by itself whose it is
    if view.feature == ALWAYS and stage.manifest.features and view.permission != PUBLIC:
        found.error(
            f"{route} belongs to no feature: it works also where the plugin is off",
            place,
            "Gate it by a feature of the manifest.",
        )


def _schemas(stage: Stage, route: Route, found: Outcome) -> None:
    view, place = route.view, stage.where(route.view)
    if not view.summary.strip():
        found.error(f"{route} has no summary", place, "Write a docstring; its first line is the summary.")
    if view.answer is None and view.status != 204 and view.media_types[0] == "application/json":
        found.error(f"{route} does not say what it answers", place, "Declare answer=…, the schema of its data.")
    if view.method in ("PUT", "PATCH") and view.body is None and not view.upload:
        found.error(f"{route} declares no body", place, "Declare body=…, the schema of what it takes.")
    if route.parameters and 404 not in view.errors and not route.is_public and route.service.words is None:
        found.error(f"{route} does not document 404", place, "Declare errors=(404, …).")


def _answers(stage: Stage, route: Route, api: Api, document: dict[str, Any], found: Outcome) -> None:
    place, status = stage.where(route.view), str(ask_for_nothing(api, route))
    operation = document["paths"].get(_template(route), {}).get(route.view.method.lower())
    if operation is None:
        found.error(f"{route} is missing in the OpenAPI document", place, "Register it by config.add_service.")
    elif status.startswith("5"):
        found.error(f"{route} fails with {status} when asked for what is not there", place, "Refuse it with a 4xx.")
    elif status not in operation["responses"]:
        declared = ", ".join(operation["responses"])
        found.error(
            f"{route} answers {status}, which it does not document ({declared} are)",
            place,
            f"Declare errors=({status}, …).",
        )


def _template(route: Route) -> str:
    names = iter(route.parameters)
    return route.path({name: "{" + next(names) + "}" for name in route.parameters})
