"""The one place where a file's name as people wrote it meets a header: RFC 6266, encoded as RFC 8187 says."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import quote

__all__ = ["MAX_NAME", "clean_name", "disposition"]

MAX_NAME = 200
"""Characters of a name that are kept."""
_PATH = re.compile(r"[/\\]")
_PLAIN = re.compile(r"[^A-Za-z0-9._ -]")


def clean_name(given: str) -> str:
    """A file name without folders, control characters and marks that turn the direction of writing; never empty.

    What is too long loses its middle, so that the ending stays.
    """
    name = unicodedata.normalize("NFC", _PATH.split(given.encode("utf-8", "replace").decode())[-1])
    name = "".join(char for char in name if unicodedata.category(char)[0] != "C").strip(" .")
    if len(name) > MAX_NAME:
        stem, dot, ending = name.rpartition(".")
        kept = dot + ending if stem and len(ending) <= 10 else ""
        name = name[: MAX_NAME - len(kept)] + kept
    return name or "file"


def disposition(name: str, *, inline: bool = False) -> str:
    """The value of ``Content-Disposition``: an ASCII name that every client reads, and the true one beside it."""
    name = clean_name(name)
    plain = _PLAIN.sub("_", name)
    value = f'{"inline" if inline else "attachment"}; filename="{plain}"'
    return value if plain == name else f"{value}; filename*=UTF-8''{quote(name, safe='')}"
