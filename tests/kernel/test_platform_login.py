"""Administrators of the platform: accounts of their own, an hour at a time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest

from jemeti_platform.admin.login import create_admin
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .signing_in import NEW_PASSWORD, bearer, on, sign_in

WRONG = "never-the-right-password"
STATUS = Statement("UPDATE platform_admins SET status = %(status)s WHERE email_key = %(email)s")
LOGGED = Statement("SELECT action, actor FROM platform_audit_log WHERE subject = %(email)s")


@pytest.fixture
def email(platform: Platform) -> str:
    """The address of a new administrator whose password is `NEW_PASSWORD`."""
    address = f"admin-{uuid4().hex[:10]}@platform.example"
    with platform_work(platform) as work:
        create_admin(work, address, "Ada", NEW_PASSWORD)
    return address


@pytest.fixture
def client(api: Api, new_app: Callable[..., Any]) -> Api:
    """A stranger at the platform's own host, of an application whose limits nobody else has touched."""
    return on(new_app(), api).anonymous.at("localhost")


def log_in(client: Api, email: str, password: str = NEW_PASSWORD, expect: int = 200) -> Reply:
    return client.post("/platform/auth/login", {"email": email, "password": password}, expect=expect)


def test_a_token_for_an_hour_and_no_cookie(client: Api, email: str) -> None:
    reply = log_in(client, email.upper())

    assert set(reply.data) == {"access_token", "token_type", "expires_in", "admin"}
    assert (reply.data["token_type"], reply.data["expires_in"]) == ("Bearer", 3600)
    assert (reply.data["admin"]["email"], reply.data["admin"]["name"]) == (email, "Ada")
    assert "Set-Cookie" not in reply.headers
    assert "argon2" not in reply.text
    assert client.get("/platform/auth/me", headers=bearer(reply)).data["email"] == email
    client.get("/platform/tenants", headers=bearer(reply))


def test_logging_out_revokes_at_once(client: Api, email: str) -> None:
    first, second = log_in(client, email), log_in(client, email)
    client.post("/platform/auth/logout", headers=bearer(first), expect=204)

    client.request("GET", "/platform/auth/me", headers=bearer(first), expect=401)
    client.get("/platform/auth/me", headers=bearer(second))


def test_disabling_one_counts_at_once(client: Api, email: str, platform: Platform) -> None:
    reply = log_in(client, email)
    with platform_work(platform) as work:
        work.write(STATUS(email=email, status="disabled"))

    client.request("GET", "/platform/auth/me", headers=bearer(reply), expect=401)
    log_in(client, email, expect=401)


def test_every_way_of_being_wrong_is_the_same_answer(client: Api, email: str, tenant: TestWorkspace) -> None:
    owner = tenant.login("owner")
    wrong = [
        log_in(client, email, WRONG, 401),
        log_in(client, "nobody@nowhere.example", expect=401),
        log_in(client, owner.email, "a-password-of-the-test-kit", 401),  # a workspace's account is none here
    ]

    assert {(reply.error["code"], reply.error["message"]) for reply in wrong} == {
        ("unauthorized", "E-mail address or password is wrong.")
    }


def test_an_administrator_has_no_account_in_a_workspace(api: Api, email: str) -> None:
    api.anonymous.post("/api/auth/login", {"email": email, "password": NEW_PASSWORD}, expect=401)


def test_five_guesses_then_not_even_the_right_password(client: Api, email: str) -> None:
    for _ in range(5):
        log_in(client, email, WRONG, 401)

    assert log_in(client, email, expect=429).error["code"] == "rate_limited"


def test_platform_tokens_are_refused_by_workspaces_and_the_other_way_round(
    client: Api, api: Api, tenant: TestWorkspace, email: str
) -> None:
    platform, workspace = bearer(log_in(client, email)), bearer(sign_in(api, tenant.login("owner")))
    for path in ("/api/auth/me", "/v1/users", "/v1/workspace"):
        api.anonymous.request("GET", path, headers=platform, expect=401)
    for path in ("/platform/auth/me", "/platform/tenants"):
        client.request("GET", path, headers=workspace, expect=401)
    claims = jwt.decode(platform["Authorization"][7:], options={"verify_signature": False})
    assert (claims["aud"], claims["typ"]) == ("platform", "platform")
    assert "tid" not in claims


def test_one_is_made_with_a_good_password_once_and_the_log_says_so(platform: Platform, email: str) -> None:
    with platform_work(platform) as work, pytest.raises(Invalid):
        create_admin(work, "new@platform.example", "New", "short")
    with pytest.raises(Conflict), platform_work(platform) as work:
        create_admin(work, email.upper(), "Ada again", NEW_PASSWORD)
    with platform_work(platform) as work:
        (logged,) = work.read(LOGGED(email=email))
    assert [row["action"] for row in logged] == ["admin.created"]
