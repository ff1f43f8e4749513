"""Mails in HTML, made of their plain text: paragraphs, links, and a band in the workspace's colour. No pictures.

Everything is escaped, nothing is loaded from anywhere. Tables and inline styles, since mail programs know little else.
"""

from __future__ import annotations

import re
from html import escape

__all__ = ["RIGHT_TO_LEFT", "as_html", "linked", "paint"]

_LINK = re.compile(r"https?://[^\s<>&\"']+")
_COLOUR = re.compile(r"#[0-9a-f]{6}").fullmatch
_INK, _PAPER = "#1f2933", "#ffffff"
_OWN_COLOUR = "#334155"
RIGHT_TO_LEFT = frozenset({"ar", "fa", "he", "ur"})
_UNSUBSCRIBE = {
    "en": "Unsubscribe from messages like this",
    "bn": "এ ধরনের বার্তা আর পেতে চাই না",
    "de": "Solche Nachrichten abbestellen",
    "ar": "إلغاء الاشتراك في مثل هذه الرسائل",
}
_PAGE = """<!doctype html>
<html lang="{language}" dir="{direction}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light">
<title>{title}</title>
</head>
<body style="margin:0;padding:0;background:#eef1f4">
<table role="presentation" width="100%" cellspacing="0" cellpadding="0" style="background:#eef1f4">
<tr><td align="center" style="padding:24px 12px">
<table role="presentation" width="100%" cellspacing="0" cellpadding="0"
 style="max-width:600px;background:{paper};border-radius:8px;overflow:hidden">
<tr><td style="background:{colour};color:{on_colour};padding:18px 28px;font:600 18px/1.3 sans-serif">{sender}</td></tr>
<tr><td style="padding:20px 28px 12px;color:{ink};font:16px/1.6 sans-serif;overflow-wrap:anywhere">
{paragraphs}
</td></tr>
</table>
{footer}
</td></tr>
</table>
</body>
</html>
"""
_FOOTER = (
    '<p style="margin:16px 0 0;color:#5b6773;font:13px/1.5 sans-serif">'
    '<a href="{link}" style="color:#5b6773">{words}</a></p>'
)


def as_html(
    text: str, *, title: str, sender: str, colour: str | None, locale: str, unsubscribe: str | None = None
) -> str:
    """The mail in HTML. ``colour`` is the workspace's, ``#rrggbb``; whatever is no colour is as good as none."""
    language = locale.partition("-")[0]
    ground, on_ground = paint(colour)
    words = _UNSUBSCRIBE.get(language, _UNSUBSCRIBE["en"])
    return _PAGE.format(
        language=escape(language),
        direction="rtl" if language in RIGHT_TO_LEFT else "ltr",
        title=escape(title),
        paper=_PAPER,
        ink=_INK,
        colour=ground,
        on_colour=on_ground,
        sender=escape(sender),
        paragraphs="\n".join(_paragraph(part, ground) for part in text.strip().split("\n\n")),
        footer=_FOOTER.format(link=escape(unsubscribe), words=words) if unsubscribe else "",
    )


def paint(colour: str | None) -> tuple[str, str]:
    """The colour of a band and of what is written on it; whatever is no colour is as good as none."""
    ground = colour if colour and _COLOUR(colour) else _OWN_COLOUR
    return ground, _INK if _is_light(ground) else _PAPER


def linked(text: str, style: str = "") -> str:
    """``text`` escaped, with every address of the web a link."""
    attribute = f' style="{style}"' if style else ""
    return _LINK.sub(lambda link: f'<a href="{link[0]}"{attribute}>{link[0]}</a>', escape(text, quote=False))


def _paragraph(text: str, colour: str) -> str:
    # a light colour would not be read on white
    shade = _INK if _is_light(colour) else colour
    inner = linked(text.strip("\n"), f"color:{shade}").replace("\n", "<br>\n")
    return f'<p style="margin:0 0 16px">{inner}</p>'


def _is_light(colour: str) -> bool:
    """By the relative luminance that WCAG defines: whether dark ink is read better on it than white."""
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.25
