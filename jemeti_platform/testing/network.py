"""No network for tests: names are made up, and nothing is connected to but this machine."""

from __future__ import annotations

import socket
from dataclasses import replace
from typing import Any

import httpcore

from ..egress import Egress
from ..platform import Platform

__all__ = ["seclude"]

_PUBLIC = "93.184.215.14"
_DOMAINS = (".example", "example.com")


class _OnlyHere(httpcore.SyncBackend):
    """Connects to loopback as usual and to nothing else."""

    def connect_tcp(self, host: str, port: int, *more: Any, **rest: Any) -> httpcore.NetworkStream:
        if host not in ("127.0.0.1", "::1"):
            raise httpcore.ConnectError("tests reach nobody but this machine")
        return super().connect_tcp(host, port, *more, **rest)


def seclude(platform: Platform) -> None:
    """Let requests of the platform reach this machine alone; every name below ``.example`` has a public address."""
    guard = replace(Egress.from_settings(platform.settings).guard, resolver=_resolve, enabled=True)
    platform.parts[Egress] = Egress(guard, _OnlyHere())


def _resolve(host: str, seconds: float) -> list[str]:
    if host.rstrip(".").endswith(_DOMAINS):
        return [_PUBLIC]
    return [str(entry[4][0]) for entry in socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)]
