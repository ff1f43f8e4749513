"""Whose request it is: a forwarded address counts only as far as our own proxies wrote it."""

from __future__ import annotations

import pytest

from jemeti_platform.ratelimit import client_address, counted_address


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "203.0.113.9", "192.0.2.1"),
        (1, "203.0.113.9", "203.0.113.9"),
        (1, "198.51.100.66, 203.0.113.9", "203.0.113.9"),
        (2, "198.51.100.66, 203.0.113.9, 10.0.0.1", "203.0.113.9"),
        (2, "203.0.113.9", "192.0.2.1"),
        (1, "", "192.0.2.1"),
        (1, None, "192.0.2.1"),
        (1, "203.0.113.9, nonsense", "192.0.2.1"),
        (1, "203.0.113.9,", "192.0.2.1"),
        (1, "203.0.113.999", "192.0.2.1"),
        (1, "9" * 1_000_000, "192.0.2.1"),
        (1, "203.0.113.9:4711", "203.0.113.9"),
        (1, "203.0.113.9:x", "192.0.2.1"),
        (1, "[2001:db8::1]:4711", "2001:db8::1"),
        (1, "[2001:db8::1", "192.0.2.1"),
        (1, "2001:DB8:0::1", "2001:db8::1"),
        (1, "::ffff:203.0.113.9", "203.0.113.9"),
        (1, "fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_entry_that_our_outermost_proxy_wrote_is_the_client(proxies, forwarded, address):
    environ = {"REMOTE_ADDR": "192.0.2.1"}
    if forwarded is not None:
        environ["HTTP_X_FORWARDED_FOR"] = forwarded
    assert client_address(environ, proxies) == address


@pytest.mark.parametrize("peer", [None, "", "localhost"])
def test_a_peer_without_an_address_is_an_address_too(peer):
    assert client_address({"REMOTE_ADDR": peer}, 0) == (peer or "")
    assert counted_address(peer or "") == (peer or "")


def test_an_ipv6_client_is_counted_by_its_network():
    neighbours = {counted_address(f"2001:db8:1:2::{n:x}") for n in range(100)}
    assert neighbours == {"2001:db8:1:2::/64"}
    assert counted_address("2001:db8:1:3::1") == "2001:db8:1:3::/64"
    assert counted_address("::ffff:192.0.2.1") == counted_address("192.0.2.1") == "192.0.2.1"
