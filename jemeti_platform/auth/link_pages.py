"""``/reset-password`` and ``/accept-invitation``: where the links in mails lead, for people without another app."""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Any

from pyramid.response import Response

from ..rest.service import ALWAYS, PUBLIC, Service
from .passwords import Passwords

__all__ = ["includeme"]

HTML = "text/html"
_NAME = '<label for="name">Your name</label><input id="name" name="name" autocomplete="name" maxlength="120" required>'

reset = Service("auth.pages.reset", "/reset-password", ALWAYS, "Choose a new password, in a browser", prefix="")
accept = Service("auth.pages.accept", "/accept-invitation", ALWAYS, "Accept an invitation, in a browser", prefix="")


@reset.get(permission=PUBLIC, media_types=(HTML,), errors=(404,))
def show_reset(request: Any) -> Response:
    """The page behind the link for a new password; the token stands behind the `#`, which no server sees."""
    return _page(
        request,
        TITLE="Choose a new password",
        PATH="/api/auth/password/reset",
        DONE="Your new password is saved. You can log in with it now.",
        NAME="",
    )


@accept.get(permission=PUBLIC, media_types=(HTML,), errors=(404,))
def show_accept(request: Any) -> Response:
    """The page behind the link of an invitation; the token stands behind the `#`, which no server sees."""
    return _page(
        request,
        TITLE="Accept your invitation",
        PATH="/api/auth/invitations/accept",
        DONE="Welcome. You are logged in.",
        NAME=_NAME,
    )


def _page(request: Any, **words: str) -> Response:
    _ = request.workspace_slug  # a foreign name that resolves to this machine gets no page
    nonce = secrets.token_urlsafe(16)
    shortest = request.registry.platform.part(Passwords).shortest
    text = _template()
    for word, value in {**words, "NONCE": nonce, "SHORTEST": str(shortest)}.items():
        text = text.replace(f"@{word}@", value)
    response = Response(text, content_type=HTML, charset="utf-8")
    own = f"'nonce-{nonce}'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src {own}; script-src {own}; connect-src 'self'; base-uri 'none';"
        " form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _template() -> str:
    return Path(__file__).with_name("link_page.html").read_text(encoding="utf-8")


def includeme(config: Any) -> None:
    for service in (reset, accept):
        config.add_service(service)
