"""API keys: shown once, never stronger than who made them, gone with the very next request."""

from __future__ import annotations

import io
import threading
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import TestKey, TestWorkspace

from .forged_keys import forged
from .signing_in import cookie_of, on, sign_in

EXPIRE = Statement("UPDATE api_keys SET expires_at = now() - interval '1 second' WHERE id = %(id)s")
END_OVERLAP = Statement("UPDATE api_keys SET former_until = now() - interval '1 second' WHERE id = %(id)s")
KEY = Statement("SELECT key_hash, former_key_hash FROM api_keys WHERE id = %(id)s")
SET_ROLE = Statement("UPDATE users SET role_id = (SELECT id FROM roles WHERE slug = %(role)s) WHERE id = %(id)s")
ANSWERS = Statement("SELECT convert_from(body, 'UTF8') AS body FROM idempotency_keys")


ENTER = "SELECT * FROM jemeti.enter_with_key(%s, %s, %s, NULL)"


def make(api: Api, *grants: str, expect: int = 201, **more: Any) -> Reply:
    return api.post("/v1/api-keys", {"name": "Accounting", "permissions": list(grants), **more}, expect=expect)


def using(api: Api, text: str) -> Api:
    """A program with a key."""
    return replace(api, login=None, always={"Authorization": f"Bearer {text}"})


def status(api: Api, path: str = "/v1/users", method: str = "GET", body: Any = None) -> int:
    return api.request(method, path, body, anything=True).status


class TestMaking:
    def test_a_key_is_shown_once_and_works(self, api: Api) -> None:
        made = make(api, "users:read")
        key = made.data["key"]

        assert key.startswith(made.data["prefix"])
        assert len(key) == 88
        assert using(api, key).get("/v1/users").meta["total"] == 1
        assert "key" not in api.get(made.location).data
        for answer in (api.get(made.location), api.get("/v1/api-keys"), api.patch(made.location, {"name": "Other"})):
            assert key not in answer.text
            assert "hash" not in answer.text

    def test_what_is_kept_of_it_opens_nothing(self, api: Api, tenant: TestWorkspace, database: Database) -> None:
        """Nowhere in the database, the audit log included, does the key stand."""
        made = make(api, "users:read").data
        api.post(f"/v1/api-keys/{made['id']}/rotate", {})
        audit = api.get("/v1/audit-log?resource=api_keys")

        with tenant.work() as work:
            ((row,),) = work.read(KEY(id=made["id"]))
        assert all(len(row[name]) == 64 for name in row)
        for digest in row.values():
            assert digest not in audit.text
            assert status(using(api, f"jk_{made['key'][3:55]}_{digest[:32]}")) == 401
        assert "(secret)" in audit.text
        with database.connect("jemeti_backup") as backup:
            for table in ("api_keys", "api_key_uses", "audit_log", "idempotency_keys"):
                rows = backup.execute(f"SELECT t::text FROM {table} t").fetchall()
                assert made["key"][56:] not in str(rows)

    def test_a_repeated_request_makes_one_key_and_does_not_show_it_again(self, api: Api, tenant: TestWorkspace) -> None:
        body = {"name": "Once", "permissions": ["users:read"]}
        first, again = (api.post("/v1/api-keys", body, headers={"Idempotency-Key": "k-1"}) for _ in range(2))

        assert again.headers["Idempotent-Replayed"] == "true"
        assert again.data == {**first.data, "key": None}
        assert api.get("/v1/api-keys").meta["total"] == 1
        with tenant.work() as work:
            assert first.data["key"] not in str(work.read(ANSWERS()))

    def test_the_export_has_keys_without_what_opens_doors(self, api: Api, tenant: TestWorkspace) -> None:
        made = make(api, "users:read").data
        archive = api.platform.post(f"/platform/tenants/{tenant.slug}/export", {}).body

        with zipfile.ZipFile(io.BytesIO(archive)) as book:
            (line,) = book.read("api_keys.jsonl").decode().splitlines()
        assert made["id"] in line
        assert "key_hash" not in line

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"name": ""}, "name"),
            ({"permissions": ["nonsense"]}, "permissions.0"),
            ({"permissions": ["users:read", "nothing:read"]}, "permissions.1"),
            ({"permissions": "users:read"}, "permissions"),
            ({"expires_at": "2020-01-01T00:00:00Z"}, "expires_at"),
            ({"expires_at": "soon"}, "expires_at"),
            ({"key": "jk_mine"}, "key"),
            ({"created_by": "me"}, "created_by"),
        ],
    )
    def test_bad_input_names_its_field(self, api: Api, body: dict[str, Any], field: str) -> None:
        given = {"name": "Accounting", "permissions": ["users:read"], **body}
        refused = api.post("/v1/api-keys", given, expect=400)

        assert [fault["field"] for fault in refused.error["details"]] == [field]

    def test_only_owner_and_admin_may(self, api: Api) -> None:
        make(api.as_role("admin"), "users:read")
        for role in ("manager", "staff", "mechanic", "viewer"):
            make(api.as_role(role), "workspace:read", expect=403)
            assert status(api.as_role(role), "/v1/api-keys") == 403

    def test_a_list_tells_the_living_from_the_dead(self, api: Api, tenant: TestWorkspace) -> None:
        living, dead, expired = (make(api, "users:read", name=name).data["id"] for name in ("a", "b", "c"))
        api.post(f"/v1/api-keys/{dead}/revoke")
        with tenant.work() as work:
            work.write(EXPIRE(id=expired))

        rows = {row["id"]: row for row in api.get("/v1/api-keys?sort=name&expand=creator").data}
        assert [rows[i]["status"] for i in (living, dead, expired)] == ["active", "revoked", "expired"]
        assert {row["creator"]["email"] for row in rows.values()} == {tenant.login().email}


class TestRefused:
    def test_no_forged_key_is_accepted_and_none_breaks_anything(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace
    ) -> None:
        good, theirs = tenant.new_key("*:*"), other_tenant.new_key("*:*")
        corpus = list(forged(good, tenant, other_tenant, theirs))
        assert len(corpus) >= 30
        statuses = {}
        for name, text in corpus:
            for place in (api.host, "localhost"):
                for method, path, body in (("GET", "/v1/users", None), ("PATCH", "/v1/workspace", {"name": "Stolen"})):
                    asked = using(api, text).at(place)
                    statuses[name, place, method] = status(asked, path, method, body)

        assert {where: found for where, found in statuses.items() if found != 401} == {}
        using(api, good.text).get("/v1/users")
        assert api.get("/v1/workspace").data["name"] != "Stolen"

    def test_a_key_is_good_in_its_own_workspace_only(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace
    ) -> None:
        text = tenant.new_key("*:*").text
        elsewhere = using(api, text).at(f"{other_tenant.slug}.localhost")

        assert status(elsewhere) == 401
        assert status(elsewhere, "/v1/workspace", "PATCH", {"name": "Stolen"}) == 401
        assert status(using(api, text).at("api.localhost")) == 200
        assert status(using(api, text).at("api.localhost"), "/platform/tenants") == 401

    def test_a_key_beside_a_session_is_two_identities(self, api: Api, tenant: TestWorkspace) -> None:
        key = tenant.new_key("*:*").text
        cookie = f"os_token={cookie_of(sign_in(api, tenant.login()))}"

        both = {"Authorization": f"Bearer {key}", "Cookie": cookie}
        api.anonymous.request("GET", "/v1/users", headers=both, expect=401)
        api.anonymous.request("GET", "/v1/users", headers={"Cookie": f"os_token={key}"}, expect=401)

    def test_revoked_expired_and_orphaned_keys_are_refused_at_once(self, api: Api, tenant: TestWorkspace) -> None:
        def revoke(key: TestKey) -> None:
            api.post(f"/v1/api-keys/{key.id}/revoke")

        def expire(key: TestKey) -> None:
            with tenant.work() as work:
                work.write(EXPIRE(id=key.id))

        def dismiss(key: TestKey) -> None:
            tenant.dismiss(tenant.login("admin"))

        for end in (revoke, expire, dismiss):
            key = tenant.new_key("*:*", role="admin")
            program = using(api, key.text)
            assert status(program) == 200
            end(key)
            assert [status(program) for _ in range(20)] == [401] * 20
            assert status(program, "/v1/workspace", "PATCH", {"name": "Late"}) == 401

    def test_a_suspended_workspace_has_no_keys(self, api: Api, tenant: TestWorkspace) -> None:
        program = using(api, tenant.new_key("*:*").text)
        for state, expected in (("active", 200), ("suspended", 401), ("active", 200), ("closed", 401)):
            tenant.set_status(state)
            assert status(program) == expected

    def test_before_it_is_proven_nothing_of_the_message_is_run(self, tenant: TestWorkspace, database: Database) -> None:
        """A forged key enters no workspace: what is sent behind it meets no rows and can write none."""
        key = tenant.new_key("*:*")
        with database.connect("jemeti_app") as app, app.transaction(force_rollback=True):
            for given, entered in (("0" * 64, 0), (key.text, 0), (key.fingerprint, 1)):
                assert len(app.execute(ENTER, [tenant.id, key.id, given]).fetchall()) == entered
                assert app.execute("SELECT count(*) FROM users").fetchone() == (entered,)


class TestRights:
    def test_a_key_may_what_it_is_granted(self, api: Api) -> None:
        narrow = api.by_key("workspace:read")

        narrow.get("/v1/workspace")
        refused = narrow.patch("/v1/workspace", {"name": "No"}, expect=403)
        assert refused.error["details"] == {"permission": "workspace:write"}
        narrow.get("/v1/users", expect=403)
        api.by_key().get("/v1/workspace", expect=403)

    def test_nobody_gives_a_key_more_than_they_hold(self, api: Api, tenant: TestWorkspace) -> None:
        limited = api.as_one_who_may("api_keys:*", "users:read")

        make(limited, "users:read")
        make(limited, "users:*", expect=403)
        assert "users:write" in make(limited, "users:write", expect=403).error["details"]["missing"]
        make(limited, "*:read", expect=403)
        strong = make(api, "workspace:write").data["id"]
        limited.patch(f"/v1/api-keys/{strong}", {"name": "Mine"}, expect=403)
        limited.post(f"/v1/api-keys/{strong}/rotate", {}, expect=403)
        weak = make(limited, "users:read").data["id"]
        limited.patch(f"/v1/api-keys/{weak}", {"permissions": ["workspace:write"]}, expect=403)
        limited.post(f"/v1/api-keys/{strong}/revoke")

    def test_a_wildcard_does_not_reach_what_is_sensitive(self, api: Api) -> None:
        held = set(api.by_key("*:*").get("/api/auth/me").data["permissions"])

        assert {"users:read", "workspace:write", "crm.customers:write", "api_keys:read"} <= held
        assert not held & {"users:write", "users:invite", "roles:write", "api_keys:write"}
        named = set(api.by_key("users:*", "api_keys:write").get("/api/auth/me").data["permissions"])
        assert {"users:write", "users:invite", "api_keys:write"} <= named

    def test_a_key_makes_no_stronger_key(self, api: Api) -> None:
        program = api.by_key("api_keys:*", "users:read")

        made = make(program, "users:read").data
        make(program, "workspace:read", expect=403)
        make(program, "*:*", expect=403)
        assert status(using(api, made["key"])) == 200
        assert made["created_by"] == str(api.workspace.login().user_id)  # type: ignore[union-attr]

    def test_who_made_it_loses_a_right_and_the_key_with_them(self, api: Api, tenant: TestWorkspace) -> None:
        program = api.by_key("users:read", "workspace:read", role="admin")
        program.get("/v1/users")
        with tenant.work() as work:
            work.write(SET_ROLE(role="mechanic", id=tenant.login("admin").user_id))

        program.get("/v1/users", expect=403)
        program.get("/v1/workspace")

    def test_a_change_holds_for_the_next_request(self, api: Api) -> None:
        made = make(api, "users:read").data
        program = using(api, made["key"])
        program.get("/v1/users")
        api.patch(f"/v1/api-keys/{made['id']}", {"permissions": ["workspace:read"]})

        program.get("/v1/users", expect=403)
        program.get("/v1/workspace")
        moment = (datetime.now(UTC) + timedelta(days=1)).isoformat()
        assert api.patch(f"/v1/api-keys/{made['id']}", {"expires_at": moment}).data["expires_at"] is not None
        assert api.patch(f"/v1/api-keys/{made['id']}", {"expires_at": None}).data["expires_at"] is None

    def test_the_key_of_an_owner_is_no_owner(self, api: Api, tenant: TestWorkspace) -> None:
        program = api.by_key("*:*", "users:*", "roles:*")
        owner = tenant.new_login("owner").user_id

        assert program.patch(f"/v1/users/{owner}", {"status": "disabled"}, expect=403).error["details"] == {
            "role": "owner"
        }

    @pytest.mark.parametrize(
        ("path", "body"),
        [
            ("/api/auth/logout", None),
            ("/api/auth/password/change", {"old_password": "a", "new_password": "b"}),
            ("/api/auth/refresh", {"refresh_token": "KEY"}),
        ],
    )
    def test_a_key_is_nobody_who_logged_in(self, api: Api, path: str, body: Any) -> None:
        key = make(api, "*:*").data["key"]
        given = {name: key if value == "KEY" else value for name, value in body.items()} if body else body

        assert status(using(api, key), path, "POST", given) in (401, 403)
        assert status(using(api, key)) == 200

    def test_me_tells_the_key_and_who_answers_for_it(self, api: Api, tenant: TestWorkspace) -> None:
        made = make(api, "workspace:read").data
        me = using(api, made["key"]).get("/api/auth/me").data

        assert me["api_key"] == {name: made[name] for name in ("id", "name", "prefix", "expires_at")}
        assert me["user"]["id"] == str(tenant.login().user_id)
        assert me["permissions"] == ["workspace:read"]
        assert api.get("/api/auth/me").data["api_key"] is None


class TestRotation:
    def test_both_secrets_are_good_and_never_three(self, api: Api, tenant: TestWorkspace) -> None:
        first = make(api, "users:read").data
        path = f"/v1/api-keys/{first['id']}/rotate"
        second = api.post(path, {}).data
        until = datetime.fromisoformat(second["former_until"]) - datetime.now(UTC)

        assert [status(using(api, one["key"])) for one in (first, second)] == [200, 200]
        assert second["prefix"] == first["prefix"]
        assert timedelta(hours=23, minutes=59) < until < timedelta(hours=24, minutes=1)
        third = api.post(path, {"old_valid_hours": 1}).data
        assert [status(using(api, one["key"])) for one in (first, second, third)] == [401, 200, 200]
        with tenant.work() as work:
            work.write(END_OVERLAP(id=first["id"]))
        assert [status(using(api, one["key"])) for one in (second, third)] == [401, 200]
        last = api.post(path, {"old_valid_hours": 0}).data
        assert [status(using(api, one["key"])) for one in (third, last)] == [401, 200]
        assert last["former_until"] is None

    def test_whoever_rotates_answers_for_the_new_secret_only(self, api: Api, tenant: TestWorkspace) -> None:
        old = make(api.as_role("admin"), "users:read").data
        new = api.post(f"/v1/api-keys/{old['id']}/rotate", {}).data
        assert new["created_by"] == str(tenant.login().user_id)
        assert [status(using(api, one["key"])) for one in (old, new)] == [200, 200]
        tenant.dismiss(tenant.login("admin"))

        assert [status(using(api, one["key"])) for one in (old, new)] == [401, 200]
        assert using(api, new["key"]).get("/api/auth/me").data["user"]["id"] == new["created_by"]

    def test_dead_keys_are_not_brought_back(self, api: Api, tenant: TestWorkspace) -> None:
        revoked, expired = (make(api, "users:read").data["id"] for _ in range(2))
        api.post(f"/v1/api-keys/{revoked}/revoke")
        assert api.post(f"/v1/api-keys/{revoked}/revoke").data["status"] == "revoked"
        with tenant.work() as work:
            work.write(EXPIRE(id=expired))

        for identity, reason in ((revoked, "revoked"), (expired, "expired")):
            refused = api.post(f"/v1/api-keys/{identity}/rotate", {}, expect=409)
            assert refused.error["details"]["reason"] == reason
        assert api.patch(f"/v1/api-keys/{revoked}", {"name": "x"}, expect=409).error["details"]["reason"] == "revoked"


class TestUse:
    def test_a_read_with_a_key_is_one_round_trip_and_a_create_three(self, api: Api, platform: Platform) -> None:
        program = api.by_key("*:*")
        for path in ("/v1/users", "/api/auth/me", f"/v1/users/{api.workspace.login().user_id}"):  # type: ignore[union-attr]
            program.get(path)
            program.get(path)
            with count_round_trips(platform) as counted:
                program.get(path)
            assert counted.count == 1, path
        body = {"name": "Shirin", "phone": None}
        for number in range(3):
            with count_round_trips(platform) as counted:
                program.post("/v1/crm/customers", {**body, "email": f"s{number}@mail.example"})
        assert counted.count <= 3

    def test_the_first_use_of_a_minute_is_one_round_trip_as_well(self, api: Api, platform: Platform) -> None:
        api.by_key("*:*").get("/v1/users")
        api.by_key("*:*").get("/v1/users")
        program = api.by_key("*:*")
        with count_round_trips(platform) as counted:
            program.get("/v1/users")
        assert counted.count == 1

    def test_when_and_from_where_it_was_used_is_told(self, api: Api) -> None:
        made = make(api, "users:read").data
        path = f"/v1/api-keys/{made['id']}"
        assert api.get(path).data["last_used_at"] is None
        replace(using(api, made["key"]), address="203.0.113.9").get("/v1/users")

        used = api.get(path).data
        assert used["last_used_address"] == "203.0.113.9"
        assert datetime.now(UTC) - datetime.fromisoformat(used["last_used_at"]) < timedelta(minutes=1)
        using(api, made["key"]).get("/v1/users")
        assert api.get(path).data["last_used_at"] == used["last_used_at"]

    def test_a_download_counts_as_use(self, api: Api) -> None:
        made = make(api, "users:read").data
        using(api, made["key"]).request("GET", "/v1/users", headers={"Accept": "text/csv"}, expect=200)

        assert api.get(f"/v1/api-keys/{made['id']}").data["last_used_at"] is not None

    def test_a_request_that_is_writing_down_the_use_keeps_nobody_waiting(
        self, api: Api, tenant: TestWorkspace, database: Database
    ) -> None:
        """Not other requests with the key, nor whoever revokes it."""
        key = tenant.new_key("*:*")
        with database.connect("jemeti_app") as busy, busy.transaction(force_rollback=True):
            assert busy.execute(ENTER, [tenant.id, key.id, key.fingerprint]).fetchall()
            ((used,),) = busy.execute("SELECT last_used_at FROM api_key_uses WHERE id = %s", [key.id]).fetchall()
            assert used is not None
            with ThreadPoolExecutor(8) as pool:
                assert set(pool.map(lambda _: status(using(api, key.text)), range(16))) == {200}
            api.post(f"/v1/api-keys/{key.id}/revoke")
            assert status(using(api, key.text)) == 401

    def test_the_audit_log_names_the_key(self, api: Api) -> None:
        made = make(api, "workspace:*", name="Website").data
        using(api, made["key"]).patch("/v1/workspace", {"phone": "+49301234567"})

        entry = api.get("/v1/audit-log?resource=workspaces&action=update").data[0]
        assert (entry["actor_kind"], entry["actor_id"], entry["actor_name"]) == ("api_key", made["id"], "Website")

    def test_writes_are_undone_and_repeated_like_anybodys(self, api: Api) -> None:
        program = api.by_key("*:*")
        body, headers = {"name": "Rahim", "email": "r@mail.example"}, {"Idempotency-Key": "one"}
        first, again = (program.post("/v1/crm/customers", body, headers=headers) for _ in range(2))

        assert first.data == again.data
        assert program.post("/v1/crm/customers?dry_run=true", {"name": "No"}).headers["Dry-Run"] == "true"
        assert program.get("/v1/crm/customers").meta["total"] == 1


class TestRateLimits:
    def test_each_key_has_its_own_and_a_forger_spends_none_of_it(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        limited = on(new_app(ratelimit__general="5 per minute", ratelimit__general_address="9 per minute"), api)
        one, two = tenant.new_key("*:*"), tenant.new_key("*:*")
        forger = replace(using(limited, one.text[:-4] + "aaaa"), address="203.0.113.66")

        assert [status(forger) for _ in range(11)] == [401] * 9 + [429] * 2
        # the first request of a key that this process has not met counts for its address
        assert [status(using(limited, one.text)) for _ in range(7)] == [200] * 6 + [429]
        assert status(using(limited, two.text)) == 200


def test_of_fifty_requests_at_the_moment_of_revocation_none_is_let_in_later(api: Api, tenant: TestWorkspace) -> None:
    key = tenant.new_key("*:*")
    program = using(api, key.text)
    revoked = threading.Event()

    def ask(_: int) -> tuple[bool, int]:
        later = revoked.is_set()
        return later, status(program)

    with ThreadPoolExecutor(8) as pool:
        asked = [pool.submit(ask, n) for n in range(25)]
        api.post(f"/v1/api-keys/{key.id}/revoke")
        revoked.set()
        time.sleep(0)
        asked += [pool.submit(ask, n) for n in range(25)]
        answers = [one.result() for one in asked]
    assert {found for later, found in answers if later} == {401}
    assert {found for _, found in answers} <= {200, 401}
