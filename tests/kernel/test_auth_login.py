"""Logging in, staying logged in, logging out."""

from __future__ import annotations

from typing import Any

import pytest

from jemeti_platform.testing.api import Api
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace

COOKIE = "HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"
NO_COOKIE = "os_token=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"


@pytest.fixture
def credentials(tenant: TestWorkspace) -> dict[str, str]:
    return {"email": tenant.login("owner").email, "password": PASSWORD}


def log_in(api: Api, credentials: dict[str, str], **more: Any) -> Any:
    return api.anonymous.post("/api/auth/login", {**credentials, **more}, expect=200)


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def test_log_in_answers_tokens_user_and_workspace(api: Api, tenant: TestWorkspace, credentials: dict[str, str]) -> None:
    data = log_in(api, credentials).data

    assert set(data) == {"access_token", "token_type", "expires_in", "refresh_token", "user", "workspace"}
    assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
    assert data["user"]["email"] == credentials["email"]
    assert data["user"]["role"]["slug"] == "owner"
    assert data["workspace"]["slug"] == tenant.slug
    assert "password" not in str(data)
    me = api.anonymous.get("/api/auth/me", headers=bearer(data["access_token"])).data
    assert me["user"] == data["user"]
    assert "users:invite" in me["permissions"]


def test_the_cookie_has_exactly_the_promised_attributes(api: Api, credentials: dict[str, str]) -> None:
    name, _, rest = log_in(api, credentials).headers["Set-Cookie"].partition("=")
    value, _, attributes = rest.partition("; ")

    assert (name, attributes) == ("os_token", COOKIE)
    me = api.anonymous.get("/api/auth/me", headers={"Cookie": f"os_token={value}"})
    assert me.data["user"]["email"] == credentials["email"]
