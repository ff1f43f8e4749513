"""Requests in a workspace's name: ``api.get("/v1/…")``, ``api.as_role("viewer").post("/v1/…", {…}, expect=403)``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Any
from urllib.parse import urlencode, urlsplit
from uuid import uuid4

import orjson
import webtest

from ..json import to_json
from .workspaces import Login, TestKey, TestWorkspace

__all__ = ["Api", "Reply"]


class Reply:
    """What came back: ``status``, ``headers``, and of the body ``data``, ``meta``, ``error``, ``json`` or ``text``."""

    def __init__(self, response: webtest.TestResponse) -> None:
        self.response = response
        self.status: int = response.status_int
        self.headers: Mapping[str, str] = response.headers
        self.body: bytes = response.body

    @property
    def text(self) -> str:
        return self.body.decode()

    @cached_property
    def json(self) -> Any:
        return orjson.loads(self.body)

    @property
    def location(self) -> str:
        """The path of what was created."""
        return urlsplit(self.headers["Location"]).path

    @property
    def data(self) -> Any:
        return self.json["data"]

    @property
    def meta(self) -> Any:
        return self.json["meta"]

    @property
    def error(self) -> Any:
        return self.json["error"]

    def __repr__(self) -> str:
        return f"<Reply {self.status} {self.body[:2000].decode(errors='replace')}>"


@dataclass(frozen=True)
class Api:
    """A client of the application at one host with one identity; ``as_role`` and its like return another one.

    ``address`` is the client's, ``always`` are headers of every request.
    """

    app: Any
    host: str
    workspace: TestWorkspace | None = None
    login: Login | TestKey | None = None
    make_admin: Callable[[], Login] | None = None
    address: str = "127.0.0.1"
    always: Mapping[str, str] = field(default_factory=dict)

    # -- who and where ----------------------------------------------------------------------------

    def as_role(self, role: str) -> Api:
        """A user of this system role of the same workspace."""
        assert self.workspace is not None
        return replace(self, login=self.workspace.login(role))

    def as_one_who_may(self, *permissions: str) -> Api:
        """A user with just these permissions (``crm.customers:read``, wildcards too)."""
        assert self.workspace is not None
        return replace(self, login=self.workspace.login_with(*permissions))

    def by_key(self, *grants: str, role: str = "owner") -> Api:
        """A program with an API key that has these grants, made by a user of a role."""
        assert self.workspace is not None
        return replace(self, login=self.workspace.new_key(*grants, role=role))

    @property
    def anonymous(self) -> Api:
        return replace(self, login=None)

    @property
    def platform(self) -> Api:
        """A platform administrator, at the platform's own host."""
        assert self.make_admin is not None
        return replace(self, login=self.make_admin(), host=self.host.partition(".")[2] or self.host)

    def at(self, host: str) -> Api:
        """The same identity under another host name."""
        return replace(self, host=host)

    # -- requests ---------------------------------------------------------------------------------

    def get(self, path: str, **more: Any) -> Reply:
        return self.request("GET", path, **more)

    def post(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.request("POST", path, body, **more)

    def put(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.request("PUT", path, body, **more)

    def patch(self, path: str, body: Any = None, **more: Any) -> Reply:
        return self.request("PATCH", path, body, **more)

    def delete(self, path: str, **more: Any) -> Reply:
        return self.request("DELETE", path, **more)

    def upload(
        self, path: str, data: bytes, name: str = "file", fields: Mapping[str, str] | None = None, **more: Any
    ) -> Reply:
        """Send a file as a browser's form does, with further ``fields``."""
        quoted = name.replace("\\", "\\\\").replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
        heads = {f'name="{field}"': text.encode() for field, text in (fields or {}).items()}
        heads[f'name="file"; filename="{quoted}"\r\nContent-Type: application/octet-stream'] = data
        boundary = uuid4().hex
        parts = [
            f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + body + b"\r\n"
            for head, body in heads.items()
        ]
        whole = b"".join(parts) + f"--{boundary}--\r\n".encode()
        return self.post(path, whole, content_type=f"multipart/form-data; boundary={boundary}", **more)

    def request(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        expect: int | None = None,
        params: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        content_type: str = "application/json",
        anything: bool = False,
    ) -> Reply:
        """Send a request; ``body`` is sent as JSON unless it is bytes, None is no body.

        Raises AssertionError, with the answer, unless its status is ``expect`` (or, without one, 2xx);
        ``anything`` takes whatever comes.
        """
        if params:
            path += ("&" if "?" in path else "?") + urlencode(params, doseq=True)
        sent = {"Host": self.host, **(self.login.headers if self.login else {}), **self.always}
        environ: dict[str, Any] = {"environ": {"REMOTE_ADDR": self.address}}
        if body is not None:
            raw = body if isinstance(body, bytes) else to_json(body)
            sent |= {"Content-Type": content_type, "Content-Length": str(len(raw))}
            environ["body"] = raw
        sent |= headers or {}
        request = webtest.TestRequest.blank(path, method=method, headers=sent, **environ)
        reply = Reply(self._client.do_request(request, expect_errors=True))
        good = anything or (reply.status == expect if expect is not None else 200 <= reply.status < 300)
        assert good, f"{method} {path} at {self.host}: expected {expect or '2xx'}, got {reply!r}"
        return reply

    @cached_property
    def _client(self) -> webtest.TestApp:
        # cookies are what a test sends, never what an earlier answer has left behind
        return webtest.TestApp(self.app, lint=False, cookiejar=CookieJar(DefaultCookiePolicy(allowed_domains=[])))
