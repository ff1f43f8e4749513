"""Roles and the permissions they grant: the system's six stand, a workspace adds its own, within its own rights."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from jemeti_platform.manifest import SYSTEM_ROLES
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import TestWorkspace


@pytest.fixture
def roles(api: Api) -> dict[str, str]:
    """The ids of the system roles."""
    return {role["slug"]: role["id"] for role in api.get("/v1/roles").data}


def make(api: Api, *grants: str, expect: int = 201, **more: Any) -> Reply:
    body = {"slug": f"role-{uuid4().hex[:8]}", "name": "Front desk", "permissions": list(grants), **more}
    return api.post("/v1/roles", body, expect=expect)


class TestSystemRoles:
    def test_there_are_six_with_what_the_manifests_say(self, api: Api, platform: Platform) -> None:
        found = {role["slug"]: role for role in api.get("/v1/roles").data}

        assert set(found) == set(SYSTEM_ROLES)
        assert all(role["system"] for role in found.values())
        assert found["owner"]["permissions"] == found["admin"]["permissions"] == ["*:*"]
        assert "users:read" in found["manager"]["permissions"]
        assert "users:invite" not in found["manager"]["permissions"]
        assert api.get(f"/v1/roles/{found['viewer']['id']}").data["permissions"] == found["viewer"]["permissions"]

    @pytest.mark.parametrize("slug", SYSTEM_ROLES)
    def test_nobody_changes_or_deletes_them(self, api: Api, roles: dict[str, str], slug: str) -> None:
        path = f"/v1/roles/{roles[slug]}"
        for body in ({"name": "Boss"}, {"permissions": ["*:*"]}, {"slug": "boss"}):
            assert api.patch(path, body, expect=409).error["details"]["reason"] == "system_role"
        assert api.delete(path, expect=409).error["details"]["reason"] == "system_role"

    def test_their_slugs_are_taken_and_system_is_no_input(self, api: Api) -> None:
        assert make(api, slug="owner", expect=409).error["details"]["fields"] == ["slug"]
        make(api, system=True, expect=400)


class TestOwnRoles:
    def test_one_is_made_given_and_obeyed(self, api: Api, tenant: TestWorkspace) -> None:
        role = make(api, "users:*", "*:read").data
        user = tenant.login("mechanic").user_id
        api.patch(f"/v1/users/{user}", {"role_id": role["id"]})

        mechanic = api.as_role("mechanic")
        assert mechanic.get("/v1/users").meta["total"] == 2
        held = mechanic.get("/api/auth/me").data["permissions"]
        assert {"users:invite", "users:write", "roles:read", "workspace:read"} <= set(held)
        assert "roles:write" not in held

    def test_a_change_counts_for_the_very_next_request(self, api: Api, tenant: TestWorkspace) -> None:
        role = make(api, "users:read").data
        api.patch(f"/v1/users/{tenant.login('mechanic').user_id}", {"role_id": role["id"]})
        mechanic = api.as_role("mechanic")
        mechanic.get("/v1/users")

        changed = api.patch(f"/v1/roles/{role['id']}", {"permissions": ["workspace:read"]})
        assert changed.data["permissions"] == ["workspace:read"]
        mechanic.request("GET", "/v1/users", expect=403)
        api.patch(f"/v1/roles/{role['id']}", {"permissions": ["users:read"]})
        mechanic.get("/v1/users")

    def test_no_grants_are_no_rights(self, api: Api, tenant: TestWorkspace) -> None:
        role = make(api).data
        api.patch(f"/v1/users/{tenant.login('mechanic').user_id}", {"role_id": role["id"]})

        for path in ("/v1/users", "/v1/roles", "/v1/permissions", "/v1/workspace", "/v1/features"):
            api.as_role("mechanic").request("GET", path, expect=403)
        assert api.as_role("mechanic").get("/api/auth/me").data["permissions"] == []

    @pytest.mark.parametrize(
        "grant",
        ["users", "users:", ":read", "users:read:write", "Users:read", "users.:read", "*.users:read", "users:fly",
         "nothing.*:read", "*:fly", "users:re*", "**:*", " ", "users:read\u0000"],
    )  # fmt: skip
    def test_what_grants_nothing_is_refused_where_it_stands(self, api: Api, grant: str) -> None:
        reply = make(api, "users:read", grant, expect=400)

        assert [fault["field"] for fault in reply.error["details"]] == ["permissions.1"]

    def test_deleting_takes_a_role_that_nobody_has(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        role = make(api, "users:read").data
        path, user = f"/v1/roles/{role['id']}", f"/v1/users/{tenant.login('mechanic').user_id}"
        api.patch(user, {"role_id": role["id"]})
        assert api.delete(path, expect=409).error["details"]["reason"] == "in_use"

        api.patch(user, {"role_id": roles["mechanic"]})
        api.delete(path, expect=204)
        api.request("GET", path, expect=404)

    def test_if_match(self, api: Api) -> None:
        role = make(api, "users:read")
        path, etag = f"/v1/roles/{role.data['id']}", role.headers["ETag"]
        api.patch(path, {"name": "First"}, headers={"If-Match": etag})

        api.patch(path, {"name": "Second"}, headers={"If-Match": etag}, expect=412)

    def test_another_workspaces_role_cannot_be_given(
        self, api: Api, other_tenant: TestWorkspace, api_of: Any, tenant: TestWorkspace
    ) -> None:
        foreign = make(api_of(other_tenant), "users:read").data["id"]

        api.request("GET", f"/v1/roles/{foreign}", expect=404)
        api.patch(f"/v1/users/{tenant.login('mechanic').user_id}", {"role_id": foreign}, expect=400)
        api.post("/v1/users", {"email": "a@b.example", "role_id": foreign}, expect=400)


class TestRights:
    def test_nobody_makes_a_role_that_may_more_than_they(self, api: Api) -> None:
        clerk = api.as_one_who_may("roles:read", "roles:write", "users:read")
        refused = make(clerk, "users:*", expect=403)
        assert refused.error["details"]["missing"] == ["users:invite", "users:write"]
        make(clerk, "*:*", expect=403)
        role = make(clerk, "users:read").data

        clerk.patch(f"/v1/roles/{role['id']}", {"permissions": ["users:write"]}, expect=403)
        stronger = make(api, "users:*").data
        clerk.patch(f"/v1/roles/{stronger['id']}", {"permissions": []}, expect=403)
        clerk.request("DELETE", f"/v1/roles/{stronger['id']}", expect=403)

    def test_nobody_lifts_their_own_role(self, api: Api) -> None:
        clerk = api.as_one_who_may("roles:read", "roles:write")
        own = clerk.get("/api/auth/me").data["role"]["id"]

        clerk.patch(f"/v1/roles/{own}", {"permissions": ["roles:read", "roles:write", "users:write"]}, expect=403)

    @pytest.mark.parametrize("role", ["manager", "staff", "mechanic", "viewer"])
    def test_making_roles_takes_its_permission(self, api: Api, role: str) -> None:
        make(api.as_role(role), "users:read", expect=403)


class TestPermissions:
    def test_every_declared_one_is_listed_with_its_origin(self, api: Api, platform: Platform) -> None:
        listed = api.get("/v1/permissions", params={"per_page": 100})

        assert [p["name"] for p in listed.data] == list(platform.permissions)
        assert listed.meta["total"] == len(platform.permissions)
        reading = next(p for p in listed.data if p["name"] == "users:read")
        assert reading == {
            "name": "users:read",
            "title": "See users",
            "feature": None,
            "plugin": "kernel",
            "roles": ["owner", "admin", "manager"],
            "enabled": True,
        }

    def test_pages_and_filters(self, api: Api, platform: Platform) -> None:
        first = api.get("/v1/permissions", params={"per_page": 3})
        assert (len(first.data), first.meta["page"], first.meta["per_page"]) == (3, 1, 3)
        assert api.get("/v1/permissions", params={"page": 999}).data == []
        kernel = api.get("/v1/permissions", params={"plugin": "kernel", "per_page": 100}).data
        assert {p["plugin"] for p in kernel} == {"kernel"}
        assert api.get("/v1/permissions", params={"plugin": "nobody"}).meta["total_pages"] == 0
        api.request("GET", "/v1/permissions", params={"plugins": "kernel"}, expect=400)
        api.request("GET", "/v1/permissions", params={"per_page": 101}, expect=400)
