"""What a workspace has the platform ask never leads to this machine, its network or its provider."""

from __future__ import annotations

import json
import os
import shutil
import socket
import ssl
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import httpcore
import pytest

from jemeti_platform.egress import Egress, Guard, Unreachable, Unsafe
from jemeti_platform.platform import BootError

from .forbidden_urls import FORBIDDEN, resolve
from .loopback import raw_server, receiver

HERE = Path(__file__).parent
ANYWHERE = Guard(allow_http=True, allow_loopback=True, ports=None)
"""The guard of development: it lets tests reach their own servers."""


class Watch(httpcore.NetworkBackend):
    """Connects to nothing, and remembers where it was to connect."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, int]] = []

    def connect_tcp(self, host: str, port: int, *more: Any, **rest: Any) -> httpcore.NetworkStream:
        self.asked.append((host, port))
        raise httpcore.ConnectError("a watch connects to nothing")


class Misled(httpcore.SyncBackend):
    """Connects to one server on loopback, whatever address is asked for."""

    def __init__(self, port: int) -> None:
        self.port = port

    def connect_tcp(self, host: str, port: int, *more: Any, **rest: Any) -> httpcore.NetworkStream:
        return super().connect_tcp("127.0.0.1", self.port, *more, **rest)


class Unguarded(Guard):
    """The control: a guard that finds no fault."""

    def addresses(self, host: str, seconds: float) -> list[Any]:
        return [host]


def ways_to_be_alone() -> list[list[str]]:
    """How this machine makes a network with nobody else in it; none where its kernel lets nobody."""
    way = ["unshare", "-rn"]
    if not (shutil.which("unshare") and shutil.which("ip")):
        return []
    return [way] if subprocess.run([*way, "true"], capture_output=True, check=False).returncode == 0 else []


# -- where requests may go ----------------------------------------------------------------------------


def test_there_are_many_of_them() -> None:
    assert len(FORBIDDEN) > 60
    assert len(set(FORBIDDEN)) == len(FORBIDDEN)


@pytest.mark.parametrize("url", FORBIDDEN)
def test_a_forbidden_url_is_refused_when_named_and_when_asked(url: str) -> None:
    watch = Watch()
    egress = Egress(Guard(resolver=resolve), watch)
    with pytest.raises(Unsafe):
        egress.guard.check(url)
    with pytest.raises(Unsafe):
        egress.send("POST", url)
    assert watch.asked == []


def test_a_public_url_is_asked_at_the_address_that_was_checked() -> None:
    watch = Watch()
    with pytest.raises(Unreachable):
        Egress(Guard(resolver=resolve), watch).send("POST", "https://public.example/hook")
    assert watch.asked == [("93.184.215.14", 443)]


@pytest.mark.parametrize("address", ["8.8.8.8", "93.184.215.14", "2606:4700:4700::1111", "2a00:1450:4001:80e::200e"])
def test_public_addresses_may_be_asked(address: str) -> None:
    guard = Guard(resolver=resolve)
    guard.check(f"https://[{address}]/" if ":" in address else f"https://{address}/")


def test_with_the_guard_a_canary_is_never_reached_and_without_it_nearly_always() -> None:
    with receiver() as canary:
        for guard in (Guard(resolver=resolve), Unguarded(resolver=resolve, allow_http=True, ports=None)):
            reached = len(canary.requests)
            egress = Egress(guard, Misled(canary.port), _no_tls())
            for url in FORBIDDEN:
                try:
                    egress.send("POST", url.replace("https:", "http:") if isinstance(guard, Unguarded) else url)
                except (Unsafe, Unreachable):
                    continue
            if not isinstance(guard, Unguarded):
                assert len(canary.requests) == reached == 0
        assert len(canary.requests) > 50, "the control: it is the guard that protects"


@pytest.mark.parametrize("way", ways_to_be_alone(), ids=" ".join)
def test_in_a_network_of_its_own_where_every_address_is_a_canary(way: list[str]) -> None:
    line = [*way, sys.executable, str(HERE / "alone_with_a_canary.py")]
    path = os.pathsep.join([str(HERE.parent.parent), str(HERE)])
    said = subprocess.run(line, env={**os.environ, "PYTHONPATH": path}, capture_output=True, text=True, check=False)
    assert said.returncode == 0, said.stderr
    reached = json.loads(said.stdout)
    assert reached["guarded"] == 0
    assert reached["without"] > 40, "the control: without the guard each of these reaches somebody"
    assert reached["allowed"] == 1


def test_a_name_that_changes_its_mind_gains_nothing() -> None:
    answers = iter([["93.184.215.14"], ["127.0.0.1"], ["93.184.215.14"], ["127.0.0.1"]])
    watch = Watch()
    egress = Egress(Guard(resolver=lambda host, seconds: next(answers)), watch)
    egress.guard.check("https://rebinding.example/")
    with pytest.raises(Unsafe):  # checked again: it now leads here
        egress.send("POST", "https://rebinding.example/")
    assert watch.asked == []
    with pytest.raises(Unreachable):  # between check and connection it is not asked a second time
        egress.send("POST", "https://rebinding.example/")
    assert watch.asked == [("93.184.215.14", 443)]


def test_one_address_after_the_other_is_tried() -> None:
    watch = Watch()
    with pytest.raises(Unreachable):
        Egress(Guard(resolver=lambda host, seconds: ["8.8.8.8", "8.8.4.4"]), watch).send("GET", "https://two.example/")
    assert watch.asked == [("8.8.8.8", 443), ("8.8.4.4", 443)]


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with receiver() as canary:
        away = {"Location": f"{canary.url}/latest/meta-data/"}
        with receiver(lambda received: (302, away, b"")) as server:
            reply = Egress(ANYWHERE).send("POST", server.url)
        assert reply.status == 302
        assert canary.requests == []


def test_proxies_and_passwords_of_the_environment_are_not_used(monkeypatch: Any, tmp_path: Path) -> None:
    with receiver() as proxy, receiver() as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url)
        netrc = tmp_path / "netrc"
        netrc.write_text("machine 127.0.0.1 login us password ours\n")
        monkeypatch.setenv("NETRC", str(netrc))
        Egress(ANYWHERE).send("POST", server.url)
        assert proxy.requests == []
        assert "authorization" not in server.requests[0].headers


def test_cookies_of_an_answer_are_not_sent_with_the_next_request() -> None:
    with receiver(lambda received: (200, {"Set-Cookie": "who=one-workspace; Path=/"}, b"")) as server:
        egress = Egress(ANYWHERE)
        egress.send("POST", server.url)
        egress.send("POST", server.url)
        assert [request.headers.get("cookie") for request in server.requests] == [None, None]


# -- what a request is ----------------------------------------------------------------------------------


def test_tls_is_spoken_to_the_name_and_not_to_the_address() -> None:
    certificate = HERE / "certificates" / "hooks.example.crt"
    server_side = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server_side.load_cert_chain(certificate, certificate.with_suffix(".key"))
    trusting = ssl.create_default_context(cafile=certificate)
    guard = Guard(allow_loopback=True, ports=None, resolver=lambda host, seconds: ["127.0.0.1"])
    with receiver(tls=server_side) as server:
        egress = Egress(guard, tls=trusting)
        assert egress.send("POST", f"https://hooks.example:{server.port}/hook").status == 204
        assert server.names == ["hooks.example"]
        assert server.requests[0].headers["host"] == f"hooks.example:{server.port}"
        with pytest.raises(Unreachable, match="certificate"):
            egress.send("POST", f"https://another.example:{server.port}/hook")
        with pytest.raises(Unreachable, match="certificate"):
            Egress(guard).send("POST", f"https://hooks.example:{server.port}/hook")
        assert len(server.requests) == 1


def _drip(pieces: Iterable[bytes]) -> Any:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(0.05)

    return serve


@pytest.mark.parametrize(
    "pieces",
    [
        [b"HTTP/1.1 200 OK\r\n", *[b"X-More: and more\r\n"] * 600],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 600\r\n\r\n", *[b"x"] * 600],
        [b"" for _ in range(600)],
    ],
    ids=["headers", "body", "silence"],
)
def test_whoever_drips_is_left_when_the_time_is_over(pieces: list[bytes]) -> None:
    with raw_server(_drip(pieces)) as url, pytest.raises(Unreachable, match=r"No answer within 0\.4 seconds"):
        Egress(ANYWHERE).send("POST", url, seconds=0.4)


def test_an_answer_without_an_end_is_not_read() -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65536)

    with raw_server(serve) as url, pytest.raises(Unreachable, match="larger than 1,048,576 bytes"):
        Egress(ANYWHERE).send("POST", url)


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9.6\r\n", b"HTTP/1.1 2000 Fine\r\n\r\n", b"\x00" * 100])
def test_what_is_no_answer_is_told_as_such(said: bytes) -> None:
    def serve(connection: socket.socket) -> None:
        connection.recv(65536)
        connection.sendall(said)

    with raw_server(serve) as url, pytest.raises(Unreachable):
        Egress(ANYWHERE).send("POST", url)


def test_a_name_that_does_not_resolve_in_time_is_refused() -> None:
    def slow(host: str, seconds: float) -> list[str]:
        raise OSError("nobody has answered")

    with pytest.raises(Unsafe, match="cannot be resolved"):
        Guard(resolver=slow).check("https://hooks.example/")


# -- the ini ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", ["jemeti.egress.allow_http", "jemeti.egress.allow_loopback"])
def test_production_does_not_start_with_what_is_for_development(key: str) -> None:
    assert Guard.from_settings({key: "true", "jemeti.environment": "development"})
    with pytest.raises(BootError, match=key):
        Guard.from_settings({key: "true", "jemeti.environment": "production"})


def test_a_copy_of_production_sends_nothing_and_asks_for_no_name() -> None:
    watch, asked = Watch(), list[str]()
    guard = Guard.from_settings({"jemeti.egress.enabled": "false"})
    guard.resolver = lambda host, seconds: asked.append(host) or ["93.184.215.14"]  # type: ignore[func-returns-value]
    guard.check("https://public.example/")
    with pytest.raises(Unsafe, match="switched off"):
        Egress(guard, watch).send("POST", "https://public.example/")
    with pytest.raises(Unsafe):
        guard.check("gopher://public.example/")
    assert (watch.asked, asked) == ([], [])


def test_a_network_of_the_operator_may_be_denied_as_well() -> None:
    guard = Guard.from_settings({"jemeti.egress.denied_networks": "93.184.0.0/16 2001:4860::/32"})
    guard.resolver = resolve
    with pytest.raises(Unsafe):
        guard.check("https://public.example/")
    guard.check("https://8.8.8.8/")


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("jemeti.egress.enabled", "no"),
        ("jemeti.egress.ports", "443, 8443"),
        ("jemeti.egress.denied_networks", "10.0.0.1/8"),
    ],
)
def test_what_cannot_be_read_is_said_at_boot(key: str, value: str) -> None:
    with pytest.raises(BootError, match=key):
        Guard.from_settings({key: value})


def _no_tls() -> ssl.SSLContext:
    """A context that trusts nobody: what is reached is reached before it is asked."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
