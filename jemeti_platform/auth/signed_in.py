"""The answer to whoever has proved to be somebody: tokens, the cookie, the user and the workspace."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from ..rest.answer import Answer
from ..work import Work
from .cookie import MAX_AGE, set_cookie
from .people import PERSON, shown
from .sessions import Opened

__all__ = ["SIGNED_IN", "WORKSPACE", "shown_workspace", "signed_in"]

_TEXT = {"type": "string"}
WORKSPACE = {
    "type": "object",
    "title": "Workspace in short",
    "properties": {
        "id": {"type": "string", "format": "uuid"},
        **dict.fromkeys(("slug", "name", "country", "currency", "timezone", "locale"), _TEXT),
    },
}
SIGNED_IN = {
    "type": "object",
    "title": "Tokens",
    "properties": {
        "access_token": {**_TEXT, "description": "Send it as `Authorization: Bearer …`"},
        "token_type": {"const": "Bearer"},
        "expires_in": {"type": "integer", "description": "Seconds; the workspace's token_ttl_seconds"},
        "refresh_token": {**_TEXT, "description": "Good once, at /api/auth/refresh"},
        "user": PERSON,
        "workspace": WORKSPACE,
    },
}


def shown_workspace(work: Work) -> dict[str, Any]:
    """The workspace in short."""
    profile = work.workspace
    names = ("name", "country", "currency", "timezone", "locale")
    return {"id": work.tenant_id, "slug": work.state.slug, **{name: profile[name] for name in names}}


def signed_in(request: Any, work: Work, user: dict[str, Any], opened: Opened) -> Answer:
    """Tokens for a session, and its cookie."""
    tokens = request.registry.security_policy.tokens
    where = {"tenant_id": work.tenant_id, "workspace": work.state.slug}
    seconds = int(work.workspace["token_ttl_seconds"])
    # neither token is good for longer than the session, which has its own end
    left = max(1, int((opened.expires_at - datetime.now(UTC)).total_seconds()))
    access = tokens.issue("access", opened.user_id, opened.session_id, seconds, **where)
    answer = Answer(
        {
            "access_token": access,
            "token_type": "Bearer",
            "expires_in": seconds,
            "refresh_token": opened.refresh.text,
            "user": shown(user),
            "workspace": shown_workspace(work),
        }
    )
    cookie = tokens.issue("cookie", opened.user_id, opened.session_id, min(MAX_AGE, left), **where)
    set_cookie(request, answer.headers, cookie)
    return answer
