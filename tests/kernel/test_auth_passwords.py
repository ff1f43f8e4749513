"""Passwords forgotten, chosen anew by link, and changed."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import PASSWORD, Login, TestWorkspace

from .signing_in import NEW_PASSWORD, bearer, mails_to, on, sign_in, token_in

STATUS = Statement("UPDATE users SET status = %(status)s WHERE id = %(id)s")
AGE = Statement("UPDATE one_time_tokens SET expires_at = expires_at - %(age)s::interval")
HASHES = Statement("SELECT token_hash FROM one_time_tokens")


def forget(api: Api, email: str, **more: Any) -> Reply:
    return api.anonymous.post("/api/auth/password/forgot", {"email": email, **more}, expect=202)


def reset(api: Api, token: str, password: str = NEW_PASSWORD, expect: int = 204) -> Reply:
    return api.anonymous.post("/api/auth/password/reset", {"token": token, "password": password}, expect=expect)


def mailed(api: Api, tenant: TestWorkspace, who: Login) -> str:
    """The token of a reset that somebody has just asked for."""
    forget(api, who.email)
    return token_in(mails_to(tenant.platform, who.email)[0])


class TestForgotten:
    def test_a_link_to_the_workspaces_own_name_is_mailed(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        forget(api, owner.email.upper())

        (mail,) = mails_to(tenant.platform, owner.email)
        assert f"http://{tenant.slug}.localhost:6543/reset-password#token={tenant.slug}." in mail["text"]
        assert f"Workspace {tenant.slug}" in mail["subject"]
        assert "30 minutes" in mail["text"]
        reset(api, token_in(mail))

    def test_an_evil_host_header_does_not_get_into_the_link(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        for evil in (
            {"X-Forwarded-Host": "evil.test"},
            {"Forwarded": "host=evil.test"},
            {"Origin": "http://evil.test"},
        ):
            body = {"email": owner.email, "workspace": tenant.slug}
            api.anonymous.at("localhost:666").post("/api/auth/password/forgot", body, headers=evil, expect=202)

        mails = mails_to(tenant.platform, owner.email)
        assert len(mails) == 3
        assert all(f"//{tenant.slug}.localhost:6543/" in m["text"] and "evil" not in m["text"] for m in mails)
        body = {"email": owner.email, "workspace": tenant.slug}
        api.anonymous.at("evil.test").post("/api/auth/password/forgot", body, expect=404)

    @pytest.mark.parametrize("case", ["unknown", "disabled", "invited"])
    def test_the_answer_does_not_tell_who_has_an_account(self, api: Api, tenant: TestWorkspace, case: str) -> None:
        known, other = tenant.login("owner"), tenant.login("mechanic")
        if case != "unknown":
            with tenant.work() as work:
                work.write(STATUS(id=other.user_id, status=case))
        email = "nobody@nowhere.example" if case == "unknown" else other.email

        assert forget(api, email).body == forget(api, known.email).body
        assert mails_to(tenant.platform, email) == []

    def test_nor_does_the_work_it_takes(self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]) -> None:
        client, owner = on(new_app(ratelimit__password_reset="1000000 per minute"), api), tenant.login("owner")
        forget(client, owner.email)  # the first one of a process prepares its connection
        took: dict[str, list[float]] = {"known": [], "unknown": []}
        asked: dict[str, set[tuple[int, int]]] = {"known": set(), "unknown": set()}
        for n in range(50):
            for case, email in (("known", owner.email), ("unknown", f"nobody-{n}@nowhere.example")):
                with count_round_trips(client.app.registry.platform) as found:
                    begun = time.process_time()  # other programs do not count
                    forget(client, email)
                    took[case].append(time.process_time() - begun)
                asked[case].add((found.count, found.statements))

        assert asked["known"] == asked["unknown"]
        assert 0.75 < median(took["known"]) / median(took["unknown"]) < 1.33

    def test_three_an_hour_for_one_account(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        for _ in range(3):
            forget(api, owner.email)
        refused = api.anonymous.post("/api/auth/password/forgot", {"email": owner.email}, expect=429)

        assert 0 < int(refused.headers["Retry-After"]) <= 3600
        assert len(mails_to(tenant.platform, owner.email)) == 3
        forget(api, "somebody@else.example")

    def test_a_dry_run_sends_nothing(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        api.anonymous.post("/api/auth/password/forgot?dry_run=true", {"email": owner.email}, expect=202)

        assert mails_to(tenant.platform, owner.email) == []

    def test_workspaces_are_named_as_for_a_log_in(self, api: Api, tenant: TestWorkspace) -> None:
        body = {"email": "a@b.example"}
        api.anonymous.at("localhost").post("/api/auth/password/forgot", body, expect=400)
        named = {**body, "workspace": "nobody-has-this"}
        api.anonymous.at("localhost").post("/api/auth/password/forgot", named, expect=404)
        tenant.set_status("suspended")
        api.anonymous.post("/api/auth/password/forgot", body, expect=403)


class TestReset:
    def test_the_new_password_counts_the_old_one_does_not(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        before = sign_in(api, owner)
        reset(api, mailed(api, tenant, owner))

        api.anonymous.request("GET", "/api/auth/me", headers=bearer(before), expect=401)
        given = {"email": owner.email, "password": PASSWORD}
        api.anonymous.post("/api/auth/login", given, expect=401)
        sign_in(api, owner, NEW_PASSWORD)
        assert "was changed" in mails_to(tenant.platform, owner.email)[0]["subject"]

    def test_of_fifty_at_once_exactly_one_gets_through(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        token = mailed(api, tenant, owner)
        passwords = [f"{NEW_PASSWORD}-{n}" for n in range(50)]

        def redeem(password: str) -> int:
            body = {"token": token, "password": password}
            return api.anonymous.post("/api/auth/password/reset", body, anything=True).status

        with ThreadPoolExecutor(25) as threads:
            statuses = list(threads.map(redeem, passwords))

        assert Counter(statuses) == {204: 1, 410: 49}
        sign_in(api, owner, passwords[statuses.index(204)])

    def test_it_is_good_for_half_an_hour(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        token = mailed(api, tenant, owner)
        with tenant.work() as work:
            work.write(AGE(age="29 minutes 50 seconds"))
        api.anonymous.post(
            "/api/auth/password/reset?dry_run=true", {"token": token, "password": NEW_PASSWORD}, expect=204
        )
        with tenant.work() as work:
            work.write(AGE(age="11 seconds"))

        assert reset(api, token, expect=410).error["code"] == "gone"

    def test_a_newer_link_voids_the_older(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        first, second = mailed(api, tenant, owner), mailed(api, tenant, owner)

        reset(api, first, expect=410)
        reset(api, second)

    def test_another_workspaces_token_is_not_known_here(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        token = mailed(api, tenant, tenant.login("owner"))
        secret = token.partition(".")[2]

        reset(api_of(other_tenant), token, expect=404)
        reset(api_of(other_tenant), f"{other_tenant.slug}.{secret}", expect=404)
        reset(api.at("localhost"), f"nobody-has-this.{secret}", expect=404)
        reset(api.at("localhost"), "rubbish", expect=404)
        reset(api.at("localhost"), token)

    def test_a_weak_password_is_refused_and_uses_nothing_up(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        token = mailed(api, tenant, owner)
        for weak in ("short", "password1234567890", tenant.slug * 2, owner.email, "x" * 129):
            reply = reset(api, token, weak, expect=400)
            assert [fault["field"] for fault in reply.error["details"]] == ["password"]

        reset(api, token)

    def test_an_invitation_is_no_reset_and_a_disabled_user_has_none(self, api: Api, tenant: TestWorkspace) -> None:
        mechanic = tenant.login("mechanic")
        token = mailed(api, tenant, mechanic)
        body = {"token": token, "name": "Mallory", "password": NEW_PASSWORD}
        api.anonymous.post("/api/auth/invitations/accept", body, expect=404)
        api.patch(f"/v1/users/{mechanic.user_id}", {"status": "disabled"})

        reset(api, token, expect=410)

    def test_the_database_keeps_only_a_hash(self, api: Api, tenant: TestWorkspace) -> None:
        token = mailed(api, tenant, tenant.login("owner"))

        with tenant.work() as work:
            (rows,) = work.read(HASHES())
        assert rows
        assert all(len(row["token_hash"]) == 64 and row["token_hash"] not in token for row in rows)


class TestChange:
    def change(self, api: Api, headers: dict[str, str], old: str, new: str, expect: int = 204) -> Reply:
        body = {"old_password": old, "new_password": new}
        return api.anonymous.post("/api/auth/password/change", body, headers=headers, expect=expect)

    def test_it_ends_the_other_sessions_and_keeps_this_one(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        here, there = sign_in(api, owner), sign_in(api, owner)
        self.change(api, bearer(here), PASSWORD, NEW_PASSWORD)

        api.anonymous.get("/api/auth/me", headers=bearer(here))
        api.anonymous.request("GET", "/api/auth/me", headers=bearer(there), expect=401)
        body = {"refresh_token": there.data["refresh_token"]}
        api.anonymous.post("/api/auth/refresh", body, expect=401)
        sign_in(api, owner, NEW_PASSWORD)
        assert "was changed" in mails_to(tenant.platform, owner.email)[0]["subject"]

    def test_the_old_password_is_guessed_five_times_at_most(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        here = bearer(sign_in(api, owner))
        for _ in range(5):
            reply = self.change(api, here, "not-the-old-password", NEW_PASSWORD, 400)
            assert reply.error["details"] == [{"field": "old_password", "message": "This is not your password"}]

        self.change(api, here, PASSWORD, NEW_PASSWORD, 429)

    def test_a_weak_one_is_refused_by_name(self, api: Api, tenant: TestWorkspace) -> None:
        reply = self.change(api, bearer(sign_in(api, tenant.login("owner"))), PASSWORD, "short", 400)

        assert [fault["field"] for fault in reply.error["details"]] == ["new_password"]

    def test_it_needs_a_log_in_and_both_words(self, api: Api) -> None:
        self.change(api, {}, PASSWORD, NEW_PASSWORD, 401)
        reply = api.post("/api/auth/password/change", {}, expect=400)

        assert [fault["field"] for fault in reply.error["details"]] == ["old_password", "new_password"]

    def test_characters_that_look_alike_are_the_same_password(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        self.change(api, bearer(sign_in(api, owner)), PASSWORD, "Ａlpenglühen über 42 Gipfeln")

        sign_in(api, owner, "Alpenglu\u0308hen u\u0308ber 42 Gipfeln")


class TestPages:
    """What the links lead to."""

    @pytest.mark.parametrize("path", ["/reset-password", "/accept-invitation"])
    def test_a_page_that_lets_nothing_else_in(self, api: Api, path: str) -> None:
        page = api.anonymous.get(path, headers={"Accept": "text/html"})

        policy = page.headers["Content-Security-Policy"]
        assert page.headers["Content-Type"] == "text/html; charset=utf-8"
        assert "default-src 'none'" in policy
        assert "unsafe" not in policy
        assert page.headers["Referrer-Policy"] == "no-referrer"
        assert page.text.count(policy.partition("'nonce-")[2].partition("'")[0]) == 2
        assert "@" not in page.text
        assert api.anonymous.get(path).headers["Content-Security-Policy"] != policy
        api.anonymous.at("evil.test").request("GET", path, expect=404)
