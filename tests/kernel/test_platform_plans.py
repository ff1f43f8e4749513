"""Plans and subscriptions over HTTP: checked against what is installed, and in force for every workspace at once."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

TILL = "/v1/shop/shop.till"


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


@pytest.fixture
def path() -> str:
    return f"/platform/plans/plan-{uuid4().hex[:8]}"


def plan(features: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"title": "Some plan", "features": features, **more}


def test_a_plan_is_made_read_changed_and_listed(shop: Shop, path: str) -> None:
    made = shop.admin.put(path, plan({"shop.core": "on"}, limits={"users.max": 3}, position=7), expect=201)
    slug = path.rpartition("/")[2]
    assert made.location == path
    seen = shop.admin.get(path)
    assert seen.data == {
        "slug": slug,
        "title": "Some plan",
        "description": "",
        "position": 7,
        "features": {"shop.core": "on"},
        "limits": {"users.max": 3},
        "workspaces": 0,
        "not_installed": [],
    }
    shop.admin.put(path, plan({"shop.core": "read_only"}), expect=200)
    changed = shop.admin.patch(path, {"features": {"stock.items": "on", "shop.core": None}, "title": "Other"}).data
    assert (changed["features"], changed["title"], changed["limits"]) == ({"stock.items": "on"}, "Other", {})
    shop.workspace(slug)
    rows = {row["slug"]: row for row in shop.admin.get("/platform/plans").data}
    assert rows[slug]["workspaces"] == 1
    shop.admin.put(path, plan({}), headers={"If-Match": seen.headers["ETag"]}, expect=412)


def test_a_set_that_lacks_something_is_refused_and_completed_on_demand(shop: Shop, path: str) -> None:
    error = shop.admin.put(path, plan({"shop.till": "on", "shop.extra": "on"}), expect=409).error
    assert error["details"]["reason"] == "requirement_off"
    assert error["details"]["also"] == ["shop.core", "stock.items"]
    assert {lack["feature"] for lack in error["details"]["missing"]} == {"shop.till", "shop.extra"}
    shop.admin.get(path, expect=404)
    made = shop.admin.put(f"{path}?with_requirements=true", plan({"shop.till": "on", "shop.extra": "on"}), expect=201)
    assert made.data["features"] == {"shop.till": "on", "shop.extra": "on", "shop.core": "on", "stock.items": "on"}
    error = shop.admin.patch(path, {"features": {"shop.core": "off"}}, expect=409).error
    assert error["details"]["also"] == ["shop.core"]
    # an umbrella that is named as off holds what stands below it down
    error = shop.admin.patch(path, {"features": {"shop": "off"}}, expect=409).error
    assert "shop" in error["details"]["also"]


def test_features_of_other_days_are_kept_and_slips_are_not(shop: Shop, path: str) -> None:
    made = shop.admin.put(path, plan({"shop.core": "on", "rockets": "on"}, limits={"rockets.max": 3}), expect=201)
    assert made.data["not_installed"] == ["rockets", "rockets.max"]
    for body, field in (
        (plan({"shop.cor": "on"}), "features.shop.cor"),
        (plan({"stok.items": "on"}), "features.stok.items"),
        (plan({}, limits={"user.max": 3}), "limits.user.max"),
        (plan({"Shop Core": "on"}), "features.Shop Core"),
        (plan({"shop.core": "yes"}), "features.shop.core"),
        (plan({"shop.core": None}), "features.shop.core"),
        (plan({}, limits={"users.max": -1}), "limits.users.max"),
        (plan({}, limits={"users.max": "3"}), "limits.users.max"),
        (plan({}, limits={"users.max": True}), "limits.users.max"),
        (plan([]), "features"),
    ):
        error = shop.admin.put(path, body, expect=400).error
        assert [problem["field"] for problem in error["details"]] == [field]
    assert "did you mean 'shop.core'" in shop.admin.put(path, plan({"shop.cor": "on"}), expect=400).text


@pytest.mark.parametrize("slug", ["A", "a b", "%00", "x" * 64, "a_b"])
def test_a_plan_has_a_plain_slug(shop: Shop, slug: str) -> None:
    shop.admin.put(f"/platform/plans/{slug}", plan({}), expect=404)
    shop.admin.get(f"/platform/plans/{slug}", expect=404)


def test_changing_a_plan_prepares_and_stills_the_plugins_of_its_workspaces(shop: Shop, path: str) -> None:
    shop.admin.put(path, plan({"stock.items": "on"}), expect=201)
    workspaces = [shop.workspace(path.rpartition("/")[2]) for _ in range(3)]
    workspaces[2].set_status("closed")
    data = shop.admin.patch(path, {"features": {"shop.core": "on"}}).data
    assert data["switched"] == [
        {"workspace": w.slug, "enabled": ["shop"], "disabled": []} for w in sorted(workspaces[:2], key=lambda w: w.id)
    ]
    for workspace in workspaces[:2]:
        shop.api(workspace).get("/v1/shop/shop.core", expect=200)
        assert shop.admin.get(f"/platform/tenants/{workspace.slug}").data["plugins"] == ["shop", "stock"]
    data = shop.admin.patch(path, {"features": {"shop.core": None}}).data
    assert {s["workspace"] for s in data["switched"]} == {w.slug for w in workspaces[:2]}


def test_what_a_plugin_raises_undoes_the_change_of_the_plan(
    shop: Shop, path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shop as plugin

    shop.admin.put(path, plan({"stock.items": "on"}), expect=201)
    workspace = shop.workspace(path.rpartition("/")[2])

    class Refusing(list[Any]):
        def append(self, item: Any) -> None:
            raise RuntimeError("no room for a first row")

    monkeypatch.setattr(plugin, "CALLS", Refusing())
    shop.admin.patch(path, {"features": {"shop.core": "on"}}, expect=500)
    monkeypatch.undo()
    assert shop.admin.get(path).data["features"] == {"stock.items": "on"}
    shop.api(workspace).get("/v1/shop/shop.core", expect=402)
    assert shop.admin.get(f"/platform/tenants/{workspace.slug}").data["plugins"] == ["stock"]


# -- subscriptions ----------------------------------------------------------------------------------


def test_a_subscription_is_a_plan_with_additions(shop: Shop) -> None:
    workspace = shop.workspace("shop-none")
    where, client = f"/platform/tenants/{workspace.slug}/subscription", shop.api(workspace)
    defaults = {slug: limit.default for slug, limit in shop.platform.limits.items()}
    assert (defaults["users.max"], defaults["shop.carts"]) == (None, 50)
    assert shop.admin.get(where).data == {
        "workspace": workspace.slug,
        "plan": "shop-none",
        "add_ons": {},
        "limits": {},
        "effective_limits": defaults,
    }
    body = {"plan": "shop-basic", "add_ons": {"shop.extra": "on"}, "limits": {"shop.carts": 7, "users.max": None}}
    data = shop.admin.put(where, body, expect=200).data
    assert data["plugins"] == {"enabled": ["stock", "shop"], "disabled": []}
    assert data["effective_limits"] == {**defaults, "shop.carts": 7}
    assert client.get("/v1/features/shop.extra").data["decided_by"] == "add_on"
    client.get("/v1/shop/shop.extra", expect=200)
    data = shop.admin.patch(where, {"add_ons": {"shop.extra": None}, "limits": {"shop.carts": 9}}).data
    assert (data["plan"], data["add_ons"], data["limits"]) == ("shop-basic", {}, {"shop.carts": 9, "users.max": None})
    client.get("/v1/shop/shop.extra", expect=402)
    data = shop.admin.put(where, {"plan": "shop-none"}, expect=200).data
    assert (data["add_ons"], data["limits"], data["plugins"]["disabled"]) == ({}, {}, ["stock", "shop"])


def test_an_add_on_needs_what_it_requires(shop: Shop) -> None:
    workspace = shop.workspace("shop-none")
    where = f"/platform/tenants/{workspace.slug}/subscription"
    error = shop.admin.put(where, {"plan": "shop-none", "add_ons": {"shop.till": "on"}}, expect=409).error
    assert error["details"]["also"] == ["stock.items", "shop.core"]
    complete = {"shop.till": "on", "shop.core": "on", "stock.items": "on"}
    shop.admin.put(where, {"plan": "shop-none", "add_ons": complete}, expect=200)
    shop.api(workspace).get(TILL, expect=200)


def test_what_is_wrong_with_a_subscription_is_named(shop: Shop, here: TestWorkspace) -> None:
    where = f"/platform/tenants/{here.slug}/subscription"
    for body, field in (
        ({}, "plan"),
        ({"plan": "shop-nothing"}, "plan"),
        ({"plan": "shop-full", "add_ons": {"shop.tilt": "on"}}, "add_ons.shop.tilt"),
        ({"plan": "shop-full", "add_ons": {"shop.till": None}}, "add_ons.shop.till"),
        ({"plan": "shop-full", "limits": {"shop.cart": 1}}, "limits.shop.cart"),
    ):
        error = shop.admin.put(where, body, expect=400).error
        assert [problem["field"] for problem in error["details"]] == [field]
    etag = shop.admin.get(where).headers["ETag"]
    shop.admin.patch(where, {"plan": "shop-basic"}, headers={"If-Match": etag}, expect=200)
    shop.admin.patch(where, {"plan": "shop-full"}, headers={"If-Match": etag}, expect=412)
    shop.admin.get("/platform/tenants/nobody-here/subscription", expect=404)
