"""``/unsubscribe/{token}``: a page with a button. Only the button, or a mail program's one click, takes leave.

A GET changes nothing: scanners of mail servers follow every link before people do.
"""

from __future__ import annotations

import secrets
from html import escape
from pathlib import Path
from typing import Any

from pyramid.response import Response

from ..errors import NotFound
from ..rest.service import ALWAYS, PUBLIC, Service
from . import unsubscribing
from .mail_html import RIGHT_TO_LEFT, paint

__all__ = ["includeme"]

HTML = "text/html"
_WORDS = {
    "en": {
        "ask": "Unsubscribe?",
        "who": "{workspace} will send no more news and offers to {address}. Messages about your orders still come.",
        "button": "Unsubscribe",
        "done": "You are unsubscribed",
        "gone": "{workspace} sends no more news and offers to {address}. You can close this page.",
        "unknown": "This link is not known here",
        "incomplete": "It may have been cut off. Open it once more from the message itself.",
    },
    "bn": {
        "ask": "বার্তা বন্ধ করবেন?",
        "who": "{workspace} আর {address} ঠিকানায় খবর ও অফার পাঠাবে না। আপনার কাজের বার্তা আগের মতোই আসবে।",
        "button": "বন্ধ করুন",
        "done": "বার্তা বন্ধ করা হয়েছে",
        "gone": "{workspace} আর {address} ঠিকানায় খবর ও অফার পাঠাবে না। এই পাতাটি বন্ধ করতে পারেন।",
        "unknown": "লিংকটি পাওয়া যায়নি",
        "incomplete": "লিংকটি হয়তো অসম্পূর্ণ। বার্তা থেকে আবার খুলুন।",
    },
    "de": {
        "ask": "Nachrichten abbestellen?",
        "who": "{workspace} schickt keine Neuigkeiten und Angebote mehr an {address}. Nachrichten zu Ihren Aufträgen "
        "kommen weiterhin.",
        "button": "Abbestellen",
        "done": "Sie sind abgemeldet",
        "gone": "{workspace} schickt keine Neuigkeiten und Angebote mehr an {address}. Sie können die Seite schließen.",
        "unknown": "Dieser Link ist hier nicht bekannt",
        "incomplete": "Vielleicht wurde er abgeschnitten. Öffnen Sie ihn noch einmal aus der Nachricht heraus.",
    },
    "ar": {
        "ask": "إلغاء الاشتراك؟",
        "who": "لن ترسل {workspace} أي أخبار أو عروض إلى {address} بعد الآن. ستصلك الرسائل المتعلقة بطلباتك كالمعتاد.",
        "button": "إلغاء الاشتراك",
        "done": "تم إلغاء الاشتراك",
        "gone": "لن ترسل {workspace} أي أخبار أو عروض إلى {address} بعد الآن. يمكنك إغلاق هذه الصفحة.",
        "unknown": "هذا الرابط غير معروف",
        "incomplete": "ربما لم يُنسخ كاملاً. افتحه مرة أخرى من الرسالة نفسها.",
    },
}

page = Service("messages.unsubscribe", "/unsubscribe/{token}", ALWAYS, "Taking leave of messages", prefix="")


@page.get(permission=PUBLIC, media_types=(HTML,), errors=(404,))
def show_unsubscribe(request: Any) -> Response:
    """The page behind the link in a message: a button, and nothing that happens by itself."""
    try:
        work, recipient = unsubscribing.who(request)
    except NotFound:
        return _unknown(request)
    words = _words(recipient["locale"])
    said = f"<p>{_about(words['who'], work, recipient)}</p>"
    button = f'<form method="post"><button>{escape(words["button"])}</button></form>'
    return _page(work.workspace, recipient["locale"], words["ask"], said + button)


@page.post(permission=PUBLIC, media_types=(HTML,), errors=(404,))
def unsubscribe(request: Any) -> Response:
    """Take leave: no more messages that one need not have. Doing so twice does no harm; mail programs call it too."""
    try:
        work, recipient = unsubscribing.who(request)
    except NotFound:
        return _unknown(request)
    unsubscribing.take_leave(work, recipient)
    words = _words(recipient["locale"])
    return _page(work.workspace, recipient["locale"], words["done"], f"<p>{_about(words['gone'], work, recipient)}</p>")


def _unknown(request: Any) -> Response:
    _ = request.workspace_slug  # a foreign name that resolves to this machine gets no page
    words = _WORDS["en"]
    nobody = {"name": "JemetiOS", "brand_colour": None}
    return _page(nobody, "en", words["unknown"], f"<p>{words['incomplete']}</p>", status=404)


def _words(locale: str) -> dict[str, str]:
    return _WORDS.get(locale.partition("-")[0], _WORDS["en"])


def _about(sentence: str, work: Any, recipient: dict[str, Any]) -> str:
    address = f"<strong><bdi>{escape(_veiled(recipient['recipient']))}</bdi></strong>"
    return sentence.format(workspace=f"<bdi>{escape(str(work.workspace['name']))}</bdi>", address=address)


def _veiled(address: str) -> str:
    """Enough of an address to know one's own by: whoever was sent the mail on need not learn it."""
    local, at, domain = address.partition("@")
    return f"{local[:2]}…@{domain}" if at else f"{address[:4]}…{address[-3:]}"


def _page(workspace: Any, locale: str, title: str, body: str, status: int = 200) -> Response:
    language = locale.partition("-")[0] if locale.partition("-")[0] in _WORDS else "en"
    colour, on_colour = paint(workspace["brand_colour"])
    nonce = secrets.token_urlsafe(16)
    text = Path(__file__).with_name("unsubscribe_page.html").read_text(encoding="utf-8")
    for word, value in {
        "LANGUAGE": language,
        "DIRECTION": "rtl" if language in RIGHT_TO_LEFT else "ltr",
        "NONCE": nonce,
        "COLOUR": colour,
        "ON_COLOUR": on_colour,
        "TITLE": escape(title),
        "BODY": body,
        "WORKSPACE": escape(str(workspace["name"])),  # last: it is the only one that may hold an @WORD@
    }.items():
        text = text.replace(f"@{word}@", value)
    response = Response(text, status=status, content_type=HTML, charset="utf-8")
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cache-Control"] = "no-store"
    return response


def includeme(config: Any) -> None:
    config.add_service(page)
