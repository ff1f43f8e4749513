"""Limits: a 402 with the numbers, exact however many add at once, and where the plan and the workspace say them."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.db.base import uuid7
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import PaymentRequired
from jemeti_platform.features import limits
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)

_ADD = Statement(
    "INSERT INTO users (id, email, email_key, name, role_id)"
    " SELECT %(id)s, %(email)s, %(email)s, 'N', id FROM roles WHERE slug = 'viewer'"
)


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


def subscribe(shop: Shop, workspace: TestWorkspace, **numbers: int | None) -> None:
    numbers = {name.replace("_", "."): number for name, number in numbers.items()}
    shop.admin.patch(f"/platform/tenants/{workspace.slug}/subscription", {"limits": numbers}, expect=200)


def test_one_too_many_is_402_with_the_numbers(shop: Shop, here: TestWorkspace) -> None:
    with here.work() as work:
        limits.check(work, "shop.carts", 50)
        with pytest.raises(PaymentRequired) as refused:
            limits.check(work, "shop.carts", 51)
    assert refused.value.details == {"limit": "shop.carts", "max": 50, "used": 51, "plan": "shop-full"}
    subscribe(shop, here, shop_carts=60)
    with here.work() as work:
        limits.check(work, "shop.carts", 51)


def test_no_limit_costs_nothing(here: TestWorkspace, shop: Shop) -> None:
    with here.work() as work, count_round_trips(shop.platform) as found:
        limits.check(work, "users.max", 1_000_000)
        limits.reserve(work, "users.max")
    assert found.count == 0


def test_a_misspelt_limit_is_a_fault_of_the_program(here: TestWorkspace) -> None:
    with here.work() as work, pytest.raises(KeyError):
        limits.check(work, "shop.cart", 1)


def test_the_nearest_layer_decides(shop: Shop) -> None:
    plan = f"plan-{uuid4().hex[:8]}"
    shop.admin.put(f"/platform/plans/{plan}", {"title": "T", "features": {}, "limits": {"shop.carts": 5}}, expect=201)
    workspace = shop.workspace(plan)

    def most() -> Any:
        with workspace.work() as work:
            return work.limit("shop.carts")

    assert most() == 5
    subscribe(shop, workspace, shop_carts=2)
    assert most() == 2
    shop.admin.put(f"/platform/tenants/{workspace.slug}/subscription", {"plan": plan, "limits": {"shop.carts": None}})
    assert most() is None
    subscribe(shop, workspace, shop_carts=None)  # a merge patch: the entry goes, and the plan's number is back
    assert most() == 5


def test_inviting_beyond_the_limit_is_402(shop: Shop, here: TestWorkspace) -> None:
    client = shop.api(here)
    subscribe(shop, here, users_max=2)
    role = next(row["id"] for row in client.get("/v1/roles").data if row["slug"] == "viewer")
    client.post("/v1/users", {"email": "one@x.example", "name": "One", "role_id": role}, expect=201)
    details = client.post("/v1/users", {"email": "two@x.example", "name": "Two", "role_id": role}, expect=402).error
    assert details["details"] == {"limit": "users.max", "max": 2, "used": 3, "plan": "shop-full"}
    used = {row["limit"]: row for row in client.get("/v1/features").meta["limits"]}["users.max"]
    assert (used["max"], used["used"]) == (2, 2)


def test_twenty_at_once_never_pass_the_limit(shop: Shop, here: TestWorkspace) -> None:
    here.login()
    subscribe(shop, here, users_max=6)
    start = threading.Barrier(20)

    def add(n: int) -> int:
        start.wait()
        try:
            with here.work() as work:
                limits.reserve(work, "users.max")
                work.write(_ADD(id=uuid7(), email=f"{n}@x.example"))
        except PaymentRequired:
            return 0
        return 1

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(add, range(20))) == 5
