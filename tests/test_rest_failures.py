"""Every failure has the one shape, the right status, and says nothing that is only ours to know."""

import gzip
import re
from typing import Any

import psycopg
import pytest
from psycopg import errors as pg
from sqlalchemy.exc import TimeoutError as PoolTimeout

from jemeti_platform.rest.listing import Listing
from jemeti_platform.testing.api import Api, Reply
from jemeti_platform.testing.workspaces import TestWorkspace

CODES = {
    400: "bad_request",
    401: "unauthorized",
    402: "payment_required",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    406: "not_acceptable",
    409: "conflict",
    412: "precondition_failed",
    413: "payload_too_large",
    415: "unsupported_media_type",
    429: "rate_limited",
    500: "internal_error",
    503: "service_unavailable",
}
OURS_ALONE = re.compile(
    r"Traceback|SELECT |INSERT |psycopg|sqlalchemy|site-packages|\.py\b|/jemeti_platform|jemeti_app"
)
NOBODYS = "0193597a-6c00-7d3b-9f21-000000000000"
ROLE = {"slug": "mechanic-plus", "name": "Mechanic", "permissions": ["users:read"]}


def in_shape(reply: Reply, status: int) -> dict[str, Any]:
    """Hold an answer against the shape of errors, and return the error."""
    assert reply.status == status, reply
    assert reply.headers["Content-Type"] == "application/json"
    assert reply.headers["Content-Length"] == str(len(reply.body))
    assert list(reply.json) == ["error"]
    error: dict[str, Any] = reply.error
    assert {"code", "message", "request_id"} <= set(error) <= {"code", "message", "details", "request_id"}
    assert error["code"] == CODES[status]
    assert error["request_id"] == reply.headers["X-Request-Id"]
    assert error["message"]
    assert not OURS_ALONE.search(reply.text), reply.text
    return error


@pytest.mark.parametrize(
    ("status", "method", "path", "more"),
    [
        (404, "GET", "/nope", {}),
        (404, "GET", "/v1/nope", {}),
        (404, "POST", "/v1/roles/", {"body": ROLE}),
        (404, "GET", "/v1/roles/not-a-uuid", {}),
        (404, "GET", f"/v1/roles/{NOBODYS}", {}),
        (404, "GET", "/v1/roles", {"headers": {"Host": "elsewhere.example"}}),
        (405, "DELETE", "/v1/roles", {}),
        (405, "BREW", "/v1/roles", {}),
        (405, "POST", "/healthz", {}),
        (405, "PUT", f"/v1/users/{NOBODYS}", {"body": {}}),
        (400, "GET", "/v1/%ff", {}),
        (400, "GET", "/%C3%28", {}),
        (400, "GET", "/v1/roles?name=%ff", {}),
        (400, "GET", "/v1/roles?page=1&page=2", {}),
        (400, "GET", "/v1/roles?" + "&".join(f"a{n}=1" for n in range(200)), {}),
        (400, "GET", "/v1/roles?sort=%00", {}),
        (400, "POST", "/v1/roles?dry_run=maybe", {"body": ROLE}),
        (400, "POST", "/v1/roles", {"body": b"{"}),
        (400, "POST", "/v1/roles", {"body": b"[1]"}),
        (400, "POST", "/v1/roles", {"body": b'"text"'}),
        (400, "POST", "/v1/roles", {"body": b"null"}),
        (400, "POST", "/v1/roles", {"body": b" "}),
        (400, "POST", "/v1/roles", {"body": {}}),
        (400, "POST", "/v1/roles", {"body": {**ROLE, "tenant_id": NOBODYS}}),
        (400, "POST", "/v1/roles", {"body": ROLE, "headers": {"Content-Length": "many"}}),
        (413, "POST", "/v1/roles", {"body": b'{"name": "' + b"x" * 1_100_000 + b'"}'}),
        (415, "POST", "/v1/roles", {"body": b"name=x", "content_type": "application/x-www-form-urlencoded"}),
        (415, "POST", "/v1/roles", {"body": ROLE, "content_type": "text/plain"}),
        (415, "POST", "/v1/roles", {"body": ROLE, "content_type": "multipart/form-data; boundary=x"}),
        (415, "POST", "/v1/roles", {"body": ROLE, "content_type": ""}),
        (415, "POST", "/v1/roles", {"body": ROLE, "content_type": "application/merge-patch+json"}),
        (415, "POST", "/v1/roles", {"body": gzip.compress(b"{}"), "headers": {"Content-Encoding": "gzip"}}),
        (415, "POST", "/v1/roles", {"body": ROLE, "headers": {"Content-Encoding": "identity, br"}}),
        (406, "GET", "/v1/roles", {"headers": {"Accept": "image/png"}}),
        (406, "POST", "/v1/roles", {"body": ROLE, "headers": {"Accept": "text/csv"}}),
        (401, "GET", "/v1/roles", {"headers": {"Authorization": "Bearer nonsense"}}),
        (401, "GET", "/v1/roles", {"headers": {"Authorization": "Basic b3duZXI6cGFzcw=="}}),
        (401, "GET", "/v1/roles", {"headers": {"Authorization": "Bearer"}}),
    ],
)
def test_what_cannot_be_is_refused_in_the_one_shape(
    api: Api, status: int, method: str, path: str, more: dict[str, Any]
) -> None:
    in_shape(api.request(method, path, anything=True, **more), status)


def test_a_wrong_method_is_told_the_right_ones(api: Api) -> None:
    assert api.delete("/v1/roles", expect=405).headers["Allow"] == "GET, HEAD, POST"
    assert api.post("/healthz", expect=405).headers["Allow"] == "GET, HEAD"


def test_faults_of_a_body_are_named_all_at_once(api: Api) -> None:
    error = in_shape(api.post("/v1/roles", {"slug": "No!", "permissions": [1, "users:read"], "x": 1}, expect=400), 400)
    assert [fault["field"] for fault in error["details"]] == ["slug", "name", "permissions.0", "x"]
    assert all(set(fault) == {"field", "message"} for fault in error["details"])


def test_the_order_of_refusals(api: Api, tenant: TestWorkspace) -> None:
    """401 before 403 before 406, 413 and 415 before 400 before 404."""
    everything_wrong = {"headers": {"Accept": "image/png"}, "content_type": "text/plain"}
    where = f"/v1/roles/{NOBODYS}?nonsense=1"
    powerless = api.as_one_who_may()
    in_shape(api.anonymous.patch(where, b"{", anything=True, **everything_wrong), 401)
    in_shape(powerless.patch(where, b"{", anything=True, **everything_wrong), 403)
    in_shape(api.patch(where, b"{", anything=True, **everything_wrong), 406)
    in_shape(api.patch(where, b"{", content_type="text/plain", anything=True), 415)
    in_shape(api.patch(where, b"{", anything=True), 400)
    in_shape(api.patch(where.partition("?")[0], {"name": "Nobody"}, anything=True), 404)
    powerless_reads = powerless.get("/v1/roles?nonsense=1", headers={"Accept": "image/png"}, anything=True)
    in_shape(powerless_reads, 403)


def test_conflicts_and_preconditions(api: Api) -> None:
    made = api.post("/v1/roles", ROLE, expect=201)
    error = in_shape(api.post("/v1/roles", ROLE, expect=409), 409)
    assert error["details"] == {"reason": "duplicate", "fields": ["slug"]}
    late = api.patch(made.location, {"name": "Late"}, headers={"If-Match": '"9-other"'}, expect=412)
    assert in_shape(late, 412)["details"]["current"]["id"] == made.data["id"]


def test_a_request_id_comes_back_if_it_is_well_formed(api: Api) -> None:
    given = "client-chose-this.1"
    assert in_shape(api.get("/nope", headers={"X-Request-Id": given}, expect=404), 404)["request_id"] == given
    for bad in ("short", "x" * 65, "semi;colon;inside", "new line"):
        reply = api.get("/nope", headers={"X-Request-Id": bad}, expect=404)
        assert in_shape(reply, 404)["request_id"] != bad


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (500, RuntimeError("SELECT secret FROM psycopg at /site-packages/x.py")),
        (500, KeyError("secret")),
        (500, RecursionError("secret")),
        (500, pg.SyntaxError("SELECT secret")),
        (500, pg.UndefinedTable("SELECT secret")),
        (500, pg.InsufficientPrivilege("SELECT secret")),
        (503, pg.QueryCanceled("SELECT secret")),
        (503, pg.LockNotAvailable("SELECT secret")),
        (503, pg.AdminShutdown("SELECT secret")),
        (503, pg.TooManyConnections("SELECT secret")),
        (503, pg.DiskFull("SELECT secret")),
        (503, pg.ReadOnlySqlTransaction("SELECT secret")),
        (503, pg.DeadlockDetected("SELECT secret")),
        (503, pg.SerializationFailure("SELECT secret")),
        (503, psycopg.OperationalError("connection to server at secret failed")),
        (503, PoolTimeout("QueuePool limit of secret")),
        (409, pg.UniqueViolation("Key (email)=(secret) already exists")),
        (409, pg.ExclusionViolation("conflicting key value secret")),
        (400, pg.CheckViolation("Failing row contains (secret)")),
        (400, pg.NotNullViolation("Failing row contains (secret)")),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else None,
)
def test_what_breaks_inside_is_told_to_nobody(
    api: Api, monkeypatch: pytest.MonkeyPatch, status: int, fault: Exception
) -> None:
    def breaks(*arguments: Any) -> Any:
        raise fault

    monkeypatch.setattr(Listing, "statements", breaks)
    reply = api.get("/v1/roles", anything=True)
    in_shape(reply, status)
    assert "secret" not in reply.text
    assert ("Retry-After" in reply.headers) == (status == 503)


def test_what_breaks_before_everything_has_the_shape_too(api: Api, app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*arguments: Any) -> Any:
        raise RuntimeError("secret")

    monkeypatch.setattr(type(app.registry.limiter), "hit", breaks)
    assert "secret" not in api.get("/v1/roles", anything=True).text
    in_shape(api.get("/v1/roles", anything=True), 500)
    in_shape(api.anonymous.post("/api/auth/login", {}, anything=True), 500)


def test_answers_of_a_workspace_are_kept_by_no_cache(api: Api) -> None:
    for reply in (api.get("/v1/roles"), api.get("/nope", expect=404), api.post("/v1/roles", {}, expect=400)):
        assert reply.headers["Cache-Control"] == "private, no-store"
