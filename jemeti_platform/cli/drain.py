"""Waitress, made to end well: asked to stop, it takes no new connection and answers everything it was asked before."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

from waitress import create_server, wasyncore
from waitress.channel import HTTPChannel
from waitress.server import TcpWSGIServer
from waitress.task import WSGITask

__all__ = ["GRACE_SECONDS", "Stop", "listen", "serve_until"]

GRACE_SECONDS = 25.0
"""How long requests that have begun may take to end."""
_IDLE_SECONDS = 1.0
_OURS: dict[str, Any] = {
    "ident": None,  # which server this is concerns nobody
    "clear_untrusted_proxy_headers": False,  # jemeti.trusted_proxies says which of them are believed
    "expose_tracebacks": False,
    "max_request_body_size": 64 * 1024 * 1024,  # the application refuses far less, in its own words
    "channel_timeout": 75,
    "asyncore_use_poll": True,
}


class Stop:
    """SIGTERM and Ctrl-C as a question one asks between two steps; the second one interrupts at once."""

    def __init__(self) -> None:
        self.asked = False
        self.wake: Callable[[], None] = lambda: None
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._ask)

    def _ask(self, number: int, frame: FrameType | None) -> None:
        if self.asked:
            raise KeyboardInterrupt
        self.asked = True
        self.wake()

    def check(self) -> None:
        """Raise SystemExit if it is time to stop."""
        if self.asked:
            raise SystemExit(0)


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to this address, so that a busy port is known before anything is started. Raises OSError."""
    family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    bound = socket.socket(family, kind, protocol)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind(address)
        # Two that are only bound may share a port; asking to listen finds the other one out.
        bound.listen(1024)
    except BaseException:
        bound.close()
        raise
    return bound


def serve_until(stop: Stop, application: Any, bound: socket.socket, *, threads: int) -> None:
    """Answer requests until it is time to stop, then finish what has begun."""
    sockets: dict[int, Any] = {}
    server = create_server(application, map=sockets, sockets=[bound], threads=threads, backlog=1024, **_OURS)
    server.channel_class = _Channel
    stop.wake = server.pull_trigger
    while not stop.asked:
        wasyncore.loop(timeout=1.0, use_poll=True, map=sockets, count=1)
    _drain(server, sockets)


class _Task(WSGITask):
    """A request; while the server drains, its answer tells the client to come back on another connection."""

    def build_response_header(self) -> bytes:
        if not self.channel.server.accepting:
            self.set_close_on_finish()
        header: bytes = super().build_response_header()
        return header


class _Channel(HTTPChannel):
    task_class = _Task


def _drain(server: TcpWSGIServer, sockets: dict[int, Any]) -> None:
    _take_in_waiting(server)
    server.accepting = False
    server.del_channel()
    server.socket.close()
    begun = time.monotonic()
    while server.active_channels and time.monotonic() - begun < GRACE_SECONDS:
        for channel in list(server.active_channels.values()):
            if (
                not channel.requests
                and not channel.total_outbufs_len
                and time.time() - channel.last_activity > _IDLE_SECONDS
            ):
                channel.will_close = True
        wasyncore.loop(timeout=0.1, use_poll=True, map=sockets, count=1)
    server.task_dispatcher.shutdown(timeout=1)
    wasyncore.close_all(sockets, ignore_all=True)


def _take_in_waiting(server: TcpWSGIServer) -> None:
    """Accept the connections that the system has accepted for us: closing the door would reset them."""
    known = -1
    while known != len(server.active_channels):
        known = len(server.active_channels)
        server.handle_accept()
