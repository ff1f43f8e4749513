"""Features over HTTP: overrides, kill switches, add-ons and plans, in force for the next request of every process."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.waiting import wait_until
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .shop_platform import Shop, first_shop, second_shop  # noqa: F401 (fixtures)

CORE = "/v1/shop/shop.core"
WHY = {"reason": "a test"}


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def client(shop: Shop, here: TestWorkspace) -> Api:
    return shop.api(here)


@pytest.fixture
def decide(shop: Shop, here: TestWorkspace) -> Callable[..., Any]:
    """Sets an override in this test's workspace: ``decide("shop.core", "off")``."""

    def put(feature: str, value: str, *, expect: int = 200, **more: Any) -> Any:
        path = f"/platform/tenants/{here.slug}/features/{feature}"
        reply = shop.admin.put(path, {"value": value, **WHY, **more}, expect=expect)
        return reply.data if expect == 200 else reply.error

    return put


@pytest.fixture
def killed(shop: Shop) -> Iterator[Callable[..., Any]]:
    """Pulls a kill switch, and lifts it when the test ends."""
    pulled: list[str] = []

    def pull(feature: str, value: str = "off") -> Any:
        pulled.append(feature)
        return shop.admin.put(f"/platform/features/{feature}", {"value": value, **WHY}).data

    yield pull
    for feature in dict.fromkeys(pulled):
        shop.admin.delete(f"/platform/features/{feature}", expect=204)


# -- switching off and on ---------------------------------------------------------------------------


def test_off_for_one_workspace_is_402_at_its_very_next_request_and_200_for_another(shop: Shop, here: Any) -> None:
    other = shop.workspace()
    client, elsewhere = shop.api(here), shop.api(other)
    client.get(CORE, expect=200)
    path = f"/platform/tenants/{here.slug}/features/shop.core"
    shop.admin.put(path, {"value": "off", "reason": "unpaid"}, expect=200)
    refused = client.get(CORE, expect=402).error
    assert refused["code"] == "payment_required"
    details = refused["details"]
    assert [plan for plan in details.pop("available_in") if plan.startswith("shop-")] == ["shop-basic", "shop-full"]
    assert details == {
        "feature": "shop.core",
        "value": "off",
        "decided_by": "override",
        "decided_at": "shop.core",
        "reason": "unpaid",
        "expires_at": None,
    }
    elsewhere.get(CORE, expect=200)
    shop.admin.put(path, {"value": "on", "reason": "paid"}, expect=200)
    client.get(CORE, expect=200)


def test_two_processes_agree_at_every_step(shop: Shop, twin: Shop, here: TestWorkspace) -> None:
    clients = [shop.api(here), twin.api(here)]
    path = f"/platform/tenants/{here.id}/features/shop.core"
    for n in range(6):
        value, expected = ("off", 402) if n % 2 == 0 else ("on", 200)
        (shop, twin)[n % 2].admin.put(path, {"value": value, **WHY}, expect=200)
        assert [client.get(CORE, expect=expected).status for client in clients] == [expected, expected]
        assert [client.post(CORE, {}, expect=expected).status for client in clients] == [expected, expected]
    twin.admin.delete(path, expect=200)
    for client in clients:
        assert client.get("/v1/features/shop.core").data["decided_by"] == "plan"


def test_a_kill_switch_and_a_plan_are_in_force_everywhere_at_once(shop: Shop, twin: Shop, killed: Any) -> None:
    plan = f"plan-{uuid4().hex[:8]}"
    shop.admin.put(f"/platform/plans/{plan}", {"title": "T", "features": {"shop.core": "on"}}, expect=201)
    workspace = shop.workspace(plan)
    clients = [shop.api(workspace), twin.api(workspace)]
    for client in clients:
        client.get(CORE, expect=200)
    killed("shop.core")
    for client in clients:
        assert client.get(CORE, expect=402).error["details"]["decided_by"] == "kill_switch"
    killed("shop.core", "on")
    for client in clients:
        client.get(CORE, expect=200)
    shop.admin.delete("/platform/features/shop.core", expect=204)
    twin.admin.patch(f"/platform/plans/{plan}", {"features": {"shop.core": None}}, expect=200)
    for client in clients:
        assert client.get(CORE, expect=402).error["details"]["decided_by"] == "default"
    shop.admin.put("/platform/features/shop.core", {"value": "off", **WHY})  # for the fixture to lift


def test_a_pulled_kill_switch_is_a_pause_and_one_that_forces_prepares(shop: Shop, killed: Any) -> None:
    workspace, none = shop.workspace(), shop.workspace("shop-none")
    paths = [f"/platform/tenants/{one.slug}" for one in (workspace, none)]
    assert killed("shop.core")["switched"] == []
    shop.api(workspace).get(CORE, expect=402)
    assert shop.admin.get(paths[0]).data["plugins"] == ["shop", "stock"]
    switched = {row["workspace"]: row["enabled"] for row in killed("shop.core", "on")["switched"]}
    assert switched[none.slug] == ["stock", "shop"]
    shop.api(none).get(CORE, expect=200)
    shop.admin.delete("/platform/features/shop.core", expect=204)
    assert shop.admin.get(paths[1]).data["plugins"] == []
    killed("shop.core")


def test_read_only_reads_and_does_not_write(shop: Shop, client: Api, here: TestWorkspace, decide: Any) -> None:
    import shop as plugin  # the plugin of tests/shop, loaded by the application

    decide("shop.core", "read_only")
    client.get(CORE, expect=200)
    before = list(plugin.WRITTEN)
    refused = client.post(CORE, {}, expect=402).error
    assert refused["details"]["value"] == "read_only"
    assert "read-only" in refused["message"]
    assert before == plugin.WRITTEN
    decide("shop.core", "on")
    client.post(CORE, {}, expect=200)
    assert plugin.WRITTEN[-1] == ("shop.core", here.slug)


TREE = ("shop", "shop.core", "shop.core.bulk")
RANK = {"off": 0, "read_only": 1, "on": 2}


@pytest.mark.parametrize("values", list(product(("on", "off"), repeat=3)))
def test_eight_states_of_three_levels_open_just_the_paths_whose_every_level_is_on(
    shop: Shop, values: tuple[str, ...]
) -> None:
    import shop as plugin

    workspace = shop.workspace()
    for feature, value in zip(TREE, values, strict=True):
        workspace.set_feature(feature, value)
    client, before = shop.api(workspace), list(plugin.WRITTEN)
    for depth, feature in enumerate(TREE):
        path, is_open = f"/v1/shop/{feature}", all(value == "on" for value in values[: depth + 1])
        client.get(path, expect=200 if is_open else 402)
        client.post(path, {}, expect=200 if is_open else 402)
        if not is_open:
            # the subscription is spoken of before rights, bodies and rows; identity before it
            client.as_one_who_may().post(path, b"{", expect=402)
            client.anonymous.post(path, {}, expect=401)
    assert len(plugin.WRITTEN) - len(before) == sum(all(v == "on" for v in values[: n + 1]) for n in range(3))


def test_an_override_may_end_by_itself(shop: Shop, here: TestWorkspace) -> None:
    workspace = shop.workspace("shop-none")
    client = shop.api(workspace)
    client.get(CORE, expect=402)
    soon = datetime.now(UTC) + timedelta(seconds=4)
    path = f"/platform/tenants/{workspace.slug}/features/shop.core"
    trial = {"value": "on", "reason": "a trial", "expires_at": soon.isoformat()}
    data = shop.admin.put(path, trial, expect=200).data
    assert (data["value"], data["decided_by"], data["reason"]) == ("on", "override", "a trial")
    client.get(CORE, expect=200)
    wait_until(lambda: datetime.now(UTC) > soon)
    assert client.get(CORE, expect=402).error["details"]["decided_by"] == "default"
    step = shop.admin.get(path).data["steps"][0]
    assert step["rules"][1]["note"].startswith("expired")


def test_an_expiry_in_the_past_is_a_slip(decide: Any) -> None:
    error = decide("shop.core", "on", expires_at="2020-01-01T00:00:00Z", expect=400)
    assert error["details"] == [{"field": "expires_at", "message": "Must lie in the future"}]


# -- requirements -----------------------------------------------------------------------------------


def test_switching_on_what_needs_something_off_names_it(shop: Shop) -> None:
    workspace = shop.workspace("shop-none")
    path = f"/platform/tenants/{workspace.slug}/features"
    error = shop.admin.put(f"{path}/shop.till", {"value": "on", **WHY}, expect=409).error
    assert error["details"]["reason"] == "requirement_off"
    assert error["details"]["also"] == ["stock.items", "shop.core"]
    assert error["details"]["missing"] == [{"feature": "shop.till", "requires": ["stock.items", "shop.core"]}]
    assert "stock.items" in error["message"]
    for feature in ("stock.items", "shop.core", "shop.till"):
        shop.admin.put(f"{path}/{feature}", {"value": "on", **WHY}, expect=200)
    shop.api(workspace).get("/v1/shop/shop.till", expect=200)
    shop.admin.put(f"{path}/stock.items", {"value": "off", **WHY}, expect=200)
    details = shop.api(workspace).get("/v1/shop/shop.till", expect=402).error["details"]
    assert (details["feature"], details["decided_at"]) == ("shop.till", "stock.items")


def test_switching_off_needs_nothing(decide: Any) -> None:
    decide("stock", "off")
    assert decide("shop.till", "off")["value"] == "off"


def test_unknown_features_and_workspaces_are_not_found(shop: Shop, here: TestWorkspace) -> None:
    body = {"value": "on", **WHY}
    for path in (
        f"/platform/tenants/{here.slug}/features/shop.nothing",
        f"/platform/tenants/{here.slug}/features/shop%00core",
        "/platform/tenants/nobody-here/features/shop.core",
        "/platform/tenants/no%00body/features/shop.core",
        f"/platform/tenants/{uuid4()}/features/shop.core",
        "/platform/features/shop.nothing",
        "/platform/features/%F0%9F%9A%97",
    ):
        shop.admin.put(path, body, expect=404)
        shop.admin.get(path, expect=404)
        shop.admin.delete(path, expect=404)


def test_what_is_not_overridden_cannot_be_lifted(shop: Shop, here: TestWorkspace, decide: Any) -> None:
    path = f"/platform/tenants/{here.slug}/features/shop.core"
    shop.admin.delete(path, expect=404)
    decide("shop.core", "off")
    lifted = shop.admin.delete(f"{path}?reason=enough", expect=200).data
    assert (lifted["value"], lifted["decided_by"]) == ("on", "plan")
    shop.admin.delete(path, expect=404)


def test_bodies_are_checked(shop: Shop, here: TestWorkspace) -> None:
    path = f"/platform/tenants/{here.slug}/features/shop.core"
    assert {p["field"] for p in shop.admin.put(path, {}, expect=400).error["details"]} == {"value", "reason"}
    for body in ({"value": "maybe", **WHY}, {"value": "on", "reason": ""}, {"value": True, **WHY}, [], b"{", b""):
        shop.admin.put(path, body, expect=400)
    shop.admin.put(path, {"value": "on", **WHY, "until": "x"}, expect=400)


# -- plugins come and go ----------------------------------------------------------------------------


def test_a_plugin_is_prepared_and_stilled_while_the_platform_runs(shop: Shop) -> None:
    import shop as plugin

    workspace = shop.workspace("shop-none")
    path = f"/platform/tenants/{workspace.slug}"
    assert shop.admin.get(path).data["plugins"] == []
    data = shop.admin.put(f"{path}/features/shop.core", {"value": "on", **WHY}).data
    assert data["plugins"] == {"enabled": ["stock", "shop"], "disabled": []}
    assert shop.admin.get(path).data["plugins"] == ["shop", "stock"]
    data = shop.admin.put(f"{path}/features/shop.core", {"value": "off", **WHY}).data
    assert data["plugins"] == {"enabled": [], "disabled": ["stock", "shop"]}
    assert [call for call, tenant in plugin.CALLS if tenant == str(workspace.id)] == ["enabled", "disabled"]


def test_a_dry_run_changes_nothing_and_is_remembered_nowhere(shop: Shop, twin: Shop, here: TestWorkspace) -> None:
    path = f"/platform/tenants/{here.slug}/features/shop.core"
    reply = shop.admin.put(f"{path}?dry_run=true", {"value": "off", **WHY}, expect=200)
    assert (reply.data["value"], reply.headers["Dry-Run"]) == ("off", "true")
    shop.api(here).get(CORE, expect=200)
    # the stamp that the dry run saw is given again, now to another decision
    twin.admin.put(f"/platform/tenants/{here.slug}/features/stock.items", {"value": "off", **WHY}, expect=200)
    shop.api(here).get(CORE, expect=200)
    shop.api(here).get("/v1/shop/shop.till", expect=402)


def test_an_opinion_counts_where_nobody_else_has_decided(shop: Shop) -> None:
    for country, expected in (("BD", "on"), ("DE", "off")):
        workspace = shop.workspace("shop-none", country)
        seen = shop.api(workspace).get("/v1/features/stock.local").data
        told = shop.admin.get(f"/platform/tenants/{workspace.slug}/features/stock.local").data
        assert seen["value"] == told["value"] == expected
        assert seen["decided_by"] == told["decided_by"] == "default"


# -- looking ----------------------------------------------------------------------------------------


def test_the_workspace_sees_every_feature_with_who_decided(client: Api, decide: Any) -> None:
    decide("shop.extra", "read_only", reason="not paid in full")
    reply = client.as_role("viewer").get("/v1/features")
    rows = {row["feature"]: row for row in reply.data}
    assert [row["feature"] for row in reply.data] == [
        "stock", "stock.items", "stock.local", "shop", "shop.core", "shop.core.bulk", "shop.extra", "shop.till",
    ]  # fmt: skip
    available = rows["shop.extra"].pop("available_in")
    assert [plan for plan in available if plan.startswith("shop-")] == ["shop-full"]
    assert rows["shop.extra"] == {
        "feature": "shop.extra",
        "title": "Gift wrapping",
        "description": "",
        "parent": "shop",
        "requires": ["shop.core"],
        "plugin": "shop",
        "value": "read_only",
        "decided_by": "override",
        "decided_at": "shop.extra",
        "reason": "not paid in full",
        "expires_at": None,
    }
    assert rows["shop.core"]["decided_by"] == "plan"
    assert reply.meta["total"] == 8
    assert reply.meta["plan"] == "shop-full"
    limits = {row["limit"]: row for row in reply.meta["limits"]}
    assert limits["users.max"]["used"] == 2  # the owner and the viewer
    assert limits["users.max"]["max"] is None
    assert limits["shop.carts"] == {"limit": "shop.carts", "title": "Carts", "max": 50, "used": None}
    page = client.get("/v1/features?page=2&per_page=3")
    assert [row["feature"] for row in page.data] == ["shop", "shop.core", "shop.core.bulk"]
    assert page.meta["total_pages"] == 3


def test_one_feature_is_explained(client: Api, decide: Any) -> None:
    decide("shop.core", "off", reason="unpaid")
    data = client.get("/v1/features/shop.till").data
    assert data["explanation"] == (
        "shop.till is off: an override for this workspace says so for shop.core, on which it depends (unpaid)."
    )
    assert [(s["feature"], s["relation"], s["value"]) for s in data["steps"]] == [
        ("shop.till", "self", "on"),
        ("shop", "parent", "on"),
        ("stock.items", "required", "on"),
        ("shop.core", "required", "off"),
        ("stock", "parent", "on"),
    ]
    client.get("/v1/features/shop.nothing", expect=404)
    client.as_one_who_may("users:read").get("/v1/features/shop.till", expect=403)
    client.anonymous.get("/v1/features", expect=401)


def test_administrators_see_the_same_with_the_override(shop: Shop, here: TestWorkspace, decide: Any) -> None:
    decide("shop.core", "off", reason="unpaid")
    rows = {row["feature"]: row for row in shop.admin.get(f"/platform/tenants/{here.slug}/features").data}
    assert rows["shop.core"]["override"]["reason"] == "unpaid"
    assert rows["shop.core"]["override"]["author"] == shop.administrator.email
    assert rows["shop.till"]["decided_at"] == "shop.core"
    assert rows["shop.till"]["override"] is None


def test_installed_features_show_plans_and_kill_switches(shop: Shop, killed: Any) -> None:
    workspace = shop.workspace()
    killed("stock.items")
    rows = {row["feature"]: row for row in shop.admin.get("/platform/features").data}
    assert rows["stock.items"]["kill_switch"]["reason"] == "a test"
    assert rows["shop.core"]["kill_switch"] is None
    assert "shop-basic" in rows["shop.core"]["plans"]
    assert "shop-basic" not in rows["shop.till"]["plans"]
    assert shop.api(workspace).get("/v1/shop/shop.till", expect=402).error["details"]["decided_at"] == "stock.items"


def test_a_feature_is_one_round_trip_to_read(shop: Shop, client: Api) -> None:
    from jemeti_platform.testing.round_trips import count_round_trips

    client.get("/v1/features")
    with count_round_trips(shop.platform) as found:
        client.get("/v1/features")
    assert found.count == 1


def test_people_of_a_workspace_are_no_administrators(shop: Shop, client: Api, here: TestWorkspace) -> None:
    outside = client.at("localhost")
    for part in ("tenants", "plans", "features", "plugins", "audit-log"):
        outside.get(f"/platform/{part}", expect=401)
    outside.put(f"/platform/tenants/{here.slug}/features/shop.core", {"value": "on", **WHY}, expect=401)
    shop.admin.get("/v1/features", expect=401)


def test_the_system_may_do_the_same_without_http(shop: Shop, here: TestWorkspace) -> None:
    from jemeti_platform.admin import overrides

    with platform_work(shop.platform) as work:
        outcome = overrides.set_override(work, here.slug, "shop.core", "off", reason="from the command line")
    assert outcome.decided["shop.core"]["value"] == "off"
    shop.api(here).get(CORE, expect=402)
