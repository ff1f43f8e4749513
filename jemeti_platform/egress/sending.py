"""One request to a server of somebody else's choosing, within limits of time and size.

Without a client of httpx: it would keep cookies, follow redirects if told to, and read proxies and passwords from
the environment. A redirect is an answer like any other.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import httpcore
import httpx
import orjson

from .connecting import GuardedTransport
from .guard import Guard

__all__ = ["Egress", "Reply", "Unreachable"]

SECONDS = 5.0
MOST_BYTES = 1024 * 1024


class Unreachable(Exception):
    """No answer came, or none that is fit; the sentence is for the owner of the URL."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back: the status, headers with names in lower case, the body as far as it was read."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    seconds: float

    def json(self) -> Any:
        """The body read as JSON. Raises Unreachable where it is none."""
        try:
            return orjson.loads(self.body)
        except ValueError:
            raise Unreachable("The answer is no JSON") from None


class Egress:
    """Sends requests under a guard. ``backend`` is what really connects, ``tls`` what certificates are trusted.

    ``transport`` stands in for both where a test answers itself.
    """

    def __init__(
        self,
        guard: Guard,
        backend: httpcore.NetworkBackend | None = None,
        tls: ssl.SSLContext | None = None,
        *,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self.guard = guard
        self._transport = transport or GuardedTransport(guard, backend, tls)

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        return cls(Guard.from_settings(settings))

    def send(
        self,
        method: str,
        url: str,
        *,
        content: bytes = b"",
        headers: Mapping[str, str] | None = None,
        seconds: float = SECONDS,
        most_bytes: int = MOST_BYTES,
    ) -> Reply:
        """Send a request and return the answer, whatever its status.

        Raises Unsafe for a URL that must not be asked, Unreachable where no answer came within ``seconds`` or one
        of more than ``most_bytes``.
        """
        sent = {"Accept-Encoding": "identity", "Connection": "close", "User-Agent": "Jemeti/1", **(headers or {})}
        request = httpx.Request(
            method,
            self.guard.read(url),
            headers=sent,
            content=content,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)},
        )
        started = time.monotonic()
        try:
            response = self._transport.handle_request(request)
            try:
                body = _read(response, most_bytes)
            finally:
                response.close()
        except httpx.TimeoutException:
            raise Unreachable(f"No answer within {seconds:g} seconds") from None
        except httpx.ConnectError as error:
            raise Unreachable(f"No connection: {_words(error)}") from None
        except (httpx.HTTPError, httpx.StreamError) as error:
            raise Unreachable(f"The connection failed: {_words(error)}") from None
        return Reply(response.status_code, dict(response.headers), body, time.monotonic() - started)


def _read(response: httpx.Response, most_bytes: int) -> bytes:
    parts, size = [], 0
    for part in response.stream:  # type: ignore[union-attr]  # the transport is a synchronous one
        size += len(part)
        if size > most_bytes:
            raise Unreachable(f"The answer is larger than {most_bytes:,} bytes")
        parts.append(part)
    return b"".join(parts)


def _words(error: Exception) -> str:
    return (str(error) or type(error).__name__)[:200]
