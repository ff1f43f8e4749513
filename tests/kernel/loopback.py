"""Servers on loopback for tests of what the platform sends: each answers as it is told and keeps what it was sent."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Received", "Receiver", "raw_server", "receiver"]


@dataclass(frozen=True)
class Received:
    """One request as it came: headers with names in lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


Answering = Callable[[Received], "int | tuple[int, Mapping[str, str], bytes]"]


@dataclass
class Receiver:
    """A server at ``url``; ``answer`` says what each request gets, ``requests`` are those that came, in order."""

    answer: Answering
    port: int = 0
    scheme: str = "http"
    requests: list[Received] = field(default_factory=list)
    names: list[str | None] = field(default_factory=list)
    """What clients called the server when TLS began (SNI)."""

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"


@contextmanager
def receiver(
    answer: Answering = lambda received: 204, tls: ssl.SSLContext | None = None, *, at_once: bool = False
) -> Iterator[Receiver]:
    """A receiver that is gone afterwards; with ``tls`` it speaks https, ``at_once`` it answers several together."""
    found = Receiver(answer, scheme="https" if tls else "http")
    turn: Any = nullcontext() if at_once else threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            headers = {name.lower(): value for name, value in self.headers.items()}
            received = Received(self.command, self.path, headers, self.rfile.read(length))
            with turn:
                found.requests.append(received)
                said = found.answer(received)
            status, more, body = said if isinstance(said, tuple) else (said, {}, b"")
            self.send_response(status)
            for name, value in more.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST  # noqa: N815 (the name is the library's)

        def log_message(self, *said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    if tls is not None:
        tls.sni_callback = lambda sock, name, context: found.names.append(name)
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    found.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@contextmanager
def raw_server(serve: Callable[[socket.socket], None]) -> Iterator[str]:
    """A server that does to each connection what ``serve`` says; yields its URL."""
    listener = socket.create_server(("127.0.0.1", 0))

    def handle(connection: socket.socket) -> None:
        with connection:
            try:
                serve(connection)
            except OSError:
                return  # the client has gone

    def listen() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=handle, args=(connection,), daemon=True).start()

    thread = threading.Thread(target=listen, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/"
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join()
