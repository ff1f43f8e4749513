"""The API as one person uses it: a log-in, and requests whose answers are looked at."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import httpx

__all__ = ["Person", "Platform", "Unexpected"]


class Unexpected(Exception):
    """Something is not as it should be; what is said of it is meant to be read by people."""


@dataclass
class Platform:
    """Where the platform is, the workspace that is meant, and every exchange so far."""

    address: str
    workspace: str
    exchanges: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # What is installed on this machine as a proxy has no part in it.
        self.client = httpx.Client(base_url=self.address, timeout=30, trust_env=False)

    def log_in(self, email: str, password: str) -> Person:
        """Log in as somebody of the workspace."""
        body = {"workspace": self.workspace, "email": email, "password": password}
        return self.person(Person("nobody", self).post("/api/auth/login", body))

    def person(self, signed_in: dict[str, Any]) -> Person:
        """The person of a log-in's answer."""
        return Person(signed_in["user"]["name"], self, signed_in["access_token"], signed_in["user"])


@dataclass
class Person:
    """Somebody who asks the platform, with a token or, like a customer who follows a link, without."""

    name: str
    platform: Platform
    token: str | None = None
    user: dict[str, Any] = field(default_factory=dict)

    def get(self, path: str, **params: Any) -> Any:
        """What stands at a path; the ``data`` of the answer."""
        return self._data(self._send("GET", path, params=params))

    def post(self, path: str, body: Any = None) -> Any:
        """Make or do something; the ``data`` of the answer."""
        return self._data(self._send("POST", path, json=body))

    def patch(self, path: str, changes: dict[str, Any]) -> Any:
        """Change something; the ``data`` of the answer."""
        return self._data(self._send("PATCH", path, json=changes))

    def upload(self, name: str, content: bytes) -> Any:
        """Send a file; what is known of it then."""
        return self._data(self._send("POST", "/v1/files", files={"file": (name, content)}))

    def refused(self, path: str, body: Any = None, status: int = 409) -> dict[str, Any]:
        """Ask for what must be refused with this status; the ``error`` of the answer."""
        reply = self._send("POST", path, json=body)
        if reply.status_code != status:
            raise Unexpected(f"POST {path} must be refused with {status}, and was answered {reply.status_code}")
        error: dict[str, Any] = reply.json()["error"]
        return error

    def read(self, address: str, kind: str) -> bytes:
        """A page or a PDF, as it is; ``kind`` is the media type that it must have."""
        reply = self._send("GET", address)
        found = reply.headers.get("Content-Type", "")
        if reply.status_code != 200 or not found.startswith(kind):
            raise Unexpected(f"GET {address} was answered {reply.status_code} {found}, and no {kind}")
        return reply.content

    def _send(self, method: str, path: str, **what: Any) -> httpx.Response:
        headers = {"Authorization": f"Bearer {self.token}"} if self.token else {}
        try:
            reply = self.platform.client.request(method, path, headers=headers, **what)
            # log-in sets one for browsers; here several people share the connection, each with a token
            self.platform.client.cookies.clear()
        except httpx.TransportError as failure:
            raise Unexpected(f"Nobody answers at {self.platform.address} ({failure}). Is the platform up?") from None
        if path.startswith("/v1/") and reply.headers.get("Content-Type", "").startswith("application/json"):
            self.platform.exchanges.append(
                {
                    "method": method,
                    "path": path,
                    "body": what.get("json"),
                    "params": what.get("params"),
                    "status": reply.status_code,
                    "answer": reply.json(),
                }
            )
        return reply

    def _data(self, reply: httpx.Response) -> Any:
        if not reply.is_success:
            raise Unexpected(_words(reply))
        return reply.json()["data"]


def _words(reply: httpx.Response) -> str:
    asked = f"{reply.request.method} {reply.request.url.path} was answered {reply.status_code}"
    try:
        error = reply.json()["error"]
    except (ValueError, KeyError, TypeError):
        return f"{asked}: {reply.text[:200]}"
    details = error.get("details") or []
    reasons = details.get("unmet", ()) if isinstance(details, dict) else details
    more = "; ".join(f"{one['field']}: {one['message']}" if "field" in one else one["message"] for one in reasons)
    return f"{asked}: {error['message']}" + (f" ({more})" if more else "")
