"""The security policy: pyramid-jwt's tokens inside Pyramid 2's ISecurityPolicy.

``request.identity`` is a ``Caller`` or None. Permissions are words of the manifests, held by roles;
``request.has_permission("crm.customers:read")`` asks ``request.work``.
"""

from __future__ import annotations

from typing import Any

from pyramid.interfaces import ISecurityPolicy
from pyramid.security import Allowed, Denied
from zope.interface import implementer

from ..errors import Unauthorized
from .caller import Caller
from .tokens import Claims, Tokens

__all__ = ["SecurityPolicy", "identified"]


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Bearer tokens and the session cookie; both at once must be of one session."""

    def __init__(self, tokens: Tokens, cookie_name: str) -> None:
        self.tokens = tokens
        self.cookie_name = cookie_name

    def identity(self, request: Any) -> Caller | None:
        cached: Caller | None = request.__dict__.get("_identity")
        if cached is None:
            cached = request.__dict__["_identity"] = self._identify(request)
        return cached

    def authenticated_userid(self, request: Any) -> str | None:
        caller = self.identity(request)
        return str(caller.id) if caller else None

    def permits(self, request: Any, context: Any, permission: str) -> Any:
        if self.identity(request) is not None and request.work.may(permission):
            return Allowed("the role grants %s", permission)
        return Denied("no role grants %s", permission)

    def remember(self, request: Any, userid: str, **kw: Any) -> list[tuple[str, str]]:
        return []  # log-in answers a token and sets the cookie itself (auth.cookie)

    def forget(self, request: Any, **kw: Any) -> list[tuple[str, str]]:
        return []

    def _identify(self, request: Any) -> Caller | None:
        realm = request.declared.realm if "declared" in request.__dict__ else "workspace"
        bearer = request.environ.get("HTTP_AUTHORIZATION")
        token = None
        if bearer is not None:
            scheme, _, token = bearer.partition(" ")
            if scheme.lower() != "bearer" or not token:
                return None
        if realm == "platform":
            claims = self.tokens.verify(token, request, ("platform",)) if token else None
            return Caller("admin", claims.subject, claims.session_id, None, None, False) if claims else None
        claims = self.tokens.verify(token, request, ("access",)) if token else None
        if token is not None and claims is None:
            return None
        cookie = self._cookie(request)
        if cookie is not None and claims is not None and cookie.session_id != claims.session_id:
            return None  # two identities in one request: neither is believed
        found, by_cookie = (claims, False) if claims is not None else (cookie, True)
        if found is None or not _belongs_here(found, request):
            return None
        return Caller("user", found.subject, found.session_id, found.tenant_id, found.workspace, by_cookie)

    def _cookie(self, request: Any) -> Claims | None:
        header = request.environ.get("HTTP_COOKIE")
        if not header or self.cookie_name not in header:
            return None
        values = [
            value
            for name, _, value in (part.strip().partition("=") for part in header.split(";"))
            if name == self.cookie_name
        ]
        # a sibling subdomain can plant a second cookie of this name; which one is ours cannot be known
        return self.tokens.verify(values[0], request, ("cookie",)) if len(values) == 1 else None


def _belongs_here(claims: Claims, request: Any) -> bool:
    slug = request.workspace_slug
    return slug is None or slug == claims.workspace


def identified(request: Any) -> Caller:
    """The identity of the request. Raises Unauthorized without one, RateLimited where an address tries too often."""
    found = request.registry.security_policy.identity(request)
    if found is None:
        request.count_stranger()
        given = (
            "HTTP_AUTHORIZATION" in request.environ or request.registry.security_policy.cookie_name in request.cookies
        )
        raise Unauthorized(
            "The token is invalid or has expired." if given else "Log in first: this endpoint needs a bearer token.",
            headers={"WWW-Authenticate": "Bearer"},
        )
    who: Caller = found
    return who
