"""A page for a phone, in the workspace's colour, light or dark as the reader has it.

It has no scripts and loads nothing but its own pictures. What people have typed must be escaped before it gets here.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from pyramid.response import Response

from ..documents.addresses import address_lines
from ..files.files import KEPT
from ..files.storage import Storage, key_of
from ..messages.mail_html import RIGHT_TO_LEFT, paint
from ..work import Work

__all__ = ["HTML", "call", "footer", "header", "page", "picture"]

HTML = "text/html"
_FRAME = Path(__file__).with_name("page.html").read_text(encoding="utf-8")


def page(
    workspace: Mapping[str, Any],
    language: str,
    title: str,
    body: str,
    *,
    style: str = "",
    origins: Collection[str] = (),
    form: bool = False,
    status: int = 200,
) -> Response:
    """The response of a page. ``body`` is HTML and ``style`` CSS beside that of the frame, both ours.

    ``origins`` are the other sites that its pictures come from; with ``form`` it has one, which is sent back here.
    """
    colour, on_colour = paint(workspace["brand_colour"])
    nonce = secrets.token_urlsafe(16)
    text = _FRAME
    for word, value in {
        "LANGUAGE": language,
        "DIRECTION": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "NONCE": nonce,
        "STYLE": style,
        "COLOUR": colour,
        "ON_COLOUR": on_colour,
        "TITLE": escape(title),
        "BODY": body,  # last: it is the only one that may hold an @WORD@
    }.items():
        text = text.replace(f"@{word}@", value)
    response = Response(text, status=status, content_type=HTML, charset="utf-8")
    pictures, receiver = " ".join(("'self'", *sorted(origins))), "'self'" if form else "'none'"
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; img-src {pictures}; base-uri 'none';"
        f" form-action {receiver}; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response


def header(work: Work, logo: UUID | None, title: str, under: str, origins: set[str]) -> str:
    """The head of a page: the workspace with its ``logo`` (the object that ``LOGO`` finds), a title, a line under it.

    The texts are as people have typed them.
    """
    drawn = ""
    if logo is not None:
        address = picture(work, key_of(work.tenant_id, KEPT, logo), origins, media_type="image/png", name="logo")
        drawn = f'<img src="{address}" alt="">'
    below = f"<p><bdi>{escape(under)}</bdi></p>" if under else ""
    return (
        f'<header><div class="who">{drawn}<bdi>{escape(str(work.workspace["name"]))}</bdi></div>'
        f"<h1><bdi>{escape(title)}</bdi></h1>{below}</header>"
    )


def call(workspace: Mapping[str, Any], said: str) -> str:
    """The button that calls the workspace, on which ``said`` stands; nothing where it has no telephone."""
    number = "".join(sign for sign in str(workspace.get("phone") or "") if sign in "+0123456789")
    return f'<a class="button" href="tel:{number}">{escape(said)}</a>' if number else ""


def footer(workspace: Mapping[str, Any]) -> str:
    """The foot of a page: how the workspace is reached."""
    language = str(workspace["locale"]).partition("-")[0]
    place = ", ".join(address_lines(workspace.get("address"), language))
    lines = (workspace["name"], place, workspace.get("phone"))
    return "<footer>" + "".join(f"<p><bdi>{escape(str(line))}</bdi></p>" for line in lines if line) + "</footer>"


def picture(work: Work, key: str, origins: set[str], *, media_type: str, name: str) -> str:
    """The address of a picture in the storage, ready to stand in an attribute; its site is added to ``origins``."""
    url = work.platform.part(Storage).signed_get(key, media_type=media_type, name=name, inline=True)
    parts = urlsplit(url)
    if parts.netloc:
        origins.add(f"{parts.scheme}://{parts.netloc}")
    return escape(url, quote=True)
