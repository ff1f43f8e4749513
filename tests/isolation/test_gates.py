"""Who may is what the manifests say, what is not paid for is 402: every route. Source: safety B11, B13."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.manifest import SYSTEM_ROLES, covering_grants
from jemeti_platform.platform import Platform
from jemeti_platform.rest.service import ALWAYS
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.sweep.questions import Route, routes
from jemeti_platform.testing.workspaces import TestWorkspace


@pytest.fixture(scope="module")
def of_workspaces(app: Any) -> list[Route]:
    return [route for route in routes(app) if route.view.realm == "workspace" and not route.is_public]


def ask(api: Api, route: Route) -> int:
    """The status of a request that names nothing that exists: permission and feature are decided before that."""
    path = route.path(dict.fromkeys(route.parameters, str(uuid4())))
    body = {} if route.view.body is not None else None
    write = "?dry_run=true" if route.view.is_write else ""
    return api.request(route.view.method, path + write, body, anything=True).status


def test_every_route_lets_in_the_roles_it_says(of_workspaces: list[Route], platform: Platform, api: Api) -> None:
    guarded = [route for route in of_workspaces if route.needs_right]
    for role in SYSTEM_ROLES:
        client = api.as_role(role)
        for route in guarded:
            permission = platform.permissions[route.view.permission]
            may = role in ("owner", "admin", *permission.roles)
            assert (ask(client, route) != 403) == may, f"{role}: {route}"
    print(f"{len(guarded)} routes × {len(SYSTEM_ROLES)} roles")  # noqa: T201 (the figures are the result)


def test_every_wildcard_lets_in_and_nothing_else_does(of_workspaces: list[Route], api: Api) -> None:
    for route in of_workspaces:
        if not route.needs_right:
            continue
        for grant in sorted(covering_grants(route.view.permission)):
            assert ask(api.as_one_who_may(grant), route) != 403, f"{grant}: {route}"
        assert ask(api.as_one_who_may(), route) == 403, str(route)


def chain(platform: Platform, slug: str) -> list[str]:
    """A feature, those above it, and those that it needs."""
    found: list[str] = []
    waiting = [slug]
    while waiting:
        one = waiting.pop()
        if one not in found:
            found.append(one)
            feature = platform.features[one]
            waiting += [*feature.requires, *([feature.parent] if feature.parent else [])]
    return found


def test_whatever_is_off_above_a_route_is_402(
    of_workspaces: list[Route],
    platform: Platform,
    new_tenant: Callable[..., TestWorkspace],
    api_of: Callable[[TestWorkspace], Api],
) -> None:
    gated = [route for route in of_workspaces if route.view.feature != ALWAYS]
    assert gated
    count = 0
    for slug in platform.features:
        for value in ("off", "read_only"):
            workspace = new_tenant()
            api = api_of(workspace)
            below = [route for route in gated if slug in chain(platform, route.view.feature)]
            for state in (value, "on"):
                workspace.set_feature(slug, state)
                for route in below:
                    count += 1
                    refused = state == "off" or (state == "read_only" and route.view.is_write)
                    assert (ask(api, route) == 402) == refused, f"{slug} {state}: {route}"
    print(f"{len(gated)} gated routes, {count} requests")  # noqa: T201 (the figures are the result)


def test_what_is_read_only_writes_nothing(app: Any, tenant: TestWorkspace, api: Api) -> None:
    """402 comes before any effect, not instead of one that has happened."""
    resources = [r for r in app.registry.resources.values() if r.feature != ALWAYS]
    before = {resource.path: api.get(f"/v1{resource.path}").meta["total"] for resource in resources}
    for resource in resources:
        tenant.set_feature(resource.feature, "read_only")
        api.post(f"/v1{resource.path}", {}, expect=402)
    assert {resource.path: api.get(f"/v1{resource.path}").meta["total"] for resource in resources} == before
