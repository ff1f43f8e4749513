"""Administrators at work at once, through two processes: nothing is lost, and nobody waits in a circle."""

from __future__ import annotations

import random
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

from .shop_platform import Shop, first_shop, second_shop  # noqa: F401 (fixtures)

WHY = {"reason": "a test"}


def test_plugins_are_what_features_ask_for_after_many_changes_at_once(shop: Shop, twin: Shop) -> None:
    slugs = [f"plan-{uuid4().hex[:8]}" for _ in range(2)]
    for slug in slugs:
        shop.admin.put(f"/platform/plans/{slug}", {"title": "T", "features": {"stock": "on"}}, expect=201)
    workspaces = [shop.workspace(slug) for slug in slugs for _ in range(2)]
    sets = ({}, {"stock": "on"}, {"stock": "on", "shop.core": "on"})
    admins = [shop.admin, twin.admin]

    def act(n: int) -> int:
        dice = random.Random(n)
        admin, workspace = admins[n % 2], dice.choice(workspaces)
        path = f"/platform/tenants/{workspace.slug}"
        match dice.randrange(6):
            case 0:
                return admin.patch(f"/platform/plans/{dice.choice(slugs)}", {"title": str(n)}, anything=True).status
            case 1:
                body = {"title": "T", "features": dice.choice(sets)}
                return admin.put(f"/platform/plans/{dice.choice(slugs)}", body, anything=True).status
            case 2:
                return admin.put(f"{path}/subscription", {"plan": dice.choice(slugs)}, anything=True).status
            case 3:
                body = {"value": dice.choice(["on", "off"]), **WHY}
                return admin.put(f"{path}/features/stock.items", body, anything=True).status
            case 4:
                return admin.delete(f"{path}/features/stock.items", anything=True).status
            case _:
                body = {"value": dice.choice(["on", "off"]), **WHY}
                return admin.put("/platform/features/stock.local", body, anything=True).status

    with ThreadPoolExecutor(6) as pool:
        statuses = Counter(pool.map(act, range(150)))
    assert set(statuses) <= {200, 404, 409}, statuses  # 404: no override to lift; 409: an add-on's requirement
    shop.admin.put("/platform/features/stock.local", {"value": "off", **WHY}, expect=200)
    shop.admin.delete("/platform/features/stock.local", expect=204)
    for workspace in workspaces:
        rows = shop.admin.get(f"/platform/tenants/{workspace.slug}/features").data
        on = {row["plugin"] for row in rows if row["parent"] and row["value"] != "off"}
        expected = on | ({"stock"} if "shop" in on else set())
        assert set(shop.admin.get(f"/platform/tenants/{workspace.slug}").data["plugins"]) == expected
        seen = {row["feature"]: row["value"] for row in twin.api(workspace).get("/v1/features").data}
        assert seen == {row["feature"]: row["value"] for row in rows}


def test_of_two_who_make_the_same_workspace_one_does(shop: Shop, twin: Shop) -> None:
    given = {
        "slug": f"w-{uuid4().hex[:10]}",
        "name": "Rahim Motors",
        "plan": "shop-full",
        "country": "BD",
        "owner": {"name": "Rahim", "email": "rahim@x.example"},
    }
    with ThreadPoolExecutor(4) as pool:
        admins = [shop.admin, twin.admin] * 2
        statuses = list(pool.map(lambda admin: admin.post("/platform/tenants", given, anything=True).status, admins))
    assert sorted(statuses) == [201, 409, 409, 409]
