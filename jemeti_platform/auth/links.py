"""Links in mails: to the workspace's own host name, from the settings, never from the request's Host header.

``jemeti.public_url`` says where people reach a workspace; without it ``https://{workspace}.<jemeti.domain>``,
in development ``http://{workspace}.<jemeti.domain>:6543``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self
from urllib.parse import urlsplit

from ..platform import BootError
from .opaque import Opaque

__all__ = ["Links"]

_KEY = "jemeti.public_url"


@dataclass(frozen=True, slots=True)
class Links:
    """Where a workspace is reached: a URL with ``{workspace}`` for its slug."""

    template: str

    @classmethod
    def from_settings(cls, settings: Mapping[str, str]) -> Self:
        """Raises BootError for a URL that cannot be used."""
        domain = settings.get("jemeti.domain", "localhost")
        development = settings.get("jemeti.environment") == "development"
        default = f"http://{{workspace}}.{domain}:6543" if development else f"https://{{workspace}}.{domain}"
        template = settings.get(_KEY, "").strip().rstrip("/") or default
        parts = urlsplit(template.replace("{workspace}", "demo"))
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise BootError(f"{_KEY}: {template!r} is no address; write it like 'https://{{workspace}}.example.com'")
        if parts.scheme == "http" and not development:
            raise BootError(f"{_KEY}: links with tokens in them must be https in production")
        return cls(template)

    def at(self, workspace: str, path: str) -> str:
        """The address of a path of a workspace."""
        return f"{self.template.replace('{workspace}', workspace)}/{path}"

    def to(self, page: str, token: Opaque) -> str:
        """The address of a page with a token, behind ``#`` so that it reaches neither logs nor other sites."""
        return self.at(token.workspace, f"{page}#token={token.text}")
