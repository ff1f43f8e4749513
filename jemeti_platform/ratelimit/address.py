"""Whose request it is, as far as the network tells: forwarded addresses are believed only from our own proxies."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from jemeti_platform.platform import BootError

__all__ = ["client_address", "counted_address", "trusted_proxies"]

PROXIES_KEY = "jemeti.trusted_proxies"

_LONGEST = 64  # an IPv6 address with zone, brackets and port has at most 62 characters


def trusted_proxies(settings: Mapping[str, str]) -> int:
    """Return how many proxies of ours stand before this process (0 to 9). Raises BootError naming the key."""
    text = settings.get(PROXIES_KEY, "0").strip()
    if len(text) == 1 and text in "0123456789":
        return int(text)
    raise BootError(f"{PROXIES_KEY}: {text!r} is no number of proxies; write 0 to 9.")


def client_address(environ: Mapping[str, Any], proxies: int) -> str:
    """Return the address of the client, in canonical form.

    Each proxy appends the address it was called from to X-Forwarded-For, so with N trusted ones the N-th entry from the
    right was written by ours and those left of it by anybody. A header that is too short or malformed is not believed.
    """
    peer = str(environ.get("REMOTE_ADDR") or "")
    if proxies:
        entries = str(environ.get("HTTP_X_FORWARDED_FOR") or "").rsplit(",", proxies)
        forwarded = _read(entries[-proxies].strip()) if len(entries) >= proxies else None
        if forwarded:
            return forwarded[0]
    known = _read(peer)
    return known[0] if known else peer[:_LONGEST]


def counted_address(address: str) -> str:
    """Return what an address is counted under: itself, or its /64 for IPv6, where one client has a whole network."""
    known = _read(address)
    return known[1] if known else address


def _read(text: str) -> tuple[str, str] | None:
    return _read_short(text) if 0 < len(text) <= _LONGEST else None


@lru_cache(maxsize=4096)
def _read_short(text: str) -> tuple[str, str] | None:
    address = _parse(text)
    if address is None:
        return None
    if isinstance(address, IPv4Address):
        return str(address), str(address)
    return str(address), f"{IPv6Address(int(address) >> 64 << 64)}/64"


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    if text.startswith("["):
        text, bracket, port = text[1:].partition("]")
        if not bracket or (port and not (port[0] == ":" and port[1:].isdigit())):
            return None
    elif text.count(":") == 1:
        text, _, port = text.partition(":")
        if not port.isdigit():
            return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address
