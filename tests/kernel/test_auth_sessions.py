"""Sessions: refreshed, ended, and refused from the very next request on."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import TestWorkspace

from .signing_in import NEW_PASSWORD, bearer, cookie_of, mails_to, sign_in, token_in

SESSION_OF = Statement("SELECT id, ended_at, end_reason, address, user_agent FROM sessions ORDER BY id DESC LIMIT 1")
AGE = Statement("UPDATE sessions SET created_at = now() - %(age)s::interval, expires_at = now() + interval '1 hour'")
EXPIRE = Statement("UPDATE sessions SET expires_at = now() - interval '1 second' WHERE id = %(id)s")
LEFT = Statement("SELECT extract(epoch FROM expires_at - now()) / 86400 AS days FROM sessions ORDER BY id DESC LIMIT 1")
TOKENS = Statement("SELECT token_hash FROM refresh_tokens")
PURGED = Statement("SELECT count(*) AS left FROM refresh_tokens")


def refresh(api: Api, token: str, expect: int = 200) -> Reply:
    return api.anonymous.post("/api/auth/refresh", {"refresh_token": token}, expect=expect)


def lives(api: Api, headers: dict[str, str]) -> bool:
    return api.anonymous.request("GET", "/api/auth/me", headers=headers, anything=True).status == 200


class TestRefreshing:
    def test_a_refresh_token_is_good_for_a_new_pair(self, api: Api, tenant: TestWorkspace) -> None:
        first = sign_in(api, tenant.login("owner"))
        second = refresh(api, first.data["refresh_token"])

        assert set(second.data) == set(first.data)
        assert second.data["refresh_token"] != first.data["refresh_token"]
        assert second.headers["Set-Cookie"] == (
            f"os_token={cookie_of(second)}; HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"
        )
        assert lives(api, bearer(first))
        assert lives(api, bearer(second))
        refresh(api, second.data["refresh_token"])

    def test_using_an_old_one_ends_the_whole_session(self, api: Api, tenant: TestWorkspace) -> None:
        first = sign_in(api, tenant.login("owner"))
        second = refresh(api, first.data["refresh_token"])
        other = sign_in(api, tenant.login("owner"))

        refused = refresh(api, first.data["refresh_token"], 401)

        assert "X-Tm" not in refused.headers
        assert not lives(api, bearer(first))
        assert not lives(api, bearer(second))
        assert not lives(api, {"Cookie": f"os_token={cookie_of(second)}"})
        refresh(api, second.data["refresh_token"], 401)
        assert lives(api, bearer(other))

    def test_of_two_at_once_one_wins_and_the_reuse_ends_the_session(self, api: Api, tenant: TestWorkspace) -> None:
        for _ in range(5):
            token = sign_in(api, tenant.login("owner")).data["refresh_token"]
            body = {"refresh_token": token}

            with ThreadPoolExecutor(4) as threads:
                tries = [threads.submit(api.anonymous.post, "/api/auth/refresh", body, anything=True) for _ in range(4)]
            replies = [attempt.result() for attempt in tries]

            assert Counter(reply.status for reply in replies) == {200: 1, 401: 3}
            (winner,) = (reply for reply in replies if reply.status == 200)
            assert not lives(api, bearer(winner))

    def test_a_dry_run_uses_nothing_up(self, api: Api, tenant: TestWorkspace) -> None:
        token = sign_in(api, tenant.login("owner")).data["refresh_token"]
        api.anonymous.post("/api/auth/refresh?dry_run=true", {"refresh_token": token}, expect=200)

        refresh(api, token)

    def test_it_names_its_workspace_where_the_host_does_not(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace
    ) -> None:
        token = sign_in(api, tenant.login("owner")).data["refresh_token"]
        refresh(api.at(f"{other_tenant.slug}.localhost"), token, 401)

        assert refresh(api.at("127.0.0.1"), token).data["workspace"]["slug"] == tenant.slug

    @pytest.mark.parametrize(
        "token", ["x", "a.b", "nobody-has-this." + "a" * 64, "../etc." + "a" * 64, "é." + "a" * 64, "." + "a" * 64]
    )
    def test_what_is_none_of_ours_is_unauthorized(self, api: Api, token: str) -> None:
        refresh(api.at("localhost"), token, 401)

    def test_the_cookie_is_no_refresh_token_and_no_bearer(self, api: Api, tenant: TestWorkspace) -> None:
        reply = sign_in(api, tenant.login("owner"))
        cookie = cookie_of(reply)

        refresh(api, cookie[:200], 401)
        api.anonymous.post("/api/auth/refresh", {}, headers={"Cookie": f"os_token={cookie}"}, expect=400)
        assert not lives(api, {"Authorization": f"Bearer {cookie}"})
        assert not lives(api, {"Cookie": f"os_token={reply.data['access_token']}"})
        assert not lives(api, {"Authorization": f"Bearer {reply.data['refresh_token']}"})

    def test_the_database_holds_no_token(self, api: Api, tenant: TestWorkspace) -> None:
        token = sign_in(api, tenant.login("owner")).data["refresh_token"]

        with tenant.work() as work:
            (rows,) = work.read(TOKENS())
        assert rows
        assert all(len(row["token_hash"]) == 64 and row["token_hash"] not in token for row in rows)


class TestHowLong:
    def test_a_session_ends_a_week_after_it_was_last_refreshed(self, api: Api, tenant: TestWorkspace) -> None:
        first = sign_in(api, tenant.login("owner"))
        assert 6.9 < _days_left(tenant) <= 7
        with tenant.work() as work:
            ((session,),) = work.read(SESSION_OF())
            work.write(EXPIRE(id=session["id"]))

        assert not lives(api, bearer(first))
        refresh(api, first.data["refresh_token"], 401)

    def test_refreshing_prolongs_it_to_thirty_days_at_most(self, api: Api, tenant: TestWorkspace) -> None:
        token = sign_in(api, tenant.login("owner")).data["refresh_token"]
        with tenant.work() as work:
            work.write(AGE(age="10 days"))
        token = refresh(api, token).data["refresh_token"]
        assert 6.9 < _days_left(tenant) <= 7

        with tenant.work() as work:
            work.write(AGE(age="29 days"))
        refresh(api, token)
        assert 0.9 < _days_left(tenant) <= 1

    def test_logging_in_takes_away_what_dead_sessions_left(self, api: Api, tenant: TestWorkspace) -> None:
        for _ in range(3):
            api.anonymous.post("/api/auth/logout", headers=bearer(sign_in(api, tenant.login("owner"))))
        sign_in(api, tenant.login("owner"))

        with tenant.work() as work:
            ((row,),) = work.read(PURGED())
        assert row["left"] == 1


class TestEnding:
    def test_logging_out_revokes_at_once_and_takes_the_cookie_back(self, api: Api, tenant: TestWorkspace) -> None:
        reply = sign_in(api, tenant.login("owner"))
        other = sign_in(api, tenant.login("owner"))
        out = api.anonymous.post("/api/auth/logout", headers=bearer(reply), expect=204)

        assert out.headers["Set-Cookie"] == "os_token=; HttpOnly; SameSite=Lax; Path=/; Max-Age=0"
        assert not lives(api, bearer(reply))
        assert not lives(api, {"Cookie": f"os_token={cookie_of(reply)}"})
        refresh(api, reply.data["refresh_token"], 401)
        assert lives(api, bearer(other))

    @pytest.mark.parametrize("how", ["log-out", "password", "disabled", "suspended", "reset"])
    def test_a_hundred_tokens_are_refused_after_it(self, api: Api, tenant: TestWorkspace, app: Any, how: str) -> None:
        mechanic = tenant.new_login("mechanic")
        reply = sign_in(api, mechanic)
        ((session,),) = [work_read(tenant)]
        tokens = [
            app.registry.security_policy.tokens.issue(
                "access", mechanic.user_id, session["id"], 900, tenant_id=tenant.id, workspace=tenant.slug
            )
            for _ in range(100)
        ]
        assert all(lives(api, {"Authorization": f"Bearer {token}"}) for token in tokens[:3])

        _end(api, tenant, reply, mechanic, how)

        accepted = [token for token in tokens if lives(api, {"Authorization": f"Bearer {token}"})]
        assert accepted == []
        if how == "suspended":
            tenant.set_status("active")
            assert lives(api, bearer(reply))  # what has not expired works again

    def test_a_new_role_counts_for_the_next_request(self, api: Api, tenant: TestWorkspace) -> None:
        mechanic = tenant.new_login("mechanic")
        headers = bearer(sign_in(api, mechanic))
        api.anonymous.request("GET", "/v1/users", headers=headers, expect=403)
        roles = {role["slug"]: role["id"] for role in api.get("/v1/roles").data}

        api.patch(f"/v1/users/{mechanic.user_id}", {"role_id": roles["manager"]})
        api.anonymous.request("GET", "/v1/users", headers=headers, expect=200)
        api.patch(f"/v1/users/{mechanic.user_id}", {"role_id": roles["mechanic"]})
        api.anonymous.request("GET", "/v1/users", headers=headers, expect=403)


class TestMe:
    def test_it_says_who_where_and_what_one_may(self, api: Api, tenant: TestWorkspace) -> None:
        data = api.as_role("mechanic").get("/api/auth/me").data

        assert set(data) == {"user", "role", "permissions", "api_key", "workspace", "features"}
        assert data["role"]["slug"] == "mechanic"
        assert "workspace:read" in data["permissions"]
        assert "users:read" not in data["permissions"]
        assert data["workspace"]["slug"] == tenant.slug
        assert set(data["features"].values()) <= {"on", "read_only", "off"}

    def test_a_session_keeps_where_it_was_opened(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        agent = {"User-Agent": "Workshop/1.0 " + "x" * 300}
        body = {"email": owner.email, "password": "a-password-of-the-test-kit"}
        api.anonymous.post("/api/auth/login", body, headers=agent)

        session = work_read(tenant)[0]
        assert session["address"] == "127.0.0.1"
        assert session["user_agent"].startswith("Workshop/1.0 xxx")
        assert len(session["user_agent"]) == 200


def work_read(tenant: TestWorkspace) -> list[dict[str, Any]]:
    with tenant.work() as work:
        (rows,) = work.read(SESSION_OF())
    return rows


def _days_left(tenant: TestWorkspace) -> float:
    with tenant.work() as work:
        ((row,),) = work.read(LEFT())
    return float(row["days"])


def _end(api: Api, tenant: TestWorkspace, reply: Reply, who: Any, how: str) -> None:
    match how:
        case "log-out":
            api.anonymous.post("/api/auth/logout", headers=bearer(reply))
        case "password":
            given = {"old_password": "a-password-of-the-test-kit", "new_password": NEW_PASSWORD}
            api.anonymous.post("/api/auth/password/change", given, headers=bearer(sign_in(api, who)), expect=204)
        case "disabled":
            api.patch(f"/v1/users/{who.user_id}", {"status": "disabled"})
        case "suspended":
            tenant.set_status("suspended")
        case "reset":
            api.anonymous.post("/api/auth/password/forgot", {"email": who.email}, expect=202)
            token = token_in(mails_to(tenant.platform, who.email)[0])
            given = {"token": token, "password": NEW_PASSWORD}
            api.anonymous.post("/api/auth/password/reset", given, expect=204)
