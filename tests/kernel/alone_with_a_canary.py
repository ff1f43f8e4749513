"""A program for a network of its own in which every address is this machine: who is asked, is seen.

    unshare -rn python alone_with_a_canary.py

It asks for every forbidden URL, first as the platform does and then without the guard, and for an allowed one; it
prints as JSON how often the canary was reached each time.
"""

from __future__ import annotations

import contextlib
import json
import socket
import subprocess
import sys
import threading
import time

import httpcore
import httpx
from forbidden_urls import FORBIDDEN, NAMES, resolve

from jemeti_platform.egress import Egress, Guard, Unreachable, Unsafe

PORTS = (22, 80, 443, 6379, 8443)


class Canary:
    """Listens everywhere and counts whoever comes."""

    def __init__(self) -> None:
        self.hits = 0
        for port in PORTS:
            listener = socket.create_server(("::", port), family=socket.AF_INET6, dualstack_ipv6=True)
            threading.Thread(target=self._listen, args=(listener,), daemon=True).start()

    def _listen(self, listener: socket.socket) -> None:
        while True:
            connection, _ = listener.accept()
            self.hits += 1
            connection.close()

    def seen(self) -> int:
        time.sleep(0.2)  # what has been connected is counted
        hits, self.hits = self.hits, 0
        return hits


class _Unguarded(httpcore.SyncBackend):
    def connect_tcp(self, host: str, *rest: object, **more: object) -> httpcore.NetworkStream:
        return super().connect_tcp(NAMES.get(host, [host])[0], *rest, **more)


def ask_guarded(url: str, egress: Egress) -> None:
    with contextlib.suppress(Unsafe, Unreachable):
        egress.send("POST", url, content=b"{}", seconds=1)


def ask_without(url: str) -> None:
    pool = httpcore.ConnectionPool(network_backend=_Unguarded())
    with contextlib.suppress(httpcore.NetworkError, httpcore.ProtocolError, httpcore.UnsupportedProtocol, OSError):
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            return
        target = (parsed.raw_scheme, parsed.raw_host, parsed.port, parsed.raw_path)
        pool.request("POST", httpcore.URL(scheme=target[0], host=target[1], port=target[2], target=target[3]))


def main() -> None:
    for arguments in (("link", "set", "lo", "up"), ("route", "add", "local", "default", "dev", "lo")):
        subprocess.run(["ip", *arguments], check=True)
    with contextlib.suppress(subprocess.CalledProcessError):  # a kernel without version 6
        subprocess.run(["ip", "-6", "route", "add", "local", "default", "dev", "lo"], check=True, capture_output=True)
    canary, egress = Canary(), Egress(Guard(resolver=resolve))
    for url in FORBIDDEN:
        ask_guarded(url, egress)
    guarded = canary.seen()
    for url in FORBIDDEN:
        ask_without(url)
    without = canary.seen()
    ask_guarded("https://public.example/", egress)
    sys.stdout.write(json.dumps({"guarded": guarded, "without": without, "allowed": canary.seen()}))


if __name__ == "__main__":
    main()
