"""Plans and workspaces as files: the difference first, once and no more, all or nothing; and the shipped ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.admin import applying
from jemeti_platform.admin.plan_files import read_plans
from jemeti_platform.admin.plans import find
from jemeti_platform.cli.context import working
from jemeti_platform.db.migrate import carried
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import BadRequest, Conflict, NotFound
from jemeti_platform.features.decision import decide_by_plan
from jemeti_platform.manifest import Feature
from jemeti_platform.testing.workspaces import platform_work

from .shop_platform import Shop, first_shop  # noqa: F401 (a fixture)


@pytest.fixture
def slug() -> str:
    return f"file-{uuid4().hex[:8]}"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("plans", "workspaces"):
        (tmp_path / name).mkdir()
    return tmp_path


def write(folder: Path, slug: str, features: str, more: str = "") -> None:
    text = f"[plan]\ntitle = A plan\nposition = 50\n[features]\n{features}\n{more}\n"
    (folder / "plans" / f"{slug}.ini").write_text(text, encoding="utf-8")


def apply(shop: Shop, folder: Path) -> applying.Outcome:
    with platform_work(shop.platform) as work:
        return applying.apply(work, folder)


def changes(outcome: applying.Outcome) -> dict[str, tuple[str, ...]]:
    return {change.what: change.details for change in outcome.changes}


# -- the shipped plans ------------------------------------------------------------------------------

SOLD = """
    jobs.core jobs.quotations jobs.payments jobs.dvi crm.customers crm.memberships crm.appointments vehicles.customer
    inventory.products inventory.vendors inventory.purchase_orders inventory.warranty
    sales.orders sales.pos sales.invoices sales.returns staff.employees staff.attendance staff.leave staff.payroll
    accounting.ledger accounting.reports portal.access portal.approvals portal.surveys
""".split()  # noqa: SIM905 (read as the table it is from)
"""Every feature that is sold, as the product's description lists them."""
STARTER = {"crm.customers", "vehicles.customer", "jobs.core", "jobs.quotations", "jobs.payments"}
PRO_ADDS = ("jobs.dvi", "crm.appointments", "crm.memberships", "inventory.", "sales.", "portal.")


def test_the_shipped_plans_sell_what_the_product_says() -> None:
    features = {slug: Feature(slug, slug) for slug in [*SOLD, *dict.fromkeys(s.partition(".")[0] for s in SOLD)]}
    sold = {
        plan.slug: {slug for slug in SOLD if decide_by_plan(features, plan.features, slug).value == "on"}
        for plan in read_plans(carried("tenants"))
    }
    assert list(sold) == ["starter", "pro", "enterprise"]
    assert sold["starter"] == STARTER
    assert sold["pro"] == STARTER | {slug for slug in SOLD if slug.startswith(PRO_ADDS)}
    assert sold["enterprise"] == set(SOLD)


def test_the_shipped_plans_apply_to_what_is_installed_and_then_have_nothing_to_do(shop: Shop) -> None:
    with working(shop.platform, dry_run=True) as work:  # other tests have plans of the same names
        applying.apply(work, carried("tenants"))
        assert applying.apply(work, carried("tenants")).is_empty
        assert find(work, "starter")["features"]["crm.customers"] == "on"


# -- applying ---------------------------------------------------------------------------------------


def test_a_plan_is_made_then_changed_then_left_alone(shop: Shop, folder: Path, slug: str) -> None:
    write(folder, slug, "stock = on", "[limits]\nusers.max = 3\nshop.carts = unlimited")
    first = apply(shop, folder)
    assert changes(first)[f"plan {slug}"] == (
        "title: – → A plan",
        "position: – → 50",
        "stock: – → on",
        "shop.carts: – → unlimited",
        "users.max: – → 3",
    )
    assert apply(shop, folder).changes == ()
    write(folder, slug, "stock.items = on", "[limits]\nusers.max = 4")
    assert changes(apply(shop, folder)) == {
        f"plan {slug}": ("stock: on → –", "stock.items: – → on", "shop.carts: unlimited → –", "users.max: 3 → 4")
    }
    assert apply(shop, folder).is_empty


def test_workspaces_gain_and_lose_plugins_with_their_plan(shop: Shop, folder: Path, slug: str) -> None:
    write(folder, slug, "stock = on")
    apply(shop, folder)
    workspace = shop.workspace(slug)
    write(folder, slug, "stock = on\nshop.core = on")
    (switched,) = apply(shop, folder).switched
    assert (switched.slug, switched.on, switched.off) == (workspace.slug, ("shop",), ())
    shop.api(workspace).get("/v1/shop/shop.core", expect=200)
    write(folder, slug, "stock.items = off")
    (switched,) = apply(shop, folder).switched
    assert (switched.on, switched.off) == ((), ("stock", "shop"))
    shop.api(workspace).get("/v1/shop/shop.core", expect=402)


def test_what_has_come_out_of_line_by_itself_is_brought_back(shop: Shop, folder: Path) -> None:
    workspace = shop.workspace("shop-none")
    with platform_work(shop.platform) as work:
        work.write(Statement("UPDATE tenants SET plan = 'shop-full' WHERE id = %(id)s")(id=workspace.id))
    found = {one.slug: one.on for one in apply(shop, folder).switched}
    assert found[workspace.slug] == ("stock", "shop")
    assert apply(shop, folder).is_empty


def test_what_is_not_installed_is_kept_and_listed(shop: Shop, folder: Path, slug: str) -> None:
    write(folder, slug, "stock = on\nrockets.large = on", "[limits]\nrockets.max = 2")
    assert apply(shop, folder).waiting == {slug: ["rockets.large", "rockets.max"]}


@pytest.mark.parametrize(
    ("features", "more", "told"),
    [
        ("shop.cor = on", "", "did you mean 'shop.core'"),
        ("shop.core = yes", "", "[features] shop.core is 'yes'"),
        ("stock = on", "[limits]\nusers.max = many", "[limits] users.max is 'many'"),
        ("stock = on", "[limits]\nuser.max = 3", "did you mean 'users.max'"),
        ("stock = on", "[colours]\nred = yes", "no section [colours]"),
        ("stock = on\nstock = off", "", "already exists"),
    ],
)
def test_a_slip_is_named_with_its_file_and_nothing_is_changed(
    shop: Shop, folder: Path, slug: str, features: str, more: str, told: str
) -> None:
    write(folder, f"{slug}-a", "stock = on")
    write(folder, f"{slug}-b", features, more)
    with pytest.raises(BadRequest) as refused:
        apply(shop, folder)
    assert told in str(refused.value)
    assert f"{slug}-b.ini" in str(refused.value)
    with pytest.raises(NotFound), platform_work(shop.platform) as work:
        find(work, f"{slug}-a")


def test_what_contradicts_itself_is_refused(shop: Shop, folder: Path, slug: str) -> None:
    write(folder, slug, "shop.till = on")
    with pytest.raises(Conflict, match=r"shop\.till needs stock\.items"):
        apply(shop, folder)


# -- workspaces -------------------------------------------------------------------------------------


def workspace_file(folder: Path, slug: str, **changed: str) -> None:
    fields = {
        "name": "Rahim Motors",
        "plan": "shop-full",
        "country": "BD",
        "owner_name": "Rahim",
        "owner_email": "rahim@x.example",
        **changed,
    }
    lines = [f"{name} = {value}" for name, value in fields.items() if value]
    (folder / "workspaces" / f"{slug}.ini").write_text("\n".join(["[workspace]", *lines]), encoding="utf-8")


def test_a_workspace_is_made_from_its_file_then_follows_it(shop: Shop, folder: Path, slug: str) -> None:
    workspace_file(folder, slug, country="DE")
    made = changes(apply(shop, folder))[f"workspace {slug}"]
    assert made == ("new, on shop-full, in DE", "invites rahim@x.example")
    data = shop.admin.get(f"/platform/tenants/{slug}").data
    assert (data["name"], data["country"], data["plugins"]) == ("Rahim Motors", "DE", ["shop", "stock"])
    assert data["owners"][0]["status"] == "invited"
    assert apply(shop, folder).is_empty
    workspace_file(folder, slug, name="Rahim & Sons", plan="shop-none", country="DE")
    assert changes(apply(shop, folder))[f"workspace {slug}"] == (
        "name: Rahim Motors → Rahim & Sons",
        "plan: shop-full → shop-none",
    )
    assert shop.admin.get(f"/platform/tenants/{slug}").data["plugins"] == []


@pytest.mark.parametrize("changed", [{"country": "XX"}, {"owner_email": "no"}, {"plan": ""}, {"colour": "red"}])
def test_a_workspace_file_is_read_strictly(shop: Shop, folder: Path, slug: str, changed: dict[str, Any]) -> None:
    workspace_file(folder, slug, **changed)
    with pytest.raises(BadRequest, match=next(iter(changed))):
        apply(shop, folder)
