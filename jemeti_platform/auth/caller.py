"""Who calls: a checked identity, before the database has been asked whether its session still lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from ..errors import Forbidden

__all__ = ["Caller"]


@dataclass(frozen=True, slots=True)
class Caller:
    """The bearer of a good token. ``kind`` is ``user``, ``api_key`` or ``admin``; administrators have no workspace.

    A key has no session but a ``fingerprint``, which the database has yet to find good.
    """

    kind: str
    id: UUID
    session_id: UUID | None
    tenant_id: UUID | None
    workspace: str | None
    by_cookie: bool
    fingerprint: str | None = None

    @property
    def principal(self) -> str:
        """The name under which this caller's requests are counted."""
        return f"{self.tenant_id or 'platform'}:{self.id}"

    def refuse_cross_site(self, request: Any) -> None:
        """Raise Forbidden when a browser sent the cookie from a page that is not ours.

        Workspaces are subdomains of one site, so SameSite=Lax does not keep them apart: the Origin must
        be exactly this host, or the browser must say that the request is its own page's.
        """
        if not self.by_cookie:
            return
        origin = request.environ.get("HTTP_ORIGIN")
        if origin is not None:
            # behind a proxy that ends TLS the request itself arrives by http
            if origin in (request.host_url, f"https://{request.host}"):
                return
        elif request.environ.get("HTTP_SEC_FETCH_SITE") in ("same-origin", "none"):
            return
        raise Forbidden("A request with the session cookie must come from this workspace's own pages.")
