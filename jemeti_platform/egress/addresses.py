"""Which addresses of the internet may be reached: those that are anybody's to reach.

Not those of this machine, its network, its provider, or of ways around this list: addresses of version 4 inside
addresses of version 6 (mapped, NAT64, 6to4, Teredo) are not unwrapped but refused.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

__all__ = ["Address", "Network", "is_public", "read_address"]

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_UNICAST = IPv6Network("2000::/3")
"""All that has been given out of version 6. Loopback, private, link-local, mapped and NAT64 addresses lie outside."""
_SPECIAL = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, ORCHID, benchmarking
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "3fff::/20",  # documentation
        ),
    )
) + tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # carriers' own (CGNAT)
            "127.0.0.0/8",  # loopback
            "168.63.129.16/32",  # what a virtual machine of Azure asks about itself
            "169.254.0.0/16",  # link-local, and what clouds tell a machine about itself
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # protocol assignments
            "192.0.2.0/24",  # documentation
            "192.88.99.0/24",  # 6to4 relays
            "192.168.0.0/16",  # private
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)


def read_address(text: str) -> Address | None:
    """The address that a resolver has given; None for one of an interface (``fe80::1%eth0``) and for what is none."""
    try:
        found = ip_address(text)
    except ValueError:
        return None
    return None if isinstance(found, IPv6Address) and found.scope_id is not None else found


def is_public(address: Address) -> bool:
    """Whether an address belongs to somebody on the public internet.

    The list is our own: what ``ipaddress`` calls global differs between releases of Python.
    """
    if isinstance(address, IPv6Address) and address not in _UNICAST:
        return False
    return address.is_global and not any(address in network for network in _SPECIAL)
