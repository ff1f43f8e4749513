"""Workspaces over HTTP: made, found, renamed, suspended, resumed, closed; and every change in the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestWorkspace

from .shop_platform import Shop, first_shop, second_shop  # noqa: F401 (fixtures)
from .signing_in import mails_to

PASSWORD = "workshop-demo-1234"
CORE = "/v1/shop/shop.core"


def wanted(**more: Any) -> dict[str, Any]:
    slug = f"w-{uuid4().hex[:10]}"
    owner = {"name": "Rahim Uddin", "email": f"rahim@{slug}.example", "password": PASSWORD}
    return {"slug": slug, "name": "Rahim Motors", "plan": "shop-full", "country": "BD", "owner": owner, **more}


@pytest.fixture
def here(shop: Shop) -> TestWorkspace:
    return shop.workspace()


def entries(shop: Shop, reference: Any) -> list[dict[str, Any]]:
    """What the audit log says about a workspace, oldest first."""
    found: list[dict[str, Any]] = shop.admin.get("/platform/audit-log", params={"tenant": reference, "sort": "at"}).data
    return found


# -- making -----------------------------------------------------------------------------------------


def test_a_workspace_is_there_at_once_with_owner_roles_and_plugins(shop: Shop) -> None:
    given = wanted()
    reply = shop.admin.post("/platform/tenants", given, expect=201)
    data = reply.data
    assert reply.location == f"/platform/tenants/{given['slug']}"
    assert (data["slug"], data["name"], data["status"], data["plan"]) == (
        given["slug"],
        "Rahim Motors",
        "active",
        "shop-full",
    )
    assert (data["country"], data["currency"], data["timezone"]) == ("BD", "BDT", "Asia/Dhaka")
    assert data["plugins"] == ["shop", "stock"]
    assert [(o["email"], o["status"]) for o in data["owners"]] == [(given["owner"]["email"], "active")]
    assert shop.admin.get(f"/platform/tenants/{data['id']}").data == data
    host = Api(shop.app, f"{given['slug']}.localhost")
    told = host.post("/api/auth/login", {"email": given["owner"]["email"], "password": PASSWORD}, expect=200).data
    bearer = {"Authorization": f"Bearer {told['access_token']}"}
    host.get(CORE, headers=bearer, expect=200)
    roles = host.get("/v1/roles", headers=bearer).data
    assert {role["slug"] for role in roles} == {"owner", "admin", "manager", "staff", "mechanic", "viewer"}


def test_making_one_takes_at_most_twenty_round_trips(shop: Shop) -> None:
    shop.admin.post("/platform/tenants", wanted(), expect=201)  # the first one of a process prepares its connections
    with count_round_trips(shop.platform) as found:
        shop.admin.post("/platform/tenants", wanted(), expect=201)
    assert found.count <= 20


def test_without_a_password_the_owner_is_invited(shop: Shop) -> None:
    given = wanted()
    del given["owner"]["password"]
    data = shop.admin.post("/platform/tenants", given, expect=201).data
    assert data["owners"][0]["status"] == "invited"
    address = given["owner"]["email"]
    mails = mails_to(shop.platform, address)
    assert "Rahim Motors" in mails[0]["subject"]
    assert f"{given['slug']}.localhost" in mails[0]["text"]


def test_a_dry_run_makes_nothing_and_mails_nobody(shop: Shop) -> None:
    given = wanted()
    del given["owner"]["password"]
    data = shop.admin.post("/platform/tenants?dry_run=true", given, expect=201).data
    assert data["slug"] == given["slug"]
    shop.admin.get(f"/platform/tenants/{given['slug']}", expect=404)
    assert mails_to(shop.platform, given["owner"]["email"]) == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"slug": "Dhaka Motors"}, "slug"),
        ({"slug": "admin"}, "slug"),
        ({"slug": str(uuid4())}, "slug"),
        ({"slug": "x" * 64}, "slug"),
        ({"plan": "shop-nothing"}, "plan"),
        ({"country": "XX"}, "country"),
        ({"name": ""}, "name"),
        ({"owner": {"name": "A", "email": "no", "password": PASSWORD}}, "owner.email"),
        ({"owner": {"name": "A", "email": "a@b.example", "password": "short"}}, "owner.password"),
        ({"owner": {"name": "A", "email": "a@b.example", "password": "password12345678"}}, "owner.password"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_what_is_wrong_is_named(shop: Shop, change: dict[str, Any], field: str) -> None:
    error = shop.admin.post("/platform/tenants", {**wanted(), **change}, expect=400).error
    assert field in {problem["field"] for problem in error["details"]}


def test_a_slug_is_taken_once_and_for_ever(shop: Shop, here: TestWorkspace) -> None:
    error = shop.admin.post("/platform/tenants", wanted(slug=here.slug), expect=409).error
    assert error["details"] == {"reason": "duplicate", "fields": ["slug"]}
    shop.admin.post(f"/platform/tenants/{here.slug}/close", {"reason": "end"}, expect=200)
    shop.admin.post("/platform/tenants", wanted(slug=here.slug), expect=409)


# -- looking ----------------------------------------------------------------------------------------


def test_workspaces_are_listed_like_everything_else(shop: Shop) -> None:
    word = f"Gärage{uuid4().hex[:6]}"
    made = [shop.admin.post("/platform/tenants", wanted(name=f"{word} {n}")).data for n in range(3)]
    shop.admin.post(f"/platform/tenants/{made[0]['slug']}/suspend", {"reason": "x"})
    reply = shop.admin.get("/platform/tenants", params={"q": word.replace("ä", "a").upper(), "sort": "-name"})
    assert [row["name"] for row in reply.data] == [f"{word} {n}" for n in (2, 1, 0)]
    assert reply.meta == {"page": 1, "per_page": 25, "total": 3, "total_pages": 1}
    assert set(reply.data[0]) == {
        "id", "slug", "name", "status", "plan", "plugins", "created_at", "closed_at", "erased_at",
    }  # fmt: skip
    for params, expected in (
        ({"status": "suspended"}, [0]),
        ({"status": "active,suspended", "plan": "shop-full"}, [0, 1, 2]),
        ({"plan": "shop-none"}, []),
        ({"per_page": 2, "page": 2}, [2]),
        ({"slug": made[1]["slug"]}, [1]),
    ):
        rows = shop.admin.get("/platform/tenants", params={"q": word, "sort": "name", **params}).data
        assert [row["name"] for row in rows] == [f"{word} {n}" for n in expected]
    sparse = shop.admin.get("/platform/tenants", params={"q": word, "fields": "slug"}).data
    assert {frozenset(row) for row in sparse} == {frozenset({"slug"})}


def test_a_cursor_walks_through_all_workspaces_once(shop: Shop) -> None:
    word = f"walk{uuid4().hex[:8]}"
    made = {shop.admin.post("/platform/tenants", wanted(name=f"{word} {n}")).data["slug"] for n in range(5)}
    cursor, seen = "", []
    while cursor is not None:
        reply = shop.admin.get("/platform/tenants", params={"q": word, "cursor": cursor, "per_page": 2})
        seen += [row["slug"] for row in reply.data]
        cursor = reply.meta["next_cursor"]
    assert sorted(seen) == sorted(made)
    assert len(seen) == 5
    shop.admin.get("/platform/tenants", params={"cursor": "nonsense"}, expect=400)


@pytest.mark.parametrize("query", ["status.x=1", "sort=plugins", "fields=stamp", "q=%00", "page=0", "per_page=101"])
def test_bad_queries_are_refused(shop: Shop, query: str) -> None:
    shop.admin.get(f"/platform/tenants?{query}", expect=400)


def test_a_change_knows_whether_somebody_was_faster(shop: Shop, here: TestWorkspace) -> None:
    path = f"/platform/tenants/{here.slug}"
    etag = shop.admin.get(path).headers["ETag"]
    shop.admin.get(path, headers={"If-None-Match": etag}, expect=304)
    renamed = shop.admin.patch(path, {"name": "One"}, headers={"If-Match": etag}, expect=200)
    assert renamed.data["name"] == "One"
    stale = shop.admin.patch(path, {"name": "Two"}, headers={"If-Match": etag}, expect=412)
    assert stale.error["details"]["current"]["name"] == "One"
    assert [e["after"] for e in entries(shop, here.slug) if e["action"] == "workspace.renamed"] == [{"name": "One"}]


# -- suspending, resuming, closing ------------------------------------------------------------------


def test_a_suspended_workspace_refuses_its_tokens_at_once_and_takes_them_back(
    shop: Shop, twin: Shop, here: TestWorkspace
) -> None:
    path = f"/platform/tenants/{here.slug}"
    clients = [shop.api(here), twin.api(here)]
    other = shop.api(shop.workspace())
    for client in clients:
        client.get(CORE, expect=200)
    assert shop.admin.post(f"{path}/suspend", {"reason": "unpaid"}, expect=200).data["status"] == "suspended"
    for client in clients:
        client.get(CORE, expect=401)
        client.post(CORE, {}, expect=401)
        client.get("/v1/features", expect=401)
        given = {"email": here.login().email, "password": "a-password-of-the-test-kit"}
        client.anonymous.post("/api/auth/login", given, expect=403)
    other.get(CORE, expect=200)
    # a process that has never seen the workspace refuses just the same
    shop.platform.states._states.pop(here.id, None)
    clients[0].get(CORE, expect=401)
    assert twin.admin.post(f"{path}/resume", {}, expect=200).data["status"] == "active"
    for client in clients:
        client.get(CORE, expect=200)


def test_a_closed_workspace_keeps_its_rows_and_opens_no_more(
    shop: Shop, here: TestWorkspace, database: Database
) -> None:
    path, client = f"/platform/tenants/{here.slug}", shop.api(here)
    shop.admin.post(f"{path}/close", {"reason": "moved away"}, expect=200)
    client.get(CORE, expect=401)
    data = shop.admin.get(path).data
    assert data["status"] == "closed"
    assert data["closed_at"]
    with database.connect() as superuser:
        (count,) = superuser.execute("SELECT count(*) FROM users WHERE tenant_id = %s", [here.id]).fetchone()  # type: ignore[misc]
    assert count == 1
    for verb in ("suspend", "resume", "close"):
        error = shop.admin.post(f"{path}/{verb}", {"reason": "x"}, expect=409).error
        assert error["details"] == {"reason": "state", "status": "closed"}
    body = {"value": "on", "reason": "x"}
    shop.admin.put(f"{path}/features/shop.core", body, expect=409)
    shop.admin.put(f"{path}/subscription", {"plan": "shop-basic"}, expect=409)


def test_states_follow_one_another(shop: Shop, here: TestWorkspace) -> None:
    path = f"/platform/tenants/{here.id}"
    shop.admin.post(f"{path}/resume", {}, expect=409)
    shop.admin.post(f"{path}/suspend", {"reason": "x"}, expect=200)
    shop.admin.post(f"{path}/suspend", {"reason": "x"}, expect=409)
    shop.admin.post(f"{path}/suspend", {}, expect=400)
    shop.admin.post("/platform/tenants/nobody-here/suspend", {"reason": "x"}, expect=404)
    # what is decided about a suspended workspace holds when it is back
    shop.admin.put(f"{path}/features/shop.core", {"value": "off", "reason": "x"}, expect=200)
    shop.admin.post(f"{path}/resume", {"reason": "paid"}, expect=200)
    shop.api(here).get(CORE, expect=402)


# -- the audit log ----------------------------------------------------------------------------------


def test_every_change_leaves_one_line_with_before_and_after(shop: Shop) -> None:
    given = wanted()
    slug = given["slug"]
    path = f"/platform/tenants/{slug}"
    admin = shop.admin
    for method, where, body in (
        ("POST", "/platform/tenants", given),
        ("PATCH", path, {"name": "Neu"}),
        ("PUT", f"{path}/features/shop.core", {"value": "off", "reason": "r1"}),
        ("PUT", f"{path}/features/shop.core", {"value": "read_only", "reason": "r2"}),
        ("DELETE", f"{path}/features/shop.core", None),
        ("PUT", f"{path}/subscription", {"plan": "shop-basic", "limits": {"users.max": 3}}),
        ("POST", f"{path}/suspend", {"reason": "r3"}),
        ("POST", f"{path}/resume", {}),
        ("POST", f"{path}/export", {"reason": "asked for"}),
        ("POST", f"{path}/close", {"reason": "r4"}),
    ):
        identity = f"request-{uuid4().hex[:12]}"
        admin.request(method, where, body, headers={"X-Request-Id": identity})
        last = entries(shop, slug)[-1]
        assert last["request_id"] == identity
        assert last["address"] == "127.0.0.1"
        assert (last["actor"], last["admin_id"]) == (shop.administrator.email, str(shop.administrator.user_id))
        assert last["tenant"] == slug
    lines = entries(shop, slug)
    assert [line["action"] for line in lines] == [
        "workspace.created", "workspace.renamed", "override.set", "override.set", "override.lifted",
        "subscription.changed", "workspace.suspended", "workspace.resumed", "workspace.exported", "workspace.closed",
    ]  # fmt: skip
    by_action = {line["action"]: line for line in lines}
    assert by_action["workspace.renamed"]["before"] == {"name": "Rahim Motors"}
    assert lines[2]["before"] is None
    assert (lines[3]["before"]["value"], lines[3]["after"]["value"]) == ("off", "read_only")
    assert by_action["override.lifted"]["before"]["reason"] == "r2"
    assert by_action["subscription.changed"]["before"]["plan"] == "shop-full"
    assert by_action["subscription.changed"]["after"]["limits"] == {"users.max": 3}
    assert by_action["workspace.suspended"]["after"] == {"status": "suspended", "reason": "r3"}
    # people stand in it by id alone
    assert given["owner"]["email"] not in str(lines)


def test_what_is_refused_or_only_tried_leaves_no_line(shop: Shop, here: TestWorkspace) -> None:
    before = len(entries(shop, here.id))
    path = f"/platform/tenants/{here.slug}"
    shop.admin.post(f"{path}/resume", {}, expect=409)
    shop.admin.put(f"{path}/features/shop.core?dry_run=true", {"value": "off", "reason": "x"}, expect=200)
    shop.admin.put(f"{path}/features/shop.core", {"value": "off"}, expect=400)
    assert len(entries(shop, here.id)) == before


def test_the_log_is_filtered_by_person_action_and_time(shop: Shop, here: TestWorkspace) -> None:
    path = f"/platform/tenants/{here.slug}"
    shop.admin.post(f"{path}/suspend", {"reason": "x"})
    shop.admin.post(f"{path}/resume", {})
    moment = next(e["at"] for e in entries(shop, here.slug) if e["action"] == "workspace.suspended")

    def actions(**params: Any) -> list[str]:
        rows = shop.admin.get("/platform/audit-log", params={"tenant": here.slug, "sort": "at", **params}).data
        return [row["action"] for row in rows]

    assert actions(action="workspace.resumed") == ["workspace.resumed"]
    assert actions(actor=shop.administrator.email) == ["workspace.suspended", "workspace.resumed"]
    assert actions(actor="tests") == ["workspace.created"]
    assert actions(**{"at.gt": moment}) == ["workspace.resumed"]
    assert actions(**{"at.lt": moment}) == ["workspace.created"]
    assert actions(q="SUSPEND") == ["workspace.suspended"]
    assert actions(tenant="nobody-here") == []
    shop.admin.get("/platform/audit-log?tenant=no%20body", expect=400)


def test_the_log_cannot_be_changed_by_anybody(shop: Shop, here: TestWorkspace, database: Database) -> None:
    for method in ("POST", "PUT", "PATCH", "DELETE"):
        shop.admin.request(method, "/platform/audit-log", {}, expect=405)
    for role in ("jemeti_platform", "jemeti_app"):
        with database.connect(role) as connection:
            for statement in ("UPDATE platform_audit_log SET actor = 'x'", "DELETE FROM platform_audit_log"):
                with pytest.raises(Exception, match="permission denied"):
                    connection.execute(statement)


def test_an_override_stands_in_the_workspaces_own_log_by_name(shop: Shop, here: TestWorkspace) -> None:
    body = {"value": "off", "reason": "unpaid"}
    shop.admin.put(f"/platform/tenants/{here.slug}/features/shop.core", body, expect=200)
    lines = shop.api(here).get("/v1/audit-log?resource=feature_overrides").data
    assert [(e["actor_kind"], e["actor_name"], e["action"]) for e in lines] == [
        ("admin", shop.administrator.email, "insert")
    ]
    assert lines[0]["after"]["reason"] == "unpaid"


def test_plugins_say_how_many_workspaces_use_them(shop: Shop) -> None:
    def counts() -> dict[str, int]:
        return {row["name"]: row["workspaces"] for row in shop.admin.get("/platform/plugins").data}

    before = counts()
    workspace = shop.workspace()
    assert counts() == {name: count + 1 for name, count in before.items()}
    shop.admin.post(f"/platform/tenants/{workspace.slug}/close", {"reason": "x"})
    assert counts() == before
    row = shop.admin.get("/platform/plugins").data[1]
    assert (row["name"], row["title"], row["version"], row["platform"]) == ("shop", "Shop", "1.0.0", ">=1,<2")
    assert row["requires"] == ["stock"]
    assert "shop.till" in row["features"]
    assert "shop.till:write" in row["permissions"]
    assert row["limits"] == ["shop.carts"]


def test_ids_and_slugs_name_the_same_workspace(shop: Shop, here: TestWorkspace) -> None:
    by_slug, by_id = (shop.admin.get(f"/platform/tenants/{name}").data for name in (here.slug, str(here.id).upper()))
    assert by_slug == by_id
    assert UUID(by_id["id"]) == here.id
