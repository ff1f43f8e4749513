"""Connections for httpx that lead to checked addresses only, and end in time whatever the other side does.

This is where the guard cannot be walked around: whatever httpx wants to connect to, it is by this backend. TLS is
negotiated above it, with the host's name for SNI and certificate, while the connection goes to the address.
"""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterable
from typing import Any

import httpcore
import httpx

from .guard import Guard, Unsafe

__all__ = ["GuardedTransport"]

_MOST_ADDRESSES = 4
"""Of a host with many addresses so many are tried."""


class GuardedTransport(httpx.HTTPTransport):
    """httpx's own transport over a guarded backend: no proxies, no retries, each request on a connection of its own.

    ``backend`` is what really connects, httpcore's unless a test watches it; ``tls`` the certificates that are trusted.
    """

    def __init__(
        self, guard: Guard, backend: httpcore.NetworkBackend | None = None, tls: ssl.SSLContext | None = None
    ) -> None:
        # not httpx's own __init__, which takes no backend
        self._pool = httpcore.ConnectionPool(
            ssl_context=tls or httpx.create_ssl_context(),
            max_connections=None,
            max_keepalive_connections=0,  # a connection that is kept would outlive its check
            network_backend=_GuardedBackend(guard, backend or httpcore.SyncBackend()),
        )


class _GuardedBackend(httpcore.NetworkBackend):
    def __init__(self, guard: Guard, backend: httpcore.NetworkBackend) -> None:
        self._guard, self._backend = guard, backend

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        deadline = time.monotonic() + (timeout or 0.0)
        problem: Exception = httpcore.ConnectTimeout("no time left to connect")
        for address in self._guard.addresses(host, _left(deadline))[:_MOST_ADDRESSES]:
            try:
                stream = self._backend.connect_tcp(str(address), port, _left(deadline), local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout) as error:
                problem = error
            else:
                return _TimedStream(stream, deadline)
        raise problem

    def connect_unix_socket(self, path: str, timeout: float | None = None, socket_options: Any = None) -> Any:
        raise Unsafe("A socket of this machine is no host")


class _TimedStream(httpcore.NetworkStream):
    """A stream that is over at a moment, however slowly the other side drips."""

    def __init__(self, stream: httpcore.NetworkStream, deadline: float) -> None:
        self._stream, self._deadline = stream, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, _left(self._deadline, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _left(self._deadline, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: ssl.SSLContext, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        left = _left(self._deadline)
        return _TimedStream(self._stream.start_tls(ssl_context, server_hostname, left), self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _left(deadline: float, refusal: type[Exception] = httpcore.ConnectTimeout) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise refusal("the time is over")
    return left
