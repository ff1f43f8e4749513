"""Logging in: what is answered, what is refused alike, and how many guesses anybody has."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import pytest

from jemeti_platform.auth.passwords import Passwords
from jemeti_platform.db.statement import Statement
from jemeti_platform.ratelimit import Verdict
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.databases import Database
from jemeti_platform.testing.round_trips import count_round_trips
from jemeti_platform.testing.waiting import LONG, wait_until
from jemeti_platform.testing.workspaces import PASSWORD, TestWorkspace

from .signing_in import bearer, cookie_of, on, sign_in

COOKIE = "HttpOnly; SameSite=Lax; Path=/; Max-Age=604800"
WRONG = "never-the-right-password"

STATUS = Statement("UPDATE users SET status = %(status)s WHERE id = %(id)s")
HASH_OF = Statement("SELECT password_hash FROM users WHERE id = %(id)s")


def attempt(api: Api, email: str, password: str = WRONG, **more: Any) -> Reply:
    return api.anonymous.request("POST", "/api/auth/login", {"email": email, "password": password, **more}, expect=401)


def status_of(api: Api, email: str, password: str = WRONG) -> int:
    """The status of a log-in, whatever it is."""
    try:
        return api.anonymous.post("/api/auth/login", {"email": email, "password": password}).status
    except AssertionError as error:
        return int(str(error).partition("<Reply ")[2][:3])


class TestAnswer:
    def test_log_in_answers_tokens_user_and_workspace(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        reply = sign_in(api, owner)

        data = reply.data
        assert set(data) == {"access_token", "token_type", "expires_in", "refresh_token", "user", "workspace"}
        assert (data["token_type"], data["expires_in"]) == ("Bearer", 900)
        assert data["user"]["email"] == owner.email
        assert data["user"]["role"]["slug"] == "owner"
        assert data["workspace"]["slug"] == tenant.slug
        assert "argon2" not in reply.text
        assert api.anonymous.get("/api/auth/me", headers=bearer(reply)).data["user"] == data["user"]

    def test_the_cookie_has_exactly_the_promised_attributes(self, api: Api, tenant: TestWorkspace) -> None:
        reply = sign_in(api, tenant.login("owner"))

        assert reply.headers["Set-Cookie"] == f"os_token={cookie_of(reply)}; {COOKIE}"
        me = api.anonymous.get("/api/auth/me", headers={"Cookie": f"os_token={cookie_of(reply)}"})
        assert me.data["workspace"]["slug"] == tenant.slug

    def test_outside_development_the_cookie_is_secure(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        app = new_app(environment="production", jwt__keys="k" * 40, domain="localhost")
        reply = sign_in(on(app, api), tenant.login("owner"))

        value = cookie_of(reply)
        assert reply.headers["Set-Cookie"] == (
            f"os_token={value}; HttpOnly; Secure; SameSite=Lax; Path=/; Max-Age=604800"
        )

    def test_tokens_live_as_long_as_the_workspace_says(self, api: Api, tenant: TestWorkspace) -> None:
        api.patch("/v1/workspace", {"token_ttl_seconds": 60})

        assert sign_in(api, tenant.login("owner")).data["expires_in"] == 60

    def test_the_address_may_be_typed_in_any_case(self, api: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        given = {"email": f" {owner.email.upper()} ", "password": PASSWORD}

        assert api.anonymous.post("/api/auth/login", given).data["user"]["id"] == str(owner.user_id)

    def test_an_older_hash_is_made_anew(self, api: Api, tenant: TestWorkspace, app: Any) -> None:
        owner = tenant.login("owner")
        sign_in(api, owner)

        with tenant.work() as work:
            ((row,),) = work.read(HASH_OF(id=owner.user_id))
        assert not app.registry.passwords.needs_rehash(row["password_hash"])
        sign_in(api, owner)


class TestWhichWorkspace:
    def test_the_body_names_it_where_the_host_does_not(self, api: Api, tenant: TestWorkspace) -> None:
        plain = api.at("127.0.0.1:6543")

        assert sign_in(plain, tenant.login("owner"), workspace=tenant.slug).data["workspace"]["slug"] == tenant.slug

    def test_without_any_name_the_field_is_missed(self, api: Api, tenant: TestWorkspace) -> None:
        given = {"email": tenant.login("owner").email, "password": PASSWORD}
        reply = api.anonymous.at("localhost").post("/api/auth/login", given, expect=400)

        assert [fault["field"] for fault in reply.error["details"]] == ["workspace"]

    def test_a_body_that_contradicts_the_host_is_refused(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace
    ) -> None:
        given = {"email": tenant.login("owner").email, "password": PASSWORD, "workspace": other_tenant.slug}

        api.anonymous.post("/api/auth/login", given, expect=400)

    def test_an_unknown_workspace_is_not_found(self, api: Api) -> None:
        given = {"email": "a@b.example", "password": WRONG, "workspace": "nobody-has-this"}

        assert api.anonymous.at("localhost").post("/api/auth/login", given, expect=404).error["code"] == "not_found"
        del given["workspace"]
        api.anonymous.at("nobody-has-this.localhost").post("/api/auth/login", given, expect=404)

    def test_a_suspended_workspace_is_forbidden(self, api: Api, tenant: TestWorkspace) -> None:
        given = {"email": tenant.login("owner").email, "password": PASSWORD}
        tenant.set_status("suspended")
        assert api.anonymous.post("/api/auth/login", given, expect=403).error["code"] == "forbidden"

        tenant.set_status("active")
        api.anonymous.post("/api/auth/login", given, expect=200)


class TestRefusedAlike:
    @pytest.mark.parametrize("case", ["unknown", "wrong", "disabled", "invited"])
    def test_every_way_of_being_wrong_is_the_same_answer(self, api: Api, tenant: TestWorkspace, case: str) -> None:
        mechanic = tenant.login("mechanic")
        email = "nobody@nowhere.example" if case == "unknown" else mechanic.email
        if case in ("disabled", "invited"):
            with tenant.work() as work:
                work.write(STATUS(id=mechanic.user_id, status=case))

        reply = attempt(api, email, WRONG if case == "wrong" else PASSWORD)

        assert (reply.error["code"], reply.error["message"]) == ("unauthorized", "E-mail address or password is wrong.")
        assert "details" not in reply.error
        assert "Set-Cookie" not in reply.headers

    def test_a_stranger_and_a_wrong_password_are_equally_much_work(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        many = {f"ratelimit__{name}": "1000000 per minute" for name in ("login_account", "login_workspace")}
        client, owner = on(new_app(**many), api), tenant.login("owner")
        sign_in(client, owner)  # the kit's hash is a cheap one; logging in makes it as dear as any
        took: dict[str, list[float]] = {"known": [], "unknown": []}
        asked: dict[str, set[tuple[int, int, int]]] = {"known": set(), "unknown": set()}
        hashes = _count_hashes(client.app)
        for n in range(20):
            for case, email in (("known", owner.email), ("unknown", f"nobody-{n}@nowhere.example")):
                before = hashes()
                with count_round_trips(client.app.registry.platform) as found:
                    # of the whole process, for argon2 has threads of its own; other programs do not count
                    begun = time.process_time()
                    attempt(client, email)
                    took[case].append(time.process_time() - begun)
                asked[case].add((hashes() - before, found.count, found.statements))

        assert asked["known"] == asked["unknown"]
        assert {compared for compared, _, _ in asked["known"]} == {1}
        # an early answer for strangers would be a fourth of it
        assert 0.8 < median(took["known"]) / median(took["unknown"]) < 1.25

    def test_a_password_of_a_megabyte_is_refused_before_anything_is_hashed_or_looked_up(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        client, given = on(new_app(), api), {"email": tenant.login("owner").email, "password": "x" * 1_000_000}
        hashes = _count_hashes(client.app)

        with count_round_trips(client.app.registry.platform) as found:
            client.anonymous.post("/api/auth/login", given, expect=400)
        assert (hashes(), found.count) == (0, 0)


class TestGuesses:
    @pytest.fixture
    def client(self, api: Api, new_app: Callable[..., Any]) -> Api:
        """A client of an application whose limits nobody else has touched, with addresses unlimited."""
        return on(new_app(), api)

    def test_of_sixty_wrong_log_ins_at_once_exactly_five_are_looked_at(
        self, client: Api, tenant: TestWorkspace
    ) -> None:
        email = tenant.login("owner").email
        looked_at = _count_hashes(client.app)

        statuses = _at_once(60, lambda: status_of(client, email))

        assert statuses == {401: 5, 429: 55}
        assert looked_at() == 5

    def test_a_limit_that_reads_before_it_writes_would_not_hold(self, client: Api, tenant: TestWorkspace) -> None:
        """The negative control: with a counter that is not exact the test above must fail."""
        email = tenant.login("owner").email
        client.app.registry.limiter = _NaiveLimiter()

        statuses = _at_once(60, lambda: status_of(client, email))

        assert statuses[401] > 5, statuses

    def test_the_right_password_does_not_help_while_the_account_is_locked(
        self, client: Api, tenant: TestWorkspace
    ) -> None:
        owner = tenant.login("owner")
        for _ in range(5):
            attempt(client, owner.email)
        given = {"email": owner.email.upper(), "password": PASSWORD}
        reply = client.anonymous.post("/api/auth/login", given, expect=429)

        assert reply.error["code"] == "rate_limited"
        assert 0 < int(reply.headers["Retry-After"]) <= 900
        assert '"login_account";q=5;w=900' in reply.headers["RateLimit-Policy"]
        sign_in(client, tenant.login("manager"))  # nobody else is locked out

    def test_right_passwords_cost_nothing(self, client: Api, tenant: TestWorkspace) -> None:
        owner = tenant.login("owner")
        for _ in range(8):
            sign_in(client, owner)
        for _ in range(4):
            attempt(client, owner.email)
        reply = sign_in(client, owner)

        assert '"login_account";r=1' in reply.headers["RateLimit"]
        attempt(client, owner.email)
        assert status_of(client, owner.email, PASSWORD) == 429

    def test_one_address_has_twenty_guesses_whatever_it_claims_to_be(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        client = on(new_app(ratelimit__login_address="20 per 15 minutes"), api).anonymous
        for n in range(20):
            given = {"email": f"guess-{n}@nowhere.example", "password": WRONG}
            client.post("/api/auth/login", given, headers={"X-Forwarded-For": f"198.51.100.{n}"}, expect=401)

        given = {"email": tenant.login("owner").email, "password": PASSWORD}
        client.post("/api/auth/login", given, headers={"X-Forwarded-For": "203.0.113.9"}, expect=429)

    def test_a_workspace_has_a_ceiling_and_another_one_its_own(
        self,
        tenant: TestWorkspace,
        other_tenant: TestWorkspace,
        api_of: Callable[[TestWorkspace], Api],
        new_app: Callable[..., Any],
    ) -> None:
        app = new_app(ratelimit__login_workspace="3 per 15 minutes")
        here, there = on(app, api_of(tenant)), on(app, api_of(other_tenant))
        for n in range(3):
            attempt(here, f"guess-{n}@nowhere.example")

        assert status_of(here, "guess-4@nowhere.example") == 429
        sign_in(there, other_tenant.login("owner"))

    def test_failures_stay_counted_though_their_transaction_is_undone(self, client: Api, tenant: TestWorkspace) -> None:
        email = tenant.login("owner").email
        remaining = [attempt(client, email).headers["RateLimit"] for _ in range(3)]

        assert [f'"login_account";r={left}' in header for left, header in zip((4, 3, 2), remaining, strict=True)] == [
            True
        ] * 3


def test_no_transaction_is_open_while_a_password_is_hashed(
    api: Api, tenant: TestWorkspace, database: Database, new_app: Callable[..., Any]
) -> None:
    app = new_app(auth__hashes_in_flight="1")
    gate, go_on = app.registry.passwords.gate, threading.Event()
    gate._patience = LONG
    with ThreadPoolExecutor(2) as threads, database.connect() as watching:
        threads.submit(gate.run, go_on.wait, LONG)
        wait_until(lambda: gate._inside == 1)
        login = threads.submit(sign_in, on(app, api), tenant.login("owner"))
        wait_until(lambda: gate._inside == 2 or login.done())
        assert not login.done()
        count = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in tr%'"
        row = watching.execute(count).fetchone()
        go_on.set()
        assert login.result(LONG).status == 200
    assert row == (0,)


def _at_once(times: int, call: Callable[[], int]) -> Counter[int]:
    ready = threading.Barrier(times)

    def one(_: int) -> int:
        ready.wait(LONG)
        return call()

    with ThreadPoolExecutor(times) as threads:
        return Counter(threads.map(one, range(times)))


def _count_hashes(app: Any) -> Callable[[], int]:
    """How many passwords an application has compared since now: its argon2 runs on threads that can be counted."""
    passwords: Passwords = app.registry.passwords
    seen: list[object] = []
    submit = passwords.gate._submit

    def counting(work: Any, *arguments: Any, **options: Any) -> Any:
        seen.append(work)
        return submit(work, *arguments, **options)

    passwords.gate._submit = counting  # type: ignore[method-assign]
    return lambda: len(seen)


class _NaiveLimiter:
    """Reads how many there were, thinks, writes one more: what many limiters do."""

    def __init__(self) -> None:
        self.used: Counter[str] = Counter()

    def hit(self, policy: str, key: str) -> Verdict:
        return Verdict(True, 9, 9, 60, policy, 60)

    def check(self, asks: Any) -> list[Verdict]:
        (ask, *_) = asks
        used = self.used[ask.key]
        time.sleep(0.05)
        self.used[ask.key] = used + 1
        return [Verdict(used < 5, 5, max(0, 4 - used), 900, ask.policy, 900)]

    def give_back(self, policy: str, key: str) -> None:
        self.used[key] -= 1
