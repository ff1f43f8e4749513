"""Pages that a workspace's customers see without logging in: an unguessable word in the address is all it takes.

- ``addresses``: the word, the address that it makes, and the way from the address back into the workspace
- ``page``: the page itself, for a phone, in the workspace's colour; ``page.html`` is its frame
- ``views``: whether it was opened
"""

from __future__ import annotations

from ..documents.logos import LOGO
from .addresses import address, enter_by, new_word
from .page import HTML, footer, header, page, picture, unknown_page
from .views import GIF, PageViews, dot, dot_response

__all__ = [
    "GIF",
    "HTML",
    "LOGO",
    "PageViews",
    "address",
    "dot",
    "dot_response",
    "enter_by",
    "footer",
    "header",
    "new_word",
    "page",
    "picture",
    "unknown_page",
]
