"""Tokens: what is forged is refused, where a token belongs, which pages may send the cookie, how keys are changed."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Iterator
from typing import Any

import jwt
import pytest

from jemeti_platform.platform import BootError
from jemeti_platform.testing.api import Api
from jemeti_platform.testing.waiting import wait_until
from jemeti_platform.testing.workspaces import TestWorkspace

from .forged_tokens import HEADER, forged, sign
from .signing_in import NEW_PASSWORD, bearer, cookie_of, on, sign_in


@pytest.fixture
def key(settings: dict[str, str]) -> str:
    return settings["jemeti.jwt.keys"].split()[0]


@pytest.fixture
def good(tenant: TestWorkspace) -> dict[str, Any]:
    """The claims of a good access token of the owner."""
    claims: dict[str, Any] = jwt.decode(tenant.login("owner").token, options={"verify_signature": False})
    return claims


def test_no_forged_token_is_accepted_and_none_breaks_anything(
    api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, key: str, good: dict[str, Any]
) -> None:
    corpus = list(forged(key, good, other_tenant, tenant.login("manager")))
    assert len(corpus) >= 25
    statuses = {}
    # at the platform's own host nothing is asked of `wsp`: `tid` and the session in it decide
    harmless = ("another workspace's wsp", "localhost")
    for name, token in corpus:
        for place in (api.anonymous, api.anonymous.at("localhost")):
            reply = place.request("GET", "/api/auth/me", headers={"Authorization": f"Bearer {token}"}, anything=True)
            statuses[name, place.host] = reply.status

    assert {where: status for where, status in statuses.items() if status != 401 and where != harmless} == {}
    # the same corpus in the cookie, with the claim that a cookie has; white space around it is the header's
    for name, token in forged(key, {**good, "typ": "cookie"}, other_tenant, tenant.login("manager")):
        if name == "white space before":
            continue
        reply = api.anonymous.request("GET", "/api/auth/me", headers={"Cookie": f"os_token={token}"}, anything=True)
        assert reply.status == 401, name


def test_the_untouched_original_is_accepted(api: Api, key: str, good: dict[str, Any]) -> None:
    """Without this the corpus might be refused for a reason of its own."""
    api.anonymous.get("/api/auth/me", headers={"Authorization": f"Bearer {sign(key, HEADER, good)}"})
    cookie = sign(key, HEADER, {**good, "typ": "cookie"})
    api.anonymous.get("/api/auth/me", headers={"Cookie": f"os_token={cookie}"})
    ahead = {**good, "iat": int(time.time()) + 5}
    api.anonymous.get("/api/auth/me", headers={"Authorization": f"Bearer {sign(key, HEADER, ahead)}"})


def test_a_token_refused_at_one_door_is_not_remembered_for_another(api: Api, key: str, good: dict[str, Any]) -> None:
    token = {"Authorization": "Bearer " + sign(key, HEADER, {**good, "aud": "platform"})}
    api.anonymous.request("GET", "/platform/auth/me", headers=token, expect=401)

    api.anonymous.request("GET", "/api/auth/me", headers=token, expect=401)


def test_an_expired_token_is_forgotten(api: Api, key: str, good: dict[str, Any]) -> None:
    ends = int(time.time()) + 5
    soon = {"Authorization": "Bearer " + sign(key, HEADER, {**good, "exp": ends})}
    api.anonymous.get("/api/auth/me", headers=soon)
    wait_until(lambda: time.time() > ends)

    api.anonymous.request("GET", "/api/auth/me", headers=soon, expect=401)


@pytest.mark.parametrize("keys", ["", "short", "k" * 31, "a" * 40 + " short"])
def test_a_short_key_stops_the_boot(new_app: Callable[..., Any], keys: str) -> None:
    with pytest.raises(BootError, match=r"jemeti\.jwt\.keys"):
        new_app(jwt__keys=keys)


class TestWhere:
    """A4: the token's workspace must be the host's."""

    def hosts(self, api: Api, other: TestWorkspace) -> Iterator[tuple[str, dict[str, str]]]:
        own = api.host
        yield f"{other.slug}.localhost", {}
        yield f"{other.slug}.localhost", {"X-Forwarded-Host": own}
        yield f"{other.slug}.localhost", {"X-Tenant-Id": own}
        yield f"{other.slug.upper()}.LOCALHOST.", {}
        yield f"{other.slug}.localhost:6543", {"Forwarded": f"host={own}"}
        yield "xn--nobody-cua.localhost", {}
        yield f"{own}.evil.test", {}
        yield "evil.test", {"X-Forwarded-Host": own}
        yield f"a.{own}", {}
        yield f"{own}@evil.test", {}
        yield "nobody-has-this.localhost", {}
        yield f"{own}\t", {"Host": f"{own},{other.slug}.localhost"}

    @pytest.mark.parametrize("way", ["bearer", "cookie"])
    def test_a_token_is_not_accepted_anywhere_else(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, way: str
    ) -> None:
        reply = sign_in(api, tenant.login("owner"))
        proof = bearer(reply) if way == "bearer" else {"Cookie": f"os_token={cookie_of(reply)}"}
        cases = list(self.hosts(api, other_tenant))
        assert len(cases) == 12

        for host, headers in cases:
            got = api.anonymous.at(host).request("GET", "/api/auth/me", headers={**proof, **headers}, anything=True)
            assert got.status in (400, 401, 403, 404), (host, headers, got)

    def test_the_same_host_may_be_written_in_other_ways(self, api: Api, tenant: TestWorkspace) -> None:
        for host in (tenant.slug + ".localhost", f"{tenant.slug}.localhost:6543", f"{tenant.slug.upper()}.LocalHost."):
            api.at(host).get("/api/auth/me")
        for host in ("localhost", "127.0.0.1:6543", "api.localhost", "[::1]:6543"):
            assert api.at(host).get("/api/auth/me").data["workspace"]["slug"] == tenant.slug

    def test_tokens_of_workspace_and_platform_do_not_cross(self, api: Api) -> None:
        api.request("GET", "/platform/auth/me", expect=401)
        api.request("GET", "/platform/tenants", expect=401)
        api.platform.request("GET", "/api/auth/me", expect=401)
        api.platform.request("GET", "/v1/users", expect=401)
        api.platform.at(api.host).request("GET", "/v1/users", expect=401)
        api.platform.get("/platform/auth/me")


class TestBrowsers:
    """A13, B4: what the cookie alone may do, and from where."""

    @pytest.fixture
    def cookie(self, api: Api, tenant: TestWorkspace) -> str:
        return "os_token=" + cookie_of(sign_in(api, tenant.login("owner")))

    def change(self, api: Api, headers: dict[str, str], expect: int) -> None:
        api.anonymous.request("PATCH", "/v1/workspace", {"name": "Changed"}, headers=headers, expect=expect)

    @pytest.mark.parametrize(
        "origin", [None, "null", "", "https://evil.test", "http://other.localhost", "http://localhost", "file://"]
    )
    def test_a_page_elsewhere_changes_nothing(self, api: Api, cookie: str, origin: str | None) -> None:
        headers = {"Cookie": cookie} if origin is None else {"Cookie": cookie, "Origin": origin}

        self.change(api, headers, 403)
        assert api.get("/v1/workspace").data["name"] != "Changed"

    @pytest.mark.parametrize("site", ["cross-site", "same-site", "", "Same-Origin "])
    def test_the_browsers_own_word_must_be_right(self, api: Api, cookie: str, site: str) -> None:
        self.change(api, {"Cookie": cookie, "Sec-Fetch-Site": site}, 403)

    def test_the_workspaces_own_page_may(self, api: Api, cookie: str) -> None:
        for proof in (
            {"Origin": f"http://{api.host}"},
            {"Origin": f"https://{api.host}"},  # behind a proxy that ends TLS
            {"Sec-Fetch-Site": "same-origin"},
            {"Sec-Fetch-Site": "none"},
        ):
            self.change(api, {"Cookie": cookie, **proof}, 200)

    def test_a_sibling_workspace_is_another_origin(self, api: Api, other_tenant: TestWorkspace, cookie: str) -> None:
        self.change(api, {"Cookie": cookie, "Origin": f"http://{other_tenant.slug}.localhost"}, 403)
        self.change(api, {"Cookie": cookie, "Origin": f"http://{api.host}:8080"}, 403)
        self.change(api, {"Cookie": cookie, "Origin": f"http://{api.host}.evil.test"}, 403)

    def test_reading_needs_no_origin_and_a_bearer_neither(self, api: Api, cookie: str) -> None:
        api.anonymous.get("/v1/workspace", headers={"Cookie": cookie, "Origin": "https://evil.test"})
        api.patch("/v1/workspace", {"name": "By bearer"}, headers={"Origin": "https://evil.test"})

    @pytest.mark.parametrize(
        "content_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""]
    )
    def test_a_form_changes_nothing(self, api: Api, cookie: str, content_type: str) -> None:
        headers = {"Cookie": cookie, "Origin": f"http://{api.host}"}
        body = b'{"name": "Changed"}'
        api.anonymous.request("PATCH", "/v1/workspace", body, headers=headers, content_type=content_type, expect=415)
        api.anonymous.request("POST", "/api/auth/login", b"email=a", content_type=content_type, expect=415)

    def test_no_header_makes_a_read_a_write(self, api: Api, cookie: str) -> None:
        headers = {"Cookie": cookie, "X-HTTP-Method-Override": "PATCH"}
        api.anonymous.request("GET", "/v1/workspace", headers=headers, expect=200)
        headers = {"Cookie": cookie, "X-HTTP-Method-Override": "GET"}
        api.anonymous.request("PATCH", "/v1/workspace", {"name": "x"}, headers=headers, expect=403)

    def test_of_two_cookies_neither_is_believed(
        self, api: Api, tenant: TestWorkspace, other_tenant: TestWorkspace, api_of: Any, cookie: str
    ) -> None:
        planted = "os_token=" + cookie_of(sign_in(api_of(other_tenant), other_tenant.login("owner")))
        colleague = "os_token=" + cookie_of(sign_in(api, tenant.login("manager")))
        for second in (planted, colleague, cookie, "os_token=", "os_token=x"):
            for both in (f"{cookie}; {second}", f"{second}; {cookie}", f"a=b; {second};{cookie}"):
                api.anonymous.request("GET", "/api/auth/me", headers={"Cookie": both}, expect=401)
        api.anonymous.request("GET", "/api/auth/me", headers={"Cookie": planted}, expect=401)

    def test_cookie_and_bearer_must_be_one_session(self, api: Api, tenant: TestWorkspace, cookie: str) -> None:
        owner = sign_in(api, tenant.login("owner"))
        other = "os_token=" + cookie_of(sign_in(api, tenant.login("manager")))
        own = "os_token=" + cookie_of(owner)
        for wrong in (other, cookie, f"{own}; {other}"):
            api.anonymous.request("GET", "/api/auth/me", headers={**bearer(owner), "Cookie": wrong}, expect=401)
        for right in (own, "os_token=long-gone", "another=1"):
            api.anonymous.get("/api/auth/me", headers={**bearer(owner), "Cookie": right})

    def test_a_prefix_that_no_sibling_can_plant_may_be_chosen(
        self, api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
    ) -> None:
        client = on(new_app(auth__cookie="__Host-os_token"), api)
        reply = sign_in(client, tenant.login("owner"))

        assert reply.headers["Set-Cookie"].startswith("__Host-os_token=")
        client.anonymous.get("/api/auth/me", headers={"Cookie": f"__Host-os_token={cookie_of(reply)}"})
        client.anonymous.request("GET", "/api/auth/me", headers={"Cookie": f"os_token={cookie_of(reply)}"}, expect=401)


def test_signing_keys_are_changed_without_a_failed_request(
    api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]
) -> None:
    old, new = "the-old-key-" + "o" * 40, "the-new-key-" + "n" * 40
    owner, failed, asked = tenant.login("owner"), 0, 0
    held: list[dict[str, str]] = []
    cookies: list[dict[str, str]] = []
    cursors: list[str] = []
    # before; while the servers are told one after the other; after; and when the old tokens have run out
    for keys in (old, f"{old} {new}", f"{new} {old}", f"{new} {old}", new):
        client = on(new_app(jwt__keys=keys), api).anonymous
        if keys == new:
            held, cookies, cursors = held[-4:], cookies[-4:], cursors[-1:]
        for headers in (*held, *cookies):
            asked += 1
            failed += client.request("GET", "/api/auth/me", headers=headers, anything=True).status != 200
        for cursor in cursors:
            asked += 1
            params = {"cursor": cursor, "per_page": 1, "sort": "name"}
            failed += client.request("GET", "/v1/roles", headers=held[-1], params=params, anything=True).status != 200
        for _ in range(2):
            reply = sign_in(client, owner)
            held.append(bearer(reply))
            cookies.append({"Cookie": f"os_token={cookie_of(reply)}"})
        listed = client.get("/v1/roles", headers=held[-1], params={"cursor": "", "per_page": 1, "sort": "name"})
        cursors.append(listed.meta["next_cursor"])
    assert (failed, asked) == (0, 39)


def test_a_key_that_is_gone_verifies_nothing(api: Api, tenant: TestWorkspace, new_app: Callable[..., Any]) -> None:
    old, new = "the-old-key-" + "o" * 40, "the-new-key-" + "n" * 40
    reply = sign_in(on(new_app(jwt__keys=old), api), tenant.login("owner"))
    client = on(new_app(jwt__keys=new), api).anonymous

    client.request("GET", "/api/auth/me", headers=bearer(reply), expect=401)
    # the refresh token is no signed one, so nobody has to log in again
    client.post("/api/auth/refresh", {"refresh_token": reply.data["refresh_token"]})


def test_tokens_say_nothing_of_rights_or_names(tenant: TestWorkspace, good: dict[str, Any]) -> None:
    assert set(good) == {"iss", "jti", "sid", "typ", "tid", "wsp", "sub", "iat", "exp", "aud"}
    assert hashlib.sha256(NEW_PASSWORD.encode()).hexdigest() not in str(good)
