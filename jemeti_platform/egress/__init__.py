"""Requests to servers that a workspace has named: none of them may open a door of our own.

- ``addresses``: which addresses of the internet may be reached
- ``guard``: what a URL must be like; a name, resolved once and checked; the ini's say in it
- ``connecting``: connections to exactly the addresses that were checked, with an end in time
- ``sending``: sending one request: no redirects, no proxies, no cookies, five seconds, one MiB
"""

from __future__ import annotations

from .guard import Guard, Unsafe
from .sending import Egress, Unreachable

__all__ = ["Egress", "Guard", "Unreachable", "Unsafe"]
