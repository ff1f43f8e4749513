"""Requests to servers that a workspace or a plugin has named: none of them may open a door of our own.

- ``addresses``: which addresses of the internet may be reached
- ``guard``: what a URL must be like; a name, resolved once and checked; the ini's say in it
- ``connecting``: connections to exactly the addresses that were checked, with an end in time
- ``sending``: sending one request: no redirects, no proxies, no cookies, five seconds, one MiB
- ``of_plugins``: the same for plugins: from late tasks only, told by log and metric in the plugin's name
"""

from __future__ import annotations

from typing import Any

from .guard import Guard, Unsafe
from .of_plugins import Asked, send
from .sending import Egress, Reply, Unreachable

__all__ = ["Egress", "Guard", "Reply", "Unreachable", "Unsafe", "includeme", "send"]


def includeme(config: Any) -> None:
    platform = config.registry.platform
    platform.parts[Asked] = Asked(platform.metrics)
