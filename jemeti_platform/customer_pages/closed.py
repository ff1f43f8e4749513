"""The pages behind links that lead to nothing: one that was revoked, and one that nobody knows."""

from __future__ import annotations

from html import escape

from pyramid.response import Response

from ..work import Work
from .page import call, footer, header, page

__all__ = ["revoked_page", "unknown_page"]

_UNKNOWN = "This link is not known here"
_REVOKED = {
    "en": (
        "This link is no longer valid",
        "It was taken back. If you need what it led to, ask us for a new one.",
        "Call us",
    ),
    "bn": (
        "এই লিংকটি আর কার্যকর নয়",
        "লিংকটি ফিরিয়ে নেওয়া হয়েছে। এতে যা ছিল তা প্রয়োজন হলে আমাদের কাছে নতুন লিংক চান।",
        "ফোন করুন",
    ),
    "de": (
        "Dieser Link gilt nicht mehr",
        "Er wurde zurückgezogen. Wenn Sie brauchen, wohin er führte, bitten Sie uns um einen neuen.",
        "Anrufen",
    ),
    "ar": ("لم يعد هذا الرابط صالحاً", "تم سحبه. إذا احتجت إلى ما كان يعرضه فاطلب منا رابطاً جديداً.", "اتصل بنا"),
}


def unknown_page() -> Response:
    """The page behind a link that leads nowhere. It tells nobody which workspaces there are."""
    words = "It may have been cut off, or taken back. Open it once more, or ask whoever gave it to you."
    body = f"<main><section><h2>{_UNKNOWN}</h2><p>{words}</p></section></main>"
    return page({"brand_colour": None}, "en", _UNKNOWN, body, status=404)


def revoked_page(work: Work) -> Response:
    """The page behind a link that was revoked: that it was, and whom to ask. It tells nothing of what was behind it."""
    language = str(work.workspace["locale"]).partition("-")[0]
    language = language if language in _REVOKED else "en"
    title, words, said = _REVOKED[language]
    top = header(work, None, title, "", set())
    main = f"<main><section><p>{escape(words)}</p></section>{call(work.workspace, said)}</main>"
    body = f"{top}{main}{footer(work.workspace)}"
    return page(work.workspace, language, title, body, status=410)
