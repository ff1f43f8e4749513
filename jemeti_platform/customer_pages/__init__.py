"""Pages that a workspace's customers see without logging in: an unguessable word in the address is all it takes.

- ``addresses``: the word, the address that it makes, and the way from the address back into the workspace
- ``links``: the same for a kind of records: shown to the staff, revoked, made anew, followed
- ``page``: the page itself, for a phone, in the workspace's colour; ``page.html`` is its frame; ``closed``: the pages
  behind links that lead to nothing
- ``views``: whether it was opened
"""

from __future__ import annotations

from ..documents.logos import LOGO
from .addresses import address, enter_by, new_word
from .closed import revoked_page, unknown_page
from .links import LINK, PublicLinks
from .page import HTML, call, footer, header, page, picture
from .views import GIF, PageViews, dot, dot_response

__all__ = [
    "GIF",
    "HTML",
    "LINK",
    "LOGO",
    "PageViews",
    "PublicLinks",
    "address",
    "call",
    "dot",
    "dot_response",
    "enter_by",
    "footer",
    "header",
    "new_word",
    "page",
    "picture",
    "revoked_page",
    "unknown_page",
]
