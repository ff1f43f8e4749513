"""``/unsubscribe/{token}``: a page with a button. Only the button, or a mail program's one click, takes leave.

A GET changes nothing: scanners of mail servers follow every link before people do.
"""

from __future__ import annotations

from html import escape
from typing import Any

from pyramid.response import Response

from ..customer_pages import HTML, page, unknown_page
from ..errors import NotFound
from ..rest.service import ALWAYS, PUBLIC, Service
from . import unsubscribing

__all__ = ["includeme"]

_WORDS = {
    "en": {
        "ask": "Unsubscribe?",
        "who": "{workspace} will send no more news and offers to {address}. Messages about your orders still come.",
        "button": "Unsubscribe",
        "done": "You are unsubscribed",
        "gone": "{workspace} sends no more news and offers to {address}. You can close this page.",
    },
    "bn": {
        "ask": "বার্তা বন্ধ করবেন?",
        "who": "{workspace} আর {address} ঠিকানায় খবর ও অফার পাঠাবে না। আপনার কাজের বার্তা আগের মতোই আসবে।",
        "button": "বন্ধ করুন",
        "done": "বার্তা বন্ধ করা হয়েছে",
        "gone": "{workspace} আর {address} ঠিকানায় খবর ও অফার পাঠাবে না। এই পাতাটি বন্ধ করতে পারেন।",
    },
    "de": {
        "ask": "Nachrichten abbestellen?",
        "who": "{workspace} schickt keine Neuigkeiten und Angebote mehr an {address}. Nachrichten zu Ihren Aufträgen "
        "kommen weiterhin.",
        "button": "Abbestellen",
        "done": "Sie sind abgemeldet",
        "gone": "{workspace} schickt keine Neuigkeiten und Angebote mehr an {address}. Sie können die Seite schließen.",
    },
    "ar": {
        "ask": "إلغاء الاشتراك؟",
        "who": "لن ترسل {workspace} أي أخبار أو عروض إلى {address} بعد الآن. ستصلك الرسائل المتعلقة بطلباتك كالمعتاد.",
        "button": "إلغاء الاشتراك",
        "done": "تم إلغاء الاشتراك",
        "gone": "لن ترسل {workspace} أي أخبار أو عروض إلى {address} بعد الآن. يمكنك إغلاق هذه الصفحة.",
    },
}

_STYLE = "  .button { width: 100%; border: 0; margin: 1rem 0 0; font: inherit; font-weight: 600; cursor: pointer }\n"

leave = Service("messages.unsubscribe", "/unsubscribe/{token}", ALWAYS, "Taking leave of messages", prefix="")


@leave.get(permission=PUBLIC, media_types=(HTML,), errors=(404,))
def show_unsubscribe(request: Any) -> Response:
    """The page behind the link in a message: a button, and nothing that happens by itself."""
    try:
        work, recipient = unsubscribing.who(request)
    except NotFound:
        return _unknown(request)
    words = _words(recipient["locale"])
    said = f"<p>{_about(words['who'], work, recipient)}</p>"
    button = f'<form method="post"><button class="button">{escape(words["button"])}</button></form>'
    return _page(work.workspace, recipient["locale"], words["ask"], said + button)


@leave.post(permission=PUBLIC, media_types=(HTML,), errors=(404,))
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
    return unknown_page()


def _words(locale: str) -> dict[str, str]:
    return _WORDS.get(locale.partition("-")[0], _WORDS["en"])


def _about(sentence: str, work: Any, recipient: dict[str, Any]) -> str:
    address = f"<strong><bdi>{escape(_veiled(recipient['recipient']))}</bdi></strong>"
    return sentence.format(workspace=f"<bdi>{escape(str(work.workspace['name']))}</bdi>", address=address)


def _veiled(address: str) -> str:
    """Enough of an address to know one's own by: whoever was sent the mail on need not learn it."""
    local, at, domain = address.partition("@")
    return f"{local[:2]}…@{domain}" if at else f"{address[:4]}…{address[-3:]}"


def _page(workspace: Any, locale: str, title: str, body: str) -> Response:
    language = locale.partition("-")[0]
    top = f'<header><div class="who"><bdi>{escape(str(workspace["name"]))}</bdi></div><h1>{escape(title)}</h1></header>'
    main = f"<main><section>{body}</section></main>"
    return page(workspace, language if language in _WORDS else "en", title, top + main, style=_STYLE, form=True)


def includeme(config: Any) -> None:
    config.add_service(leave)
