"""``/dev/outbox``: the messages that development keeps, as a page and as JSON. Production does not have it."""

from __future__ import annotations

from html import escape
from typing import Any
from urllib.parse import quote

import colander
from pyramid.response import Response

from ..rest.schema import Mapping
from ..rest.service import ALWAYS, PUBLIC, Service
from ..types import Text
from .kept import KEPT
from .mail_html import linked
from .mailer import Mailer
from .sms import SmsSender

__all__ = ["includeme", "kept_messages"]

_PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Outbox</title>
<style>body {{ font: 16px/1.5 system-ui, sans-serif; margin: 0; background: #eef1f4; color: #1f2933 }}
main {{ max-width: 46rem; margin: 0 auto; padding: 1.5rem 1rem 3rem }} h1 {{ margin: 0 }}
.meta {{ color: #5b6773; font-size: .9rem; margin: .15rem 0; overflow-wrap: anywhere }} a {{ color: #1d5fa8 }}
form {{ display: flex; gap: .5rem; margin: 1rem 0 }} input, button {{ font: inherit; padding: .45rem .7rem;
border: 1px solid #c3ccd5; border-radius: 8px; background: #fff }} input {{ flex: 1; min-width: 0 }}
article {{ background: #fff; border-radius: 10px; padding: 1rem 1.25rem; margin: 0 0 1rem }}
h2 {{ margin: 0; font-size: 1.1rem; overflow-wrap: anywhere }} h2 span {{ font-size: .75rem; font-weight: 600;
background: #dfe7ee; border-radius: 5px; padding: .15rem .4rem; margin-right: .4rem; vertical-align: .1em }}
pre {{ white-space: pre-wrap; overflow-wrap: anywhere; font: inherit; margin: .75rem 0 0 }}
details {{ margin-top: .75rem }} summary {{ cursor: pointer; color: #5b6773; font-size: .9rem }}
iframe {{ width: 100%; height: 26rem; border: 1px solid #dfe4e9; border-radius: 8px; margin-top: .5rem }}</style>
<main><h1>Outbox</h1><p class="meta">The last {kept} mails and as many short messages, newest first. Development sends
none.</p>
<form><input name="to" value="{to}" placeholder="Recipient" aria-label="Recipient"><button>Filter</button></form>
{messages}</main></html>"""
_MESSAGE = """<article><h2><span>{channel}</span>{subject}</h2>
<p class="meta">to <a href="?to={link}">{to}</a> · from {sender} · {at}</p><pre>{text}</pre>{html}</article>"""
_HTML = (
    "<details><summary>As HTML</summary>"
    '<iframe sandbox="allow-popups" loading="lazy" title="As HTML" srcdoc="{html}"></iframe></details>'
)
_ANSWER = {
    "type": "object",
    "title": "Kept message",
    "properties": {
        name: {"type": "string"} for name in ("at", "channel", "from", "to", "subject", "text", "html")
    },
}  # fmt: skip


class OutboxQuery(Mapping):
    to = colander.SchemaNode(Text(max=254), missing=colander.drop, description="Only to addresses with this in them")


outbox = Service("dev.outbox", "/dev/outbox", ALWAYS, "The messages that development keeps", prefix="")


@outbox.get(
    permission=PUBLIC,
    query=OutboxQuery,
    answer=_ANSWER,
    many=True,
    media_types=("application/json", "text/html"),
    errors=(404,),
)
def show_outbox(request: Any) -> Any:
    """The last messages, newest first; a page for browsers."""
    _ = request.workspace_slug  # a foreign name that resolves to this machine must not read along
    wanted = request.query.get("to", "")
    messages = [one for one in kept_messages(request.registry.platform) if wanted.lower() in one["to"].lower()]
    offers = request.accept.acceptable_offers(("application/json", "text/html"))
    if offers and offers[0][0] == "text/html":
        shown = "\n".join(map(_article, messages)) or '<p class="meta">Nothing yet.</p>'
        return Response(_PAGE.format(kept=KEPT, to=escape(wanted), messages=shown), charset="utf-8")
    return messages


def kept_messages(platform: Any) -> list[dict[str, str]]:
    """What this process keeps, mails and short messages together, newest first."""
    found = [one for part in (Mailer, SmsSender) if (kept := platform.part(part).kept) for one in list(kept.messages)]
    return sorted(found, key=lambda one: one["at"], reverse=True)


def _article(message: dict[str, str]) -> str:
    return _MESSAGE.format(
        channel="SMS" if message["channel"] == "sms" else "Mail",
        subject=escape(message["subject"]),
        link=escape(quote(message["to"])),
        to=escape(message["to"]),
        sender=escape(message["from"]),
        at=message["at"][:19].replace("T", " "),
        text=linked(message["text"]),
        html=_HTML.format(html=escape(message["html"])) if message["html"] else "",
    )


def includeme(config: Any) -> None:
    config.add_service(outbox)
