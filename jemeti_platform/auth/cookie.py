"""The session cookie of the Workshop app: a token of its own kind, good for seven days, bound to the session.

It is not the access token: a page that holds the cookie stays logged in for a week, while every
request still asks whether the session lives, so that logging out ends it at once.
"""

from __future__ import annotations

from typing import Any

__all__ = ["MAX_AGE", "forget_cookie", "set_cookie"]

MAX_AGE = 604_800
"""Seven days, in seconds."""


def set_cookie(request: Any, headers: dict[str, str], token: str) -> None:
    headers["Set-Cookie"] = f"{_name(request)}={token}; {_attributes(request, MAX_AGE)}"


def forget_cookie(request: Any, headers: dict[str, str]) -> None:
    headers["Set-Cookie"] = f"{_name(request)}=; {_attributes(request, 0)}"


def _name(request: Any) -> str:
    name: str = request.registry.security_policy.cookie_name
    return name


def _attributes(request: Any, max_age: int) -> str:
    secure = "" if request.registry.is_development else "; Secure"
    return f"HttpOnly{secure}; SameSite=Lax; Path=/; Max-Age={max_age}"
