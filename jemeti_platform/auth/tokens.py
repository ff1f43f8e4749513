"""Access tokens: signed by pyramid-jwt, checked more strictly than it does, remembered briefly.

A token says who (``sub``), in which workspace (``tid`` and ``wsp``, its slug), in which server-side
session (``sid``) and through which door (``typ``: ``access`` as a bearer, ``cookie`` in the cookie,
``platform`` for administrators). Rights are never in it: they are looked up under the stamps.
"""

from __future__ import annotations

import base64
import re
import time
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pyramid_jwt import create_jwt_authentication_policy
from uuid_utils import uuid7

from ..errors import Invalid
from ..platform import BootError
from ..rest.body import parse_json

__all__ = ["ALGORITHM", "Claims", "Tokens"]

ALGORITHM = "HS256"
ISSUER = "jemeti"
CLOCKS_APART = 10
"""Seconds by which the clocks of two servers may differ: a token from the future is good so early, never longer."""

_HEADER = {"alg": ALGORITHM, "typ": "JWT"}
_REQUIRED = ("exp", "iat", "sub", "aud", "iss", "jti", "sid", "typ")
_REMEMBERED = 4096
_MAX_LENGTH = 2048
_COMPACT = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+").fullmatch


@dataclass(frozen=True, slots=True)
class Claims:
    """What a good token says. ``expires`` is in seconds since 1970; workspace fields are None for administrators."""

    kind: str
    subject: UUID
    session_id: UUID
    tenant_id: UUID | None
    workspace: str | None
    expires: int


class Tokens:
    """Makes and checks tokens with the newest of ``keys``; older keys still verify, for rotation.

    Raises BootError for a key of fewer than 32 bytes.
    """

    def __init__(self, config: Any, keys: Sequence[str]) -> None:
        if not keys:
            raise BootError(
                "jemeti.jwt.keys is empty; give one random key of at least 32 characters, newest first when rotating"
            )
        for key in keys:
            if len(key.encode()) < 32:
                raise BootError("jemeti.jwt.keys: a key is shorter than 32 bytes; make one with `jemeti new-key`")
        self._policies = {
            audience: [
                create_jwt_authentication_policy(
                    config,
                    private_key=key,
                    algorithm=ALGORITHM,
                    auth_type="Bearer",
                    audience=audience,
                    leeway=CLOCKS_APART,
                )
                for key in keys
            ]
            for audience in ("workspace", "platform")
        }
        self._known: OrderedDict[str, Claims] = OrderedDict()

    def issue(
        self,
        kind: str,
        subject: UUID,
        session_id: UUID,
        seconds: int,
        *,
        tenant_id: UUID | None = None,
        workspace: str | None = None,
    ) -> str:
        """A signed token of ``kind`` that is good for ``seconds``."""
        claims = {"iss": ISSUER, "jti": str(uuid7()), "sid": str(session_id), "typ": kind}
        if tenant_id is not None:
            claims |= {"tid": str(tenant_id), "wsp": workspace or ""}
        policy = self._policies[_audience(kind)][0]
        # pyramid_jwt dates tokens with a naive utcnow(); `iat` and `exp` given as claims would be overwritten by it
        token: str = policy.create_token(str(subject), expiration=seconds, **claims)
        return token

    def verify(self, token: str, request: Any, kinds: Sequence[str]) -> Claims | None:
        """The claims of a token of one of these kinds that is genuine and not expired; None for any other."""
        if len(token) > _MAX_LENGTH or not _COMPACT(token):
            return None
        claims = self._known.get(token)
        if claims is None:
            claims = self._decode(token, request, kinds)
            if claims is None:
                return None
            self._known[token] = claims
            while len(self._known) > _REMEMBERED:
                self._known.popitem(last=False)
        return claims if claims.kind in kinds and claims.expires > time.time() else None

    def _decode(self, token: str, request: Any, kinds: Sequence[str]) -> Claims | None:
        if not _is_plain(token):
            return None
        for policy in self._policies[_audience(kinds[0])]:
            try:
                decoded = policy.jwt_decode(request, token)
            except (ValueError, TypeError, OverflowError, RecursionError):
                continue  # PyJWT lets a few malformed claims through as plain errors
            if decoded:
                return _checked(decoded)
        return None


def _is_plain(token: str) -> bool:
    """Whether the token reads as one of ours: exactly our header, and no claim given twice (PyJWT takes the last)."""
    header, claims = (part + "=" * (-len(part) % 4) for part in token.split(".")[:2])
    try:
        parse_json(base64.urlsafe_b64decode(claims))
        return bool(parse_json(base64.urlsafe_b64decode(header)) == _HEADER)
    except (ValueError, Invalid):
        return False


def _audience(kind: str) -> str:
    return "platform" if kind == "platform" else "workspace"


def _checked(claims: Mapping[str, Any]) -> Claims | None:
    if any(name not in claims for name in _REQUIRED) or claims["iss"] != ISSUER or not isinstance(claims["typ"], str):
        return None
    if type(claims["exp"]) is not int or type(claims["iat"]) is not int or claims["aud"] != _audience(claims["typ"]):
        return None
    platform = claims["typ"] == "platform"
    if platform == ("tid" in claims):
        return None
    try:
        return Claims(
            kind=claims["typ"],
            subject=UUID(claims["sub"]),
            session_id=UUID(claims["sid"]),
            tenant_id=None if platform else UUID(claims["tid"]),
            workspace=None if platform else _text(claims["wsp"]),
            expires=claims["exp"],
        )
    except (ValueError, KeyError, AttributeError, TypeError):
        return None


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a name is text")
    return value
