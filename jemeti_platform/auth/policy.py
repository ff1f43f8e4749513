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
from .key_tokens import KeyToken, ProvenKeys
from .tokens import Claims, Tokens

__all__ = ["SecurityPolicy", "identified"]

_MOST_COOKIES = 8
"""Cookies of our name that are looked at; more than one are refused anyway, unless a bearer token decides."""


@implementer(ISecurityPolicy)
class SecurityPolicy:
    """Bearer tokens, API keys and the session cookie; two at once must be of one session."""

    def __init__(self, tokens: Tokens, cookie_name: str) -> None:
        self.tokens = tokens
        self.cookie_name = cookie_name
        self.proven_keys = ProvenKeys()

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
        if token is not None and token.startswith("jk_"):
            return self._of_key(token, request)
        claims = self.tokens.verify(token, request, ("access",)) if token else None
        if token is not None and claims is None:
            return None
        cookies = self._cookies(request)
        if claims is not None:
            if any(found is not None and found.session_id != claims.session_id for found in cookies):
                return None  # two identities in one request: neither is believed
            return _caller(claims, request, by_cookie=False)
        # a sibling subdomain can plant a second cookie of this name; which one is ours cannot be known
        return _caller(cookies[0], request, by_cookie=True) if len(cookies) == 1 else None

    def _of_key(self, token: str, request: Any) -> Caller | None:
        key = KeyToken.read(token)
        if key is None or any(self._cookies(request)):
            return None  # a key beside somebody's session is two identities as well
        return Caller("api_key", key.key_id, None, key.tenant_id, None, False, key.fingerprint)

    def _cookies(self, request: Any) -> list[Claims | None]:
        """What the cookies of our name say, one entry each; None for one that is not good."""
        header = request.environ.get("HTTP_COOKIE")
        if not header or self.cookie_name not in header:
            return []
        pairs = (part.strip().partition("=") for part in header.split(";"))
        values = [value.strip('"') for name, _, value in pairs if name == self.cookie_name]
        return [self.tokens.verify(value, request, ("cookie",)) for value in values[:_MOST_COOKIES]]


def _caller(claims: Claims | None, request: Any, *, by_cookie: bool) -> Caller | None:
    if claims is None or not _belongs_here(claims, request):
        return None
    return Caller("user", claims.subject, claims.session_id, claims.tenant_id, claims.workspace, by_cookie)


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
