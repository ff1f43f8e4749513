"""Administrators of the platform: accounts of their own, an hour at a time."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from uuid import uuid4

import jwt
import pyotp
import pytest

from jemeti_platform.admin.login import create_admin
from jemeti_platform.admin.two_factor import reset
from jemeti_platform.db.statement import Statement
from jemeti_platform.errors import Conflict, Invalid, NotFound
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import TestWorkspace, platform_work

from .second_factors import challenge_of, finish, with_authenticator
from .signing_in import NEW_PASSWORD, bearer, on, sign_in

WRONG = "never-the-right-password"
STATUS = Statement("UPDATE platform_admins SET status = %(status)s WHERE email_key = %(email)s")
LOGGED = Statement("SELECT action, actor FROM platform_audit_log WHERE subject = %(email)s ORDER BY id")


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


class TestSecondFactor:
    """The same as for users: a challenge, a code that is good once, guesses that count."""

    PATH = "/platform/auth/two-factor"

    @pytest.fixture
    def inside(self, client: Api, email: str) -> Api:
        """The administrator, logged in."""
        return replace(client, always=bearer(log_in(client, email)))

    def switch_on(self, inside: Api) -> tuple[str, list[str]]:
        secret = inside.post(f"{self.PATH}/setup", {"password": NEW_PASSWORD}).data["secret"]
        return secret, inside.post(f"{self.PATH}/confirm", {"code": self.code(secret)}).data["recovery_codes"]

    def code(self, secret: str, steps: int = 0) -> str:
        return pyotp.TOTP(secret).generate_otp(int(time.time()) // 30 + steps)

    def challenge(self, client: Api, email: str) -> str:
        details = log_in(client, email, expect=401).error["details"]
        assert details["reason"] == "two_factor_required"
        found: str = details["challenge"]
        return found

    def finish(self, client: Api, challenge: str, code: str) -> Reply:
        given = {"challenge": challenge, "code": code}
        return client.post("/platform/auth/login/two-factor", given, anything=True)

    def test_the_password_alone_opens_nothing(self, client: Api, email: str, inside: Api) -> None:
        elsewhere = bearer(log_in(client, email))
        assert inside.get(self.PATH).data["status"] == "off"
        secret, codes = self.switch_on(inside)
        assert inside.get(self.PATH).data["recovery_codes_left"] == 10
        client.request("GET", "/platform/auth/me", headers=elsewhere, expect=401)
        challenge = self.challenge(client, email)

        client.request("GET", "/platform/auth/me", headers={"Authorization": f"Bearer {challenge}"}, expect=401)
        assert self.finish(client, challenge, self.code(secret)).status == 401  # used to confirm
        entered = self.finish(client, challenge, self.code(secret, 1))
        assert entered.status == 200
        assert client.get("/platform/auth/me", headers=bearer(entered)).data["email"] == email
        assert self.finish(client, challenge, codes[0]).status == 401
        assert self.finish(client, self.challenge(client, email), codes[0]).status == 200
        assert self.finish(client, self.challenge(client, email), codes[0]).status == 401

    def test_one_code_lets_one_of_many_in_and_wrong_ones_are_counted(
        self, api: Api, email: str, inside: Api, new_app: Callable[..., Any]
    ) -> None:
        away = {f"ratelimit__two_factor_{of}": "100000 per minute" for of in ("account", "challenge")}
        free = on(new_app(**away), api).anonymous.at("localhost")
        secret, codes = self.switch_on(inside)
        for code in (self.code(secret, 1), codes[0]):
            challenges = [self.challenge(free, email) for _ in range(20)]
            with ThreadPoolExecutor(10) as pool:
                found = Counter(pool.map(lambda one, code=code: self.finish(free, one, code).status, challenges))
            assert found == {200: 1, 401: 19}

        limited = on(new_app(), api).anonymous.at("localhost")
        challenge = self.challenge(limited, email)
        with ThreadPoolExecutor(10) as pool:
            guesses = Counter(pool.map(lambda _: self.finish(limited, challenge, "no-such-code").status, range(30)))
        assert guesses == {401: 5, 429: 25}
        assert self.finish(limited, challenge, codes[1]).status == 429

    def test_challenges_of_workspaces_and_platform_do_not_cross(
        self, api: Api, tenant: TestWorkspace, client: Api, email: str, inside: Api
    ) -> None:
        _, codes = self.switch_on(inside)
        theirs = with_authenticator(api, tenant)

        assert self.finish(client, challenge_of(api, theirs.who), theirs.recovery_codes[0]).status == 401
        assert finish(api, self.challenge(client, email), codes[0]).status == 401
        assert finish(api.at("localhost"), self.challenge(client, email), codes[0]).status == 401

    def test_it_is_switched_off_by_password_and_code_or_from_the_command_line(
        self, client: Api, email: str, inside: Api, platform: Platform
    ) -> None:
        _, codes = self.switch_on(inside)
        inside.post(f"{self.PATH}/disable", {"password": NEW_PASSWORD, "code": "wrong-code"}, expect=400)
        inside.post(f"{self.PATH}/disable", {"password": WRONG, "code": codes[0]}, expect=400)
        new = inside.post(f"{self.PATH}/recovery-codes", {"password": NEW_PASSWORD, "code": codes[0]}).data
        other = bearer(self.finish(client, self.challenge(client, email), new["recovery_codes"][0]))
        given = {"password": NEW_PASSWORD, "code": new["recovery_codes"][1]}
        inside.post(f"{self.PATH}/disable", given, expect=204)
        client.request("GET", "/platform/auth/me", headers=other, expect=401)
        log_in(client, email)

        self.switch_on(inside)
        with platform_work(platform) as work:
            reset(work, email)
        inside.request("GET", "/platform/auth/me", expect=401)
        log_in(client, email)
        with platform_work(platform) as work:
            ((*_, last),) = work.read(LOGGED(email=email))
            assert last["action"] == "admin.two_factor_reset"
            with pytest.raises(Conflict):
                reset(work, email)
            with pytest.raises(NotFound):
                reset(work, "nobody@platform.example")
