"""The workspace a host name stands for: ``demo.jemeti.app`` is ``demo``, ``api.jemeti.app`` is none."""

from __future__ import annotations

import ipaddress
import re
from functools import lru_cache
from typing import Any

from ..errors import NotFound

__all__ = ["includeme", "slug_of_host", "workspace_slug"]

_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
RESERVED = frozenset({"api", "www", "app", "admin", "platform", "docs", "static", "mail", "status"})
"""Host names that are ours and slugs that no workspace may take."""


class UnknownHost(ValueError):
    """The host is neither the platform's domain nor a workspace below it."""


@lru_cache(maxsize=4096)
def slug_of_host(host: str, domain: str) -> str | None:
    """The workspace's slug, or None for the platform's own names and for plain addresses.

    Case, port and one trailing dot do not count. Raises UnknownHost for a name outside ``domain``.
    """
    name = host.strip().lower()
    if name.startswith("["):
        name = name[1:].partition("]")[0]
    elif name.count(":") == 1:
        name = name.partition(":")[0]
    name = name.removesuffix(".")
    if name in (domain, "localhost"):
        return None
    try:
        ipaddress.ip_address(name)
    except ValueError:
        pass
    else:
        return None
    label, dot, rest = name.partition(".")
    if not dot or rest != domain or not _LABEL.fullmatch(label):
        raise UnknownHost(host)
    return None if label in RESERVED else label


def workspace_slug(request: Any) -> str | None:
    """``request.workspace_slug``. Raises NotFound where the host is not ours at all."""
    try:
        return slug_of_host(request.environ.get("HTTP_HOST") or request.environ["SERVER_NAME"], request.registry.domain)
    except UnknownHost:
        raise NotFound("No workspace is served under this host name.") from None


def includeme(config: Any) -> None:
    config.registry.domain = config.get_settings().get("jemeti.domain", "localhost").lower()
