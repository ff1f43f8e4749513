"""Public addresses: a random word that is kept with what it shows, and no signature.

Signing keys are rotated within a day; a customer looks at a page for as long as the message with it, or the paper, is
kept. Words are 128 random bits: nobody finds one by trying.
"""

from __future__ import annotations

import re
import secrets
from typing import Any

from ..auth.door import enter
from ..auth.links import Links
from ..errors import NotFound
from ..work import Work

__all__ = ["address", "enter_by", "new_word"]

_FORM = re.compile(r"([a-z0-9-]{1,63})\.([0-9a-f]{32})").fullmatch


def new_word() -> str:
    """A word that nobody guesses: 32 hexadecimal digits."""
    return secrets.token_hex(16)


def address(work: Work, path: str, word: str) -> str:
    """The public address of what a word is kept with: below ``path``, at the workspace's own host name."""
    slug = work.state.slug
    return work.platform.part(Links).at(slug, f"{path}/{slug}.{word}")


def enter_by(request: Any, parameter: str = "") -> tuple[Work, str]:
    """A work in the workspace that the address in the path is of, and the word. Raises NotFound.

    ``parameter`` names the part of the path that is the address, where the path has more than one.
    """
    (address_in_path,) = [request.matchdict[parameter]] if parameter else request.matchdict.values()
    found = _FORM(address_in_path)
    if found is None or request.workspace_slug not in (None, found[1]):
        raise NotFound("This link is not known here.")
    return enter(request, found[1]), found[2]
