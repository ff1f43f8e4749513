"""What a URL must be like to be asked, and where its name leads: resolved once, every address checked.

Checked when a workspace names a URL, so that a person is told, and again by the connection itself, to exactly
the addresses found then: a name that has changed its mind in between gains nothing.
"""

from __future__ import annotations

import re
import socket
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from ipaddress import ip_network
from typing import Self

import httpx

from ..platform import BootError
from .addresses import Address, Network, is_public, read_address

__all__ = ["Guard", "Resolver", "Unsafe", "system_resolver"]

Resolver = Callable[[str, float], Sequence[str]]
"""(host, seconds) -> its addresses as text. Raises OSError where there are none or nobody answers in time."""

PORTS = "443 8443"
_LONGEST = 2000
_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]{0,252})|[0-9a-f:.]+").fullmatch
_HTTP, _LOOPBACK = "jemeti.egress.allow_http", "jemeti.egress.allow_loopback"
_ENABLED = "jemeti.egress.enabled"
_PORTS, _DENIED = "jemeti.egress.ports", "jemeti.egress.denied_networks"


class Unsafe(ValueError):
    """A URL must not be asked; the sentence is for the one who named it and gives nothing away of our network."""


def system_resolver(host: str, seconds: float) -> list[str]:
    """The addresses of a name as this machine resolves it. Raises OSError, also where that takes too long."""
    found: list[str] = []
    problem: list[Exception] = []

    def resolve() -> None:
        try:
            found.extend(str(entry[4][0]) for entry in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM))
        except (OSError, UnicodeError) as error:  # UnicodeError: a label that is too long
            problem.append(error)

    # getaddrinfo waits as long as it likes; a thread that nobody waits for any more ends by itself
    thread = threading.Thread(target=resolve, name="resolving", daemon=True)
    thread.start()
    thread.join(seconds)
    if problem or not found:
        raise OSError(f"{host} has no address") from (problem[0] if problem else None)
    return list(dict.fromkeys(found))


@dataclass(slots=True)
class Guard:
    """What may be asked. ``ports`` None is every port; ``denied`` are networks besides those nobody may reach.

    Where it is not ``enabled`` nothing is: URLs may be named, but are neither resolved nor asked.
    """

    allow_http: bool = False
    allow_loopback: bool = False
    ports: frozenset[int] | None = frozenset({443, 8443})
    denied: Sequence[Network] = ()
    resolver: Resolver = field(default=system_resolver)
    enabled: bool = True

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Build from ``jemeti.egress.*``. Raises BootError naming the key that cannot be read."""
        development = settings.get("jemeti.environment") == "development"
        allowed = {key: settings.get(key, "").strip() == "true" for key in (_HTTP, _LOOPBACK)}
        for key, is_allowed in allowed.items():
            if is_allowed and not development:
                raise BootError(f"{key} is for development only: it would let workspaces reach what is not theirs")
        ports = settings.get(_PORTS, "").strip() or PORTS
        try:
            numbers = None if ports == "*" else frozenset(map(int, ports.split()))
        except ValueError:
            raise BootError(f"{_PORTS} is {ports!r}; write port numbers like '443 8443', or * for all") from None
        try:
            denied = [ip_network(text) for text in settings.get(_DENIED, "").split()]
        except ValueError as error:
            raise BootError(f"{_DENIED}: {error}; write networks like 198.51.0.0/16") from None
        enabled = settings.get(_ENABLED, "true").strip()
        if enabled not in ("true", "false"):
            raise BootError(f"{_ENABLED} is {enabled!r}; it may be true or false")
        return cls(allowed[_HTTP], allowed[_LOOPBACK], numbers, denied, enabled=enabled == "true")

    def read(self, text: str) -> httpx.URL:
        """The URL in ``text``, read by the same reader that will ask it. Raises Unsafe for one of an unfit form."""
        if len(text) > _LONGEST or not text.isprintable() or "\\" in text or " " in text:
            raise Unsafe("This is no web address")
        try:
            url = httpx.URL(text)
            host = url.raw_host.decode("ascii")
        except (httpx.InvalidURL, ValueError):  # a host name of no known form is a UnicodeError, and so a ValueError
            raise Unsafe("This is no web address") from None
        schemes = ("https", "http") if self.allow_http else ("https",)
        if url.scheme not in schemes:
            raise Unsafe(f"Must begin with {' or '.join(f'{scheme}://' for scheme in schemes)}")
        if url.userinfo:
            raise Unsafe("Must not hold a user name or password")
        if not _HOST(host):
            raise Unsafe("Must name a host, like https://hooks.example.com/jemeti")
        port = url.port if url.port is not None else 443 if url.scheme == "https" else 80
        if self.ports is not None and port not in self.ports:
            raise Unsafe(f"The port may be {', '.join(map(str, sorted(self.ports)))}")
        return url

    def addresses(self, host: str, seconds: float) -> list[Address]:
        """Where a host name (or address) leads. Raises Unsafe where any of its addresses is not to be reached."""
        if not self.enabled:
            raise Unsafe("Requests to others are switched off on this server")
        try:
            texts = self.resolver(host, seconds)
        except OSError:
            raise Unsafe("This host name cannot be resolved at the moment") from None
        found = [read_address(text) for text in texts]
        # one forbidden address is enough: which of several is taken is not for the name's owner to play with
        if not found or not all(address is not None and self._may_reach(address) for address in found):
            raise Unsafe("This host is not on the public internet")
        return [address for address in found if address is not None]

    def check(self, text: str, seconds: float = 2.0) -> None:
        """Raise Unsafe unless a URL may be asked, as far as that can be said now. Resolves its name."""
        host = self.read(text).raw_host.decode("ascii")
        if self.enabled:
            self.addresses(host, seconds)

    def _may_reach(self, address: Address) -> bool:
        if any(address in network for network in self.denied):
            return False
        return is_public(address) or (self.allow_loopback and address.is_loopback)
