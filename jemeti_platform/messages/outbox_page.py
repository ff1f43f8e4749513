"""``/dev/outbox``: the mails that development keeps, as a page and as JSON. Production does not have it."""

from __future__ import annotations

import re
from html import escape
from typing import Any

from pyramid.response import Response

from ..rest.service import ALWAYS, PUBLIC, Service
from .mailer import Mailer
from .outbox import KEPT

__all__ = ["includeme"]

_LINK = re.compile(r"https?://[^\s<>&\"']+")
_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Outbox</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; max-width: 46rem; margin: 2rem auto; padding: 0 1rem }}
article {{ border-top: 1px solid #ccc; padding: 1rem 0 }} h2 {{ margin: 0; font-size: 1.1rem }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit }} .meta {{ color: #666 }}</style>
<h1>Outbox</h1><p class="meta">The last {kept} mails of this process, newest first. Development sends none.</p>
{mails}</html>"""
_MAIL = '<article><h2>{subject}</h2><p class="meta">to {to} · from {sender} · {at}</p><pre>{text}</pre></article>'
_ANSWER = {
    "type": "object",
    "title": "Kept mail",
    "properties": {name: {"type": "string"} for name in ("at", "from", "to", "subject", "text")},
}

outbox = Service("dev.outbox", "/dev/outbox", ALWAYS, "The mails that development keeps", prefix="")


@outbox.get(permission=PUBLIC, answer=_ANSWER, many=True, media_types=("application/json", "text/html"), errors=(404,))
def show_outbox(request: Any) -> Any:
    """The last fifty mails, newest first; a page for browsers."""
    _ = request.workspace_slug  # a foreign name that resolves to this machine must not read along
    mails = list(request.registry.platform.part(Mailer).outbox.mails)
    wanted = request.accept.acceptable_offers(("application/json", "text/html"))
    if wanted and wanted[0][0] == "text/html":
        return Response(_PAGE.format(kept=KEPT, mails="\n".join(map(_article, mails))), charset="utf-8")
    return mails


def _article(mail: dict[str, str]) -> str:
    text = _LINK.sub(lambda link: f'<a href="{link[0]}">{link[0]}</a>', escape(mail["text"], quote=False))
    return _MAIL.format(
        subject=escape(mail["subject"]), to=escape(mail["to"]), sender=escape(mail["from"]), at=mail["at"], text=text
    )


def includeme(config: Any) -> None:
    config.add_service(outbox)
