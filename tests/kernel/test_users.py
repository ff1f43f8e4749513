"""Users: invited, changed, disabled; never above one's own rights, and never without an owner."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from jemeti_platform.auth.functions import KEEP_AN_OWNER, KEEP_AN_OWNER_TRIGGER
from jemeti_platform.db.statement import Statement
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.waiting import wait_until_blocked
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace, platform_work

from .signing_in import NEW_PASSWORD, bearer, mails_to, sign_in, token_in

LIMITS = Statement("UPDATE tenants SET limits = jsonb_build_object('users.max', %(most)s::int) WHERE id = %(id)s")
AGE = Statement("UPDATE one_time_tokens SET expires_at = expires_at - %(age)s::interval")
OWNERS = Statement(
    "SELECT count(*) AS active FROM users u JOIN roles r ON r.id = u.role_id"
    " WHERE r.slug = 'owner' AND u.status = 'active'"
)


@pytest.fixture
def roles(api: Api) -> dict[str, str]:
    """The ids of the system roles."""
    return {role["slug"]: role["id"] for role in api.get("/v1/roles").data}


def address() -> str:
    return f"new-{uuid4().hex[:10]}@people.example"


def invite(api: Api, role_id: str, email: str | None = None, expect: int = 201, **more: Any) -> Reply:
    return api.post("/v1/users", {"email": email or address(), "role_id": role_id, **more}, expect=expect)


def accept(api: Api, token: str, expect: int = 200, password: str = NEW_PASSWORD) -> Reply:
    body = {"token": token, "name": "Noor Jahan", "password": password}
    return api.anonymous.post("/api/auth/invitations/accept", body, expect=expect)


class TestInviting:
    def test_somebody_is_mailed_a_link_and_joins(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        email = address()
        created = invite(api, roles["mechanic"], email)

        assert created.data["status"] == "invited"
        assert created.headers["Location"].endswith(f"/v1/users/{created.data['id']}")
        (mail,) = mails_to(tenant.platform, email)
        assert f"http://{tenant.slug}.localhost:6543/accept-invitation#token={tenant.slug}." in mail["text"]
        assert "owner invites you" in mail["text"]
        joined = accept(api, token_in(mail))
        assert joined.data["user"]["name"] == "Noor Jahan"
        assert joined.data["user"]["role"]["slug"] == "mechanic"
        assert "Set-Cookie" in joined.headers
        assert api.anonymous.get("/api/auth/me", headers=bearer(joined)).data["user"]["email"] == email
        assert api.get(f"/v1/users/{created.data['id']}").data["status"] == "active"
        api.anonymous.post("/api/auth/login", {"email": email, "password": NEW_PASSWORD}, expect=200)

    def test_nobody_logs_in_before_they_accept(self, api: Api, roles: dict[str, str]) -> None:
        email = address()
        invite(api, roles["mechanic"], email)

        api.anonymous.post("/api/auth/login", {"email": email, "password": PASSWORD}, expect=401)

    def test_the_link_is_good_once(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        email = address()
        invite(api, roles["mechanic"], email)
        token = token_in(mails_to(tenant.platform, email)[0])
        with ThreadPoolExecutor(8) as threads:
            body = {"token": token, "name": "Noor", "password": NEW_PASSWORD}
            post = api.anonymous.post
            tries = [threads.submit(post, "/api/auth/invitations/accept", body, anything=True) for _ in range(8)]

        assert Counter(attempt.result().status for attempt in tries) == {200: 1, 410: 7}

    def test_it_is_good_for_seven_days(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        email = address()
        created = invite(api, roles["mechanic"], email)
        with tenant.work() as work:
            work.write(AGE(age="7 days"))
        accept(api, token_in(mails_to(tenant.platform, email)[0]), 410)

        api.post(f"/v1/users/{created.data['id']}/invitation")
        accept(api, token_in(mails_to(tenant.platform, email)[0]))

    def test_sending_it_again_voids_the_first(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        email = address()
        user = invite(api, roles["mechanic"], email).data["id"]
        first = token_in(mails_to(tenant.platform, email)[0])
        assert api.post(f"/v1/users/{user}/invitation").data["status"] == "invited"

        accept(api, first, 410)
        accept(api, token_in(mails_to(tenant.platform, email)[0]))
        assert api.post(f"/v1/users/{user}/invitation", expect=409).error["details"]["reason"] == "state"

    def test_a_weak_password_is_refused_and_uses_nothing_up(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        email = address()
        invite(api, roles["mechanic"], email)
        token = token_in(mails_to(tenant.platform, email)[0])
        accept(api, token, 400, "Noor Jahan 12")

        accept(api, token)

    def test_another_workspace_does_not_know_the_link(
        self,
        api: Api,
        tenant: TestWorkspace,
        other_tenant: TestWorkspace,
        api_of: Callable[[TestWorkspace], Api],
        roles: dict[str, str],
    ) -> None:
        email = address()
        invite(api, roles["mechanic"], email)
        token = token_in(mails_to(tenant.platform, email)[0])

        accept(api_of(other_tenant), token, 404)
        accept(api_of(other_tenant), f"{other_tenant.slug}.{token.partition('.')[2]}", 404)
        accept(api.at("localhost"), token)

    def test_an_address_is_taken_once_here_and_free_elsewhere(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, api_of: Any, roles: dict[str, str]
    ) -> None:
        owner = tenant.login("owner")
        refused = invite(api, roles["viewer"], owner.email.upper(), 409)

        assert refused.error["details"] == {"reason": "duplicate", "fields": ["email"]}
        there = api_of(other_tenant)
        role = next(role["id"] for role in there.get("/v1/roles").data if role["slug"] == "viewer")
        invite(there, role, owner.email)

    def test_faults_are_named(self, api: Api) -> None:
        reply = api.post("/v1/users", {"email": "nonsense", "status": "active", "password": "x"}, expect=400)
        assert {fault["field"] for fault in reply.error["details"]} == {"email", "role_id", "status", "password"}

        reply = invite(api, str(uuid4()), expect=400)
        assert [fault["field"] for fault in reply.error["details"]] == ["role_id"]

    def test_a_failed_invitation_mails_nothing(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        email = address()
        api.post("/v1/users?dry_run=true", {"email": email, "role_id": roles["viewer"]}, expect=201)
        invite(api.as_role("manager"), roles["viewer"], email, 403)

        assert mails_to(tenant.platform, email) == []
        invite(api, roles["viewer"], email)


class TestLimit:
    def test_more_than_the_plan_allows_is_payment_required(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        limit_users(tenant, 2)
        user = invite(api, roles["viewer"]).data["id"]
        refused = invite(api, roles["viewer"], expect=402)

        assert refused.error["code"] == "payment_required"
        details = refused.error["details"]
        assert (details["limit"], details["max"], details["used"]) == ("users.max", 2, 3)
        api.patch(f"/v1/users/{user}", {"status": "disabled"})
        invite(api, roles["viewer"])
        api.request("PATCH", f"/v1/users/{user}", {"status": "active"}, expect=409)  # has never joined
        api.post(f"/v1/users/{user}/invitation", expect=402)

    def test_it_is_exact_when_many_are_invited_at_once(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        limit_users(tenant, 6)
        body = [{"email": address(), "role_id": roles["viewer"]} for _ in range(20)]
        with ThreadPoolExecutor(10) as threads:
            tries = [threads.submit(api.post, "/v1/users", one, anything=True) for one in body]

        assert Counter(attempt.result().status for attempt in tries) == {201: 5, 402: 15}

    def test_reactivating_counts(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        mechanic = tenant.login("mechanic")
        api.patch(f"/v1/users/{mechanic.user_id}", {"status": "disabled"})
        limit_users(tenant, 1)

        api.patch(f"/v1/users/{mechanic.user_id}", {"status": "active"}, expect=402)


class TestChanging:
    def test_name_role_and_status(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        path = f"/v1/users/{tenant.login('mechanic').user_id}"
        changed = api.patch(path, {"name": "Karim", "role_id": roles["staff"]}).data

        assert (changed["name"], changed["role_id"]) == ("Karim", roles["staff"])
        assert api.get(path, params={"expand": "role"}).data["role"]["slug"] == "staff"
        assert api.patch(path, {"status": "disabled"}).data["status"] == "disabled"

    def test_if_match_protects_against_somebody_faster(self, api: Api, tenant: TestWorkspace) -> None:
        path = f"/v1/users/{tenant.login('mechanic').user_id}"
        etag = api.get(path).headers["ETag"]
        api.patch(path, {"name": "First"}, headers={"If-Match": etag})

        api.patch(path, {"name": "Second"}, headers={"If-Match": etag}, expect=412)
        api.request("GET", path, headers={"If-None-Match": api.get(path).headers["ETag"]}, expect=304)

    def test_disabling_and_enabling(self, api: Api, tenant: TestWorkspace) -> None:
        mechanic = tenant.login("mechanic")
        reply = sign_in(api, mechanic)
        path = f"/v1/users/{mechanic.user_id}"
        api.patch(path, {"status": "disabled"})
        api.anonymous.request("GET", "/api/auth/me", headers=bearer(reply), expect=401)
        api.patch(path, {"status": "active"})

        api.anonymous.request("GET", "/api/auth/me", headers=bearer(reply), expect=401)  # the session stays ended
        sign_in(api, mechanic)

    @pytest.mark.parametrize(
        "body",
        [
            {"email": "other@b.example"},
            {"status": "invited"},
            {"role_id": None},
            {"name": None},
            {"name": ""},
            {"password_hash": "x"},
            {"tenant_id": str(UUID(int=1))},
            {"id": str(UUID(int=1))},
            {"last_login_at": "2026-01-01T00:00:00Z"},
        ],
    )
    def test_what_is_not_a_clients_to_say_is_refused(
        self, api: Api, tenant: TestWorkspace, body: dict[str, Any]
    ) -> None:
        api.patch(f"/v1/users/{tenant.login('mechanic').user_id}", body, expect=400)

    def test_nobody_is_deleted(self, api: Api, tenant: TestWorkspace) -> None:
        api.delete(f"/v1/users/{tenant.login('mechanic').user_id}", expect=405)

    def test_foreign_and_unknown_users_are_alike(
        self, api: Api, other_tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        foreign = other_tenant.login("mechanic").user_id
        for path in (f"/v1/users/{foreign}", f"/v1/users/{uuid4()}", "/v1/users/nonsense"):
            api.request("GET", path, expect=404)
            api.patch(path, {"name": "x"}, expect=404)
            api.post(f"{path}/invitation", expect=404)


class TestListing:
    def test_it_shows_no_secret(self, api: Api, tenant: TestWorkspace) -> None:
        tenant.login("mechanic")
        reply = api.get("/v1/users")

        assert reply.meta["total"] == 2
        assert set(reply.data[0]) == {
            "id", "email", "name", "role_id", "status", "last_login_at", "version", "created_at", "updated_at",
            "two_factor",
        }  # fmt: skip
        assert "argon2" not in reply.text
        for hidden in ("password_hash", "email_key", "password_changed_at", "search_text", "tenant_id"):
            api.request("GET", "/v1/users", params={"fields": hidden}, expect=400)
            api.request("GET", "/v1/users", params={hidden: "x"}, expect=400)
            api.request("GET", "/v1/users", params={"sort": hidden}, expect=400)

    def test_filters_search_and_order(self, api: Api, tenant: TestWorkspace, roles: dict[str, str]) -> None:
        invite(api, roles["mechanic"], "zaman.motors@people.example", name="Zaman")
        invite(api, roles["viewer"], "abida@people.example", name="Abida")

        assert [u["name"] for u in api.get("/v1/users", params={"q": "zamn"}).data] == ["Zaman"]
        assert [u["name"] for u in api.get("/v1/users", params={"q": "zaman.motors@"}).data] == ["Zaman"]
        invited = api.get("/v1/users", params={"status": "invited", "sort": "name"}).data
        assert [u["name"] for u in invited] == ["Abida", "Zaman"]
        by_role = api.get("/v1/users", params={"role_id": roles["mechanic"]}).data
        assert [u["name"] for u in by_role] == ["Zaman"]


class TestRights:
    @pytest.mark.parametrize(("role", "status"), [("admin", 201), ("manager", 403), ("viewer", 403)])
    def test_inviting_needs_its_permission(self, api: Api, roles: dict[str, str], role: str, status: int) -> None:
        invite(api.as_role(role), roles["viewer"], expect=status)

    def test_nobody_gives_a_role_that_may_more_than_they(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        clerk = api.as_one_who_may("users:invite", "users:write", "users:read", "workspace:read", "features:read")
        mechanic, manager = tenant.login("mechanic").user_id, tenant.login("manager").user_id
        for role in ("owner", "admin", "manager"):
            refused = invite(clerk, roles[role], expect=403)
            assert refused.error["details"] in ({"role": "owner"}, {"missing": refused.error["details"].get("missing")})
            clerk.patch(f"/v1/users/{mechanic}", {"role_id": roles[role]}, expect=403)
        # nor touches somebody who may more
        for body in ({"status": "disabled"}, {"name": "x"}, {"role_id": roles["viewer"]}):
            clerk.patch(f"/v1/users/{manager}", body, expect=403)
        # nor lifts himself
        clerk.patch(f"/v1/users/{clerk.login.user_id}", {"role_id": roles["admin"]}, expect=403)

    def test_only_owners_make_change_or_unmake_owners(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str]
    ) -> None:
        admin, owner = api.as_role("admin"), tenant.login("owner").user_id
        invite(admin, roles["owner"], expect=403)
        admin.patch(f"/v1/users/{tenant.login('manager').user_id}", {"role_id": roles["owner"]}, expect=403)
        for body in ({"status": "disabled"}, {"role_id": roles["viewer"]}, {"name": "x"}):
            admin.patch(f"/v1/users/{owner}", body, expect=403)
        admin.patch(f"/v1/users/{tenant.login('manager').user_id}", {"role_id": roles["admin"]})

        invite(api, roles["owner"])

    def test_sending_an_owners_invitation_again_takes_an_owner(self, api: Api, roles: dict[str, str]) -> None:
        user = invite(api, roles["owner"]).data["id"]

        api.as_role("admin").post(f"/v1/users/{user}/invitation", expect=403)
        api.post(f"/v1/users/{user}/invitation")


class TestLastOwner:
    @pytest.fixture
    def second(self, tenant: TestWorkspace) -> UUID:
        return tenant.new_login("owner").user_id

    @pytest.mark.parametrize("body", [{"status": "disabled"}, {"role_id": "viewer"}])
    def test_the_last_owner_stays(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str], body: dict[str, str]
    ) -> None:
        path = f"/v1/users/{tenant.login('owner').user_id}"
        body = {name: roles.get(value, value) for name, value in body.items()}
        invite(api, roles["owner"])  # an invited owner is none yet

        refused = api.patch(path, body, expect=409)

        assert refused.error["details"]["reason"] == "last_owner"
        assert api.get(path).data["status"] == "active"
        api.patch(path, {"name": "Still here"})

    def test_with_a_second_one_the_first_may_go(
        self, api: Api, tenant: TestWorkspace, roles: dict[str, str], second: UUID
    ) -> None:
        api.patch(f"/v1/users/{second}", {"role_id": roles["admin"]})
        api.patch(f"/v1/users/{second}", {"role_id": roles["owner"]})
        api.patch(f"/v1/users/{tenant.login('owner').user_id}", {"status": "disabled"})

    def test_two_who_unmake_each_other_leave_one(
        self, new_tenant: Callable[..., TestWorkspace], api_of: Callable[[TestWorkspace], Api]
    ) -> None:
        for _ in range(6):
            tenant = new_tenant()
            clients = [replace(api_of(tenant), login=tenant.new_login("owner")) for _ in range(2)]
            with tenant.work() as work:  # the one that `api_of` has made
                work.write(
                    Statement("UPDATE users SET status = 'disabled' WHERE id = %(id)s")(id=tenant.login().user_id)
                )
            with ThreadPoolExecutor(2) as threads:
                tries = [
                    threads.submit(one.patch, f"/v1/users/{other.login.user_id}", {"status": "disabled"}, anything=True)
                    for one, other in (clients, clients[::-1])
                ]

            # whoever comes second has been disabled by then, or is told that there is nobody else
            assert sorted(attempt.result().status for attempt in tries) in ([200, 401], [200, 409])
            with tenant.work() as work:
                assert work.read(OWNERS())[0][0]["active"] == 1

    def test_the_database_itself_refuses_whatever_code_runs(self, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner").user_id
        with pytest.raises(psycopg.errors.CheckViolation, match="active owner"), tenant.work() as work:
            work.write(Statement("UPDATE users SET status = 'disabled' WHERE id = %(id)s")(id=owner))

    @pytest.mark.parametrize(("lock", "left"), [("FOR NO KEY UPDATE", 1), ("", 0)])
    def test_a_check_that_takes_no_turns_would_be_fooled(
        self, database: Database, tenant: TestWorkspace, second: UUID, lock: str, left: int
    ) -> None:
        """The negative control: the same trigger without its lock lets both owners go."""
        first = tenant.login("owner").user_id
        function = KEEP_AN_OWNER.replace("FOR NO KEY UPDATE", lock)
        with _guarded_by(database, function):
            assert _unmake_both(database, tenant, first, second) == left


def limit_users(tenant: TestWorkspace, most: int) -> None:
    with platform_work(tenant.platform) as work:
        work.write(LIMITS(id=tenant.id, most=most))


@contextmanager
def _guarded_by(database: Database, function: str) -> Iterator[None]:
    """Let another function guard the last owner for a while."""
    with database.connect() as admin:
        admin.execute("SET ROLE jemeti_owner")
        try:
            for statement in ("DROP FUNCTION jemeti.keep_an_owner() CASCADE", function, KEEP_AN_OWNER_TRIGGER):
                admin.execute(statement)
            yield
        finally:
            for statement in ("DROP FUNCTION jemeti.keep_an_owner() CASCADE", KEEP_AN_OWNER, KEEP_AN_OWNER_TRIGGER):
                admin.execute(statement)


def _unmake_both(database: Database, tenant: TestWorkspace, first: UUID, second: UUID) -> int:
    """Two transactions that each disable an owner before the other one commits; how many owners are left."""
    written: list[UUID] = []

    def unmake(user: UUID) -> None:
        with database.connect("jemeti_app") as one, one.transaction():
            one.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
            one.execute("UPDATE users SET status = 'disabled' WHERE id = %s", [user])
            written.append(user)
            # the lock keeps the second one from coming here
            wait_until_blocked(database, unless=lambda: len(written) == 2)

    with ThreadPoolExecutor(2) as threads:
        tries = [threads.submit(unmake, user) for user in (first, second)]
    failures = [attempt.exception() for attempt in tries if attempt.exception()]
    assert all(isinstance(failure, psycopg.errors.CheckViolation) for failure in failures)
    with tenant.work() as work:
        return int(work.read(OWNERS())[0][0]["active"])
