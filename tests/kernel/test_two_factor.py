"""Two-factor log-in: a code is good once, guesses are counted, and a workspace may demand it."""

from __future__ import annotations

import time
from base64 import b64decode
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from jemeti_platform.auth import recovery_codes, second_factor, totp
from jemeti_platform.db.statement import Statement
from jemeti_platform.platform import Platform
from jemeti_platform.sealing import Sealing
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace

from .second_factors import Authenticator, challenge_of, finish, with_authenticator
from .signing_in import NEW_PASSWORD, bearer, mails_to, on, sign_in

PATH = "/api/auth/two-factor"
EXPIRE = Statement("UPDATE one_time_tokens SET expires_at = now() - interval '1 second' WHERE purpose = 'two_factor'")
AWAY = {"two_factor_account": "100000 per minute", "two_factor_challenge": "100000 per minute"}


@pytest.fixture
def app_of_owner(api: Api, tenant: TestWorkspace) -> Authenticator:
    return with_authenticator(api, tenant)


def on_without_limits(api: Api, new_app: Callable[..., Any]) -> Api:
    return on(new_app(**{f"ratelimit__{name}": limit for name, limit in AWAY.items()}), api)


class TestSettingUp:
    def test_secret_address_and_picture_are_shown_and_count_when_confirmed(
        self, api: Api, tenant: TestWorkspace
    ) -> None:
        assert api.get(PATH).data == {
            "status": "off", "confirmed_at": None, "recovery_codes_left": 0, "required": False,
        }  # fmt: skip
        begun = api.post(f"{PATH}/setup", {"password": PASSWORD}).data
        address = urlsplit(begun["otpauth_uri"])

        assert (address.scheme, address.netloc) == ("otpauth", "totp")
        assert parse_qs(address.query)["secret"] == [begun["secret"]]
        assert tenant.login().email in unquote(address.path)
        assert begun["qr_svg"].startswith("data:image/svg+xml")
        assert "svg" in unquote(begun["qr_svg"].partition(",")[2])
        assert api.get(PATH).data["status"] == "pending"
        sign_in(api, tenant.login())

        app = Authenticator(tenant, tenant.login(), begun["secret"])
        codes = api.post(f"{PATH}/confirm", {"code": app.code()}).data["recovery_codes"]
        assert len(set(codes)) == 10
        assert all(len(code.replace("-", "")) == 16 for code in codes)
        now = api.get(PATH).data
        assert (now["status"], now["recovery_codes_left"]) == ("on", 10)
        api.post(f"{PATH}/setup", {"password": PASSWORD}, expect=409)
        api.post(f"{PATH}/confirm", {"code": app.code(1)}, expect=409)

    def test_it_needs_the_password_and_a_right_code(self, api: Api, tenant: TestWorkspace) -> None:
        wrong = api.post(f"{PATH}/setup", {"password": "not-my-password"}, expect=400)
        assert wrong.error["details"][0]["field"] == "password"
        assert api.post(f"{PATH}/confirm", {"code": "123456"}, expect=409).error["details"]["reason"] == "not_set_up"
        begun = api.post(f"{PATH}/setup", {"password": PASSWORD}).data
        app = Authenticator(tenant, tenant.login(), begun["secret"])

        refused = api.post(f"{PATH}/confirm", {"code": app.wrong()}, expect=400)
        assert refused.error["details"][0]["field"] == "code"
        assert api.get(PATH).data["status"] == "pending"

    def test_other_sessions_end_and_a_mail_tells(self, api: Api, tenant: TestWorkspace, platform: Platform) -> None:
        elsewhere = bearer(sign_in(api, tenant.login()))
        with_authenticator(api, tenant)

        api.anonymous.request("GET", "/api/auth/me", headers=elsewhere, expect=401)
        api.get("/api/auth/me")
        assert "switched on" in mails_to(platform, tenant.login().email)[0]["text"]

    def test_what_is_kept_tells_no_secret(
        self, api: Api, tenant: TestWorkspace, app_of_owner: Authenticator, database: Database
    ) -> None:
        with database.connect("jemeti_backup") as backup:
            for table in ("two_factors", "recovery_codes", "audit_log", "idempotency_keys", "one_time_tokens"):
                rows = str(backup.execute(f"SELECT t::text FROM {table} t").fetchall())
                assert app_of_owner.secret not in rows
                for code in app_of_owner.recovery_codes:
                    assert code not in rows
                    assert code.replace("-", "") not in rows
        archive = api.platform.post(f"/platform/tenants/{tenant.slug}/export", {}).body
        assert b"secret_cipher" not in archive
        made = api.get("/v1/audit-log?resource=two_factors&action=insert").data
        assert [entry["after"]["secret_cipher"] for entry in made] == ["(secret)"]

    def test_an_authenticator_agrees_with_the_rfc(self) -> None:
        """The vectors of RFC 6238 for SHA-1, their last six digits."""
        secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        assert totp.step_of(secret, "287082", now=59) == 1
        for moment, code in ((1111111109, "081804"), (1234567890, "005924"), (20000000000, "353130")):
            step = moment // 30
            for apart, found in ((-60, None), (-30, step), (0, step), (30, step), (60, None)):
                assert totp.step_of(secret, code, now=moment + apart) == found, (moment, apart)

    @pytest.mark.parametrize("code", ["", "1", "12345", "1234567", "abcdef", "१२३४५६", "\U0001f511" * 6, "-12345"])
    def test_what_is_no_code_is_none(self, code: str) -> None:
        assert totp.step_of("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", code, now=59) is None


class TestLoggingIn:
    def test_the_right_password_asks_for_a_code_and_the_code_lets_in(
        self, api: Api, app_of_owner: Authenticator
    ) -> None:
        challenge = challenge_of(api, app_of_owner.who)
        entered = finish(api, challenge, app_of_owner.code(1))

        assert entered.status == 200
        assert (
            api.anonymous.get("/api/auth/me", headers=bearer(entered)).data["user"]["email"] == app_of_owner.who.email
        )
        assert entered.headers["Set-Cookie"].startswith("os_token=")

    def test_no_token_comes_before_the_code(self, api: Api, app_of_owner: Authenticator) -> None:
        given = {"email": app_of_owner.who.email, "password": PASSWORD}
        refused = api.anonymous.post("/api/auth/login", given, expect=401)

        assert refused.error["code"] == "unauthorized"
        assert "Set-Cookie" not in refused.headers
        assert "X-Tm" not in refused.headers
        challenge = refused.error["details"]["challenge"]
        assert refused.error["details"]["expires_in"] == 300
        for use in (
            lambda: api.anonymous.request(
                "GET", "/api/auth/me", headers={"Authorization": f"Bearer {challenge}"}, anything=True
            ),
            lambda: api.anonymous.post("/api/auth/refresh", {"refresh_token": challenge}, anything=True),
            lambda: api.anonymous.post(
                "/api/auth/password/reset", {"token": challenge, "password": NEW_PASSWORD}, anything=True
            ),
        ):
            assert use().status in (401, 404)

    def test_a_wrong_password_tells_nothing_of_it(self, api: Api, app_of_owner: Authenticator) -> None:
        given = {"email": app_of_owner.who.email, "password": "wrong-wrong-wrong"}
        unknown = {**given, "email": "nobody@mail.example"}
        one, two = (api.anonymous.post("/api/auth/login", body, expect=401).error for body in (given, unknown))

        assert {**one, "request_id": ""} == {**two, "request_id": ""}

    def test_codes_of_neighbouring_steps_are_good_and_others_are_not(
        self, api: Api, app_of_owner: Authenticator
    ) -> None:
        for steps, expected in ((-3, 401), (-1, 200), (1, 200), (3, 401)):
            app_of_owner.fresh()
            assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.code(steps)).status == expected

    def test_a_code_may_be_typed_with_a_space(self, api: Api, app_of_owner: Authenticator) -> None:
        code = app_of_owner.fresh()

        assert finish(api, challenge_of(api, app_of_owner.who), f"{code[:3]} {code[3:]}").status == 200

    def test_neither_a_code_nor_one_before_it_is_good_again(self, api: Api, app_of_owner: Authenticator) -> None:
        app_of_owner.fresh()
        assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.code(1)).status == 200

        for steps in (1, 0, -1):
            assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.code(steps)).status == 401

    def test_a_challenge_is_good_once_and_for_five_minutes(
        self, api: Api, tenant: TestWorkspace, app_of_owner: Authenticator
    ) -> None:
        challenge = challenge_of(api, app_of_owner.who)
        assert finish(api, challenge, app_of_owner.fresh()).status == 200
        assert finish(api, challenge, app_of_owner.fresh()).status == 401
        late = challenge_of(api, app_of_owner.who)
        with tenant.work() as work:
            work.write(EXPIRE())
        assert finish(api, late, app_of_owner.fresh()).status == 401

    def test_a_challenge_is_its_users_and_its_workspaces(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, api_of: Callable[..., Api]
    ) -> None:
        one, two = with_authenticator(api, tenant), with_authenticator(api, tenant, "manager")
        elsewhere = with_authenticator(api_of(other_tenant), other_tenant)
        challenge = challenge_of(api, one.who)

        assert finish(api, challenge, two.fresh()).status == 401
        assert finish(api_of(other_tenant), challenge, one.fresh()).status == 401
        assert finish(api, challenge.replace(tenant.slug, other_tenant.slug), elsewhere.fresh()).status == 401
        assert finish(api.at("localhost"), challenge, one.fresh()).status == 200

    @pytest.mark.parametrize("challenge", ["x", "a.b", "é", "t-none." + "0" * 64, "." * 200, "demo." + "g" * 64])
    def test_a_challenge_that_was_never_given_is_refused(
        self, api: Api, challenge: str, app_of_owner: Authenticator
    ) -> None:
        assert finish(api, challenge, app_of_owner.code()).status == 401

    def test_a_new_password_or_dismissal_ends_a_log_in_half_done(
        self, api: Api, tenant: TestWorkspace, app_of_owner: Authenticator
    ) -> None:
        challenge = challenge_of(api, app_of_owner.who)
        change = {"old_password": PASSWORD, "new_password": NEW_PASSWORD}
        api.post("/api/auth/password/change", change)
        assert finish(api, challenge, app_of_owner.fresh()).status == 401

        challenge = challenge_of(api, app_of_owner.who, NEW_PASSWORD)
        tenant.new_login("owner")
        tenant.dismiss(app_of_owner.who)
        assert finish(api, challenge, app_of_owner.fresh()).status == 401

    def test_a_secret_sealed_under_an_older_key_is_sealed_anew(
        self, api: Api, tenant: TestWorkspace, app_of_owner: Authenticator, new_app: Callable[..., Any],
        settings: dict[str, str],
    ) -> None:  # fmt: skip
        new = "a-newer-secrets-key-of-this-test-and-no-other"
        both = on(new_app(secrets__keys=f"{new} {settings['jemeti.secrets.keys']}"), api)
        assert finish(both, challenge_of(both, app_of_owner.who), app_of_owner.fresh()).status == 200

        only_new, only_old = on(new_app(secrets__keys=new), api), api
        assert finish(only_new, challenge_of(only_new, app_of_owner.who), app_of_owner.fresh()).status == 200
        assert finish(only_old, challenge_of(only_old, app_of_owner.who), app_of_owner.fresh()).status == 401


class TestGuessing:
    def test_of_sixty_wrong_codes_at_once_five_are_looked_at(self, api: Api, app_of_owner: Authenticator) -> None:
        challenge, wrong = challenge_of(api, app_of_owner.who), app_of_owner.wrong()
        with ThreadPoolExecutor(20) as pool:
            found = Counter(pool.map(lambda _: finish(api, challenge, wrong).status, range(60)))

        assert found == {401: 5, 429: 55}
        locked = finish(api, challenge, app_of_owner.fresh())
        assert locked.status == 429
        assert int(locked.headers["Retry-After"]) > 0

    def test_another_challenge_gives_no_further_guesses(self, api: Api, app_of_owner: Authenticator) -> None:
        wrong = app_of_owner.wrong()
        found = [finish(api, challenge_of(api, app_of_owner.who), wrong).status for _ in range(7)]

        assert found == [401] * 5 + [429] * 2

    def test_recovery_codes_are_guessed_no_more_often(self, api: Api, app_of_owner: Authenticator) -> None:
        challenge = challenge_of(api, app_of_owner.who)
        with ThreadPoolExecutor(20) as pool:
            guesses = [recovery_codes.make()[0] for _ in range(40)]
            found = Counter(pool.map(lambda code: finish(api, challenge, code).status, guesses))

        assert found == {401: 5, 429: 35}

    def test_a_right_code_costs_none_of_the_guesses(self, api: Api, app_of_owner: Authenticator) -> None:
        for _ in range(7):
            assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.fresh()).status == 200
        assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.wrong()).status == 401

    def test_guesses_within_a_session_count_as_well(self, api: Api, app_of_owner: Authenticator) -> None:
        given = {"password": PASSWORD, "code": app_of_owner.wrong()}
        found = [api.post(f"{PATH}/disable", given, anything=True).status for _ in range(7)]

        assert found == [400] * 5 + [429] * 2
        assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.fresh()).status == 429


class TestAtOnce:
    def together(self, api: Api, app: Authenticator, code: str, many: int = 50) -> Counter[int]:
        """So many log-ins, each with its own challenge, finish with one code at once."""
        challenges = [challenge_of(api, app.who) for _ in range(many)]
        with ThreadPoolExecutor(20) as pool:
            return Counter(pool.map(lambda challenge: finish(api, challenge, code).status, challenges))

    def test_one_code_lets_one_in(self, api: Api, app_of_owner: Authenticator, new_app: Callable[..., Any]) -> None:
        free = on_without_limits(api, new_app)

        assert self.together(free, app_of_owner, app_of_owner.fresh()) == {200: 1, 401: 49}

    @pytest.mark.parametrize(
        ("statement", "condition"),
        [("_STEP", "AND coalesce(last_step, 0) < %(step)s"), ("_RECOVER", "AND used_at IS NULL")],
    )
    def test_without_its_condition_many_would_get_in(
        self, api: Api, app_of_owner: Authenticator, new_app: Callable[..., Any], monkeypatch: pytest.MonkeyPatch,
        statement: str, condition: str,
    ) -> None:  # fmt: skip
        """The negative control: one condition in one statement is what keeps them out."""
        whole = getattr(second_factor, statement)
        assert condition in whole
        monkeypatch.setattr(second_factor, statement, whole.replace(condition, ""))
        code = app_of_owner.fresh() if statement == "_STEP" else app_of_owner.recovery_codes[0]

        assert self.together(on_without_limits(api, new_app), app_of_owner, code, 10) == {200: 10}

    def test_one_recovery_code_lets_one_in(
        self, api: Api, app_of_owner: Authenticator, new_app: Callable[..., Any]
    ) -> None:
        free = on_without_limits(api, new_app)
        code = app_of_owner.recovery_codes[0]

        assert self.together(free, app_of_owner, code) == {200: 1, 401: 49}
        assert api.get(PATH).data["recovery_codes_left"] == 9

    def test_one_challenge_lets_one_in_and_uses_up_one_code(
        self, api: Api, app_of_owner: Authenticator, new_app: Callable[..., Any]
    ) -> None:
        free = on_without_limits(api, new_app)
        challenge = challenge_of(free, app_of_owner.who)
        with ThreadPoolExecutor(10) as pool:
            codes = app_of_owner.recovery_codes
            found = Counter(pool.map(lambda code: finish(free, challenge, code).status, codes))

        assert found == {200: 1, 401: 9}
        assert api.get(PATH).data["recovery_codes_left"] == 9


class TestRecovery:
    def test_each_code_lets_in_once_however_it_is_typed_and_a_mail_tells(
        self, api: Api, app_of_owner: Authenticator, platform: Platform
    ) -> None:
        first, second, *_ = app_of_owner.recovery_codes
        for typed in (first, second.upper().replace("-", " ")):
            assert finish(api, challenge_of(api, app_of_owner.who), typed).status == 200
            assert finish(api, challenge_of(api, app_of_owner.who), typed).status == 401

        assert api.get(PATH).data["recovery_codes_left"] == 8
        assert "You have 8 left" in mails_to(platform, app_of_owner.who.email)[0]["text"]

    def test_new_codes_void_those_before(self, api: Api, app_of_owner: Authenticator) -> None:
        given = {"password": PASSWORD, "code": app_of_owner.fresh()}
        new = api.post(f"{PATH}/recovery-codes", given).data["recovery_codes"]

        assert not set(new) & set(app_of_owner.recovery_codes)
        assert finish(api, challenge_of(api, app_of_owner.who), app_of_owner.recovery_codes[0]).status == 401
        assert finish(api, challenge_of(api, app_of_owner.who), new[0]).status == 200


class TestSwitchingOff:
    def test_it_needs_password_and_code_and_ends_other_sessions(
        self, api: Api, app_of_owner: Authenticator, platform: Platform
    ) -> None:
        entered = bearer(finish(api, challenge_of(api, app_of_owner.who), app_of_owner.fresh()))
        for given in (
            {"password": "not-my-password", "code": app_of_owner.fresh()},
            {"password": PASSWORD, "code": app_of_owner.wrong()},
        ):
            api.post(f"{PATH}/disable", given, expect=400)
        api.post(f"{PATH}/disable", {"password": PASSWORD}, expect=400)
        api.anonymous.get("/api/auth/me", headers=entered)
        api.post(f"{PATH}/disable", {"password": PASSWORD, "code": app_of_owner.fresh()}, expect=204)

        api.anonymous.request("GET", "/api/auth/me", headers=entered, expect=401)
        api.get("/api/auth/me")
        sign_in(api, app_of_owner.who)
        assert api.get(PATH).data == {
            "status": "off", "confirmed_at": None, "recovery_codes_left": 0, "required": False,
        }  # fmt: skip
        assert "switched off" in mails_to(platform, app_of_owner.who.email)[0]["text"]
        api.post(f"{PATH}/disable", {"password": PASSWORD, "code": "123456"}, expect=409)

    def test_an_administrator_resets_it_and_the_sessions_end(
        self, api: Api, tenant: TestWorkspace, platform: Platform
    ) -> None:
        lost = with_authenticator(api, tenant, "mechanic")
        path = f"/v1/users/{lost.who.user_id}"
        assert api.get(path).data["two_factor"] == "on"
        for role in ("manager", "mechanic"):
            api.as_role(role).post(f"{path}/two-factor/reset", expect=403)
        assert api.post(f"{path}/two-factor/reset").data["two_factor"] == "off"

        api.as_role("mechanic").get("/api/auth/me", expect=401)
        sign_in(api, lost.who)
        assert "by an administrator" in mails_to(platform, lost.who.email)[0]["text"]
        assert api.post(f"{path}/two-factor/reset", expect=409).error["details"]["reason"] == "off"
        entry = api.get("/v1/audit-log?resource=two_factors&action=delete").data[0]
        assert entry["actor_id"] == str(tenant.login().user_id)
        assert entry["before"]["secret_cipher"] == "(secret)"

    def test_nobody_resets_an_owners_but_an_owner_nor_their_own(
        self, api: Api, tenant: TestWorkspace, app_of_owner: Authenticator
    ) -> None:
        path = f"/v1/users/{app_of_owner.who.user_id}/two-factor/reset"

        api.as_role("admin").post(path, expect=403)
        api.as_one_who_may("users:write").post(path, expect=403)
        assert api.post(path, expect=409).error["details"]["reason"] == "own"
        replace(api, login=tenant.new_login("owner")).post(path)

    def test_another_workspaces_user_is_not_found(
        self, api: Api, other_tenant: TestWorkspace, api_of: Callable[..., Api]
    ) -> None:
        theirs = with_authenticator(api_of(other_tenant), other_tenant)

        api.post(f"/v1/users/{theirs.who.user_id}/two-factor/reset", expect=404)
        assert api_of(other_tenant).get(PATH).data["status"] == "on"


class TestDemanding:
    @pytest.mark.parametrize(
        ("rule", "held"),
        [("off", set()), ("admins", {"owner", "admin"}), ("everybody", {"owner", "admin", "manager", "viewer"})],
    )
    def test_whoever_must_and_has_none_can_only_set_it_up(self, api: Api, rule: str, held: set[str]) -> None:
        for role in ("owner", "admin", "manager", "viewer"):
            api.as_role(role).get("/v1/workspace")
        api.patch("/v1/workspace", {"two_factor_required": rule})

        for role in ("owner", "admin", "manager", "viewer"):
            mine = api.as_role(role)
            for path in ("/v1/workspace", "/api/auth/me", "/v1/crm/customers"):
                got = mine.get(path, anything=True)
                assert (got.status == 403) == (role in held), (role, path, got)
                if role in held:
                    assert got.error["details"] == {"reason": "two_factor_setup_required"}
            if role in held:
                assert mine.post("/v1/users", {"email": "x"}, expect=403).error["details"]["reason"].startswith("two_f")
            assert mine.get(PATH).data["required"] == (role in held)

    def test_setting_it_up_opens_everything_and_log_ins_lead_there(self, api: Api, tenant: TestWorkspace) -> None:
        api.patch("/v1/workspace", {"two_factor_required": "everybody"})
        entered = replace(api.anonymous, always=bearer(sign_in(api, tenant.login())))
        entered.get("/v1/users", expect=403)
        begun = entered.post(f"{PATH}/setup", {"password": PASSWORD}).data
        app = Authenticator(tenant, tenant.login(), begun["secret"])
        entered.post(f"{PATH}/confirm", {"code": app.code()})

        assert entered.get("/v1/users").data[0]["two_factor"] == "on"
        entered.post(f"{PATH}/disable", {"password": PASSWORD, "code": app.fresh()}, expect=204)
        entered.get("/v1/users", expect=403)
        entered.post("/api/auth/logout", expect=204)

    def test_it_holds_for_the_next_request_and_costs_none(self, api: Api, platform: Platform) -> None:
        mine = api.as_role("viewer")
        mine.get("/v1/workspace")
        api.patch("/v1/workspace", {"two_factor_required": "everybody"})
        mine.get("/v1/workspace", expect=403)
        mine.get("/v1/workspace", expect=403)
        with count_round_trips(platform) as counted:
            mine.get("/v1/workspace", expect=403)
        assert counted.count == 1

    def test_programs_are_no_people(self, api: Api) -> None:
        program = api.by_key("workspace:read")
        api.patch("/v1/workspace", {"two_factor_required": "everybody"})

        program.get("/v1/workspace")
        for path, body in ((f"{PATH}/setup", {"password": PASSWORD}), (f"{PATH}/confirm", {"code": "123456"})):
            assert program.post(path, body, expect=403).error["details"]["reason"] == "api_key"

    def test_only_known_words_are_rules(self, api: Api) -> None:
        api.patch("/v1/workspace", {"two_factor_required": "sometimes"}, expect=400)


class TestSealing:
    def test_a_seal_opens_in_its_own_place_only(self) -> None:
        sealing = Sealing(["k" * 32])
        sealed = sealing.seal("GEZDGNBV", "here")

        assert sealing.open(sealed, "here") == "GEZDGNBV"
        assert sealing.open(sealed, "there") is None
        assert Sealing(["x" * 32]).open(sealed, "here") is None
        assert Sealing(["x" * 32, "k" * 32]).open(sealed, "here") == "GEZDGNBV"
        assert b"GEZDGNBV" not in b64decode(sealed)
        assert sealing.seal("GEZDGNBV", "here") != sealed

    def test_without_keys_nobody_sets_it_up(self, api: Api, new_app: Callable[..., Any]) -> None:
        bare = on(new_app(secrets__keys=""), api)

        refused = bare.post(f"{PATH}/setup", {"password": PASSWORD}, expect=409)
        assert refused.error["details"]["reason"] == "not_configured"

    @pytest.mark.parametrize(
        "keys", ["short", "k" * 32 + " short", "development-only-secrets-key-never-for-production"]
    )
    def test_bad_keys_stop_the_boot(self, new_app: Callable[..., Any], keys: str) -> None:
        from jemeti_platform.platform import BootError

        with pytest.raises(BootError, match=r"jemeti\.secrets\.keys"):
            new_app(environment="production", secrets__keys=keys)


def test_codes_are_those_of_now() -> None:
    """The test kit's clock and the application's are one."""
    secret = totp.enrol("a@b.example", "Workshop: Berlin").secret
    step = int(time.time()) // 30
    assert totp.step_of(secret, Authenticator(None, None, secret).code()) in (step, step + 1)  # type: ignore[arg-type]
